import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decodeBlock } from '../codec/block.ts';
import { checkpointDigest } from '../codec/checkpoint.ts';
import { verifyCertificate } from '../ledger/proofs.ts';
import type { LedgerStore } from '../replica/ports.ts';
import { err } from '../std/result.ts';
import { StorageFault, saidByDisk } from '../storage/fault.ts';
import { openLevelStore } from '../storage/level/open-level-store.ts';
import type { StopState } from '../storage/stop-file.ts';
import type { Genesis } from '../types/genesis.ts';
import type { Digest, Epoch, LaneId } from '../types/ids.ts';
import type { Certificate } from '../types/ledger.ts';
import type { Verifier } from '../types/signature.ts';
import { type AuditedBeginning, beginAt, stopOf } from './beginning.ts';
import type { Counts } from './counts.ts';
import { DefinitionAudit } from './definitions.ts';
import type { Finding } from './findings.ts';
import { JournalScan } from './journal-scan.ts';
import { ReplayAudit } from './replay.ts';
import { auditStore } from './store-entries.ts';
import { type Subject, subjectOf } from './subject.ts';

export type AuditOptions = {
  /** The data folder of a validator or an observer that takes part in the exchange of blocks. */
  readonly folder: string;
  readonly genesis: Genesis;
  readonly verifier: Verifier;
  /** Certified checkpoints from elsewhere: the folder must lead to each of them. */
  readonly known: readonly Certificate[];
  /**
   * Begin at the newest of these instead of the genesis: signatures below it are not looked at, since its
   * quorum has signed the digest of the cut, and that commits to its whole history.
   */
  readonly trustKnown: boolean;
  /** How many of the first blocks are compared with the definitions. */
  readonly definedBlocks: number;
  readonly withStore: boolean;
  readonly progress: (phase: Phase, done: number, total: number) => void;
};

export type Phase = 'history' | 'blocks' | 'store';

export type AuditReport = {
  readonly ledgerId: Digest;
  /** null: an observer's. */
  readonly lane: LaneId | null;
  /** Where the audit began: genesis, or the epoch of a trusted checkpoint. */
  readonly from: Epoch;
  /** With which the folder begins: earlier ones were dropped. */
  readonly generation: number;
  readonly decided: Epoch;
  readonly certified: Epoch;
  readonly checkpoint: Digest | null;
  readonly checked: Counts;
  /** All findings; the list may hold fewer. */
  readonly wrong: number;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
};

/** Bytes that the store of the replay may hold unwritten. */
const FLUSH_BYTES = 8_388_608;
const PROGRESS_EVERY = 64;

/**
 * Re-checks a data folder from its journal up, and writes nothing to it. Its node should be stopped: what it
 * writes meanwhile is not judged, its store included.
 */
export async function auditFolder(options: AuditOptions): Promise<AuditReport> {
  const subject = subjectOf(options.genesis, options.verifier);
  const lane = readMarker(subject, options.folder);
  const trusted = trustedOf(subject, options);
  const stop = await stopOf(subject, options.folder);
  const journal = path.join(options.folder, 'journal');
  const bytes = bytesIn(journal);
  const temporary = mkdtempSync(path.join(tmpdir(), 'althing-audit-'));
  try {
    const storeFolder = path.join(temporary, 'store');
    const place = { lane, trusted, stop, storeFolder };
    const replay = await auditBlocks(subject, options, place);
    if (stop !== null) {
      const what = 'the store and the definitions are not looked at where generations were dropped';
      subject.findings.note(`everything begins with generation ${stop.generation}: ${what}`);
    } else if (options.withStore && subject.findings.count === 0) {
      options.progress('store', 0, 1);
      const isWritten = () => bytesIn(journal) !== bytes;
      await auditStore(subject, path.join(options.folder, 'store'), storeFolder, isWritten);
    }
    return reportOf(subject, place, replay);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** No lock is taken to find out whether the node runs: that would write to the folder. */
function bytesIn(folder: string): number {
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder).map((name) => path.join(folder, name));
  return files.reduce((sum, file) => sum + (statSync(file, NOT_GONE)?.size ?? 0), 0);
}

const NOT_GONE = { throwIfNoEntry: false } as const;

function reportOf(
  subject: Subject,
  { lane, trusted, stop }: Place,
  { replica, ledgers }: ReplayAudit,
): AuditReport {
  const { ledgerId, counts, findings } = subject;
  const { newest } = ledgers;
  return {
    ledgerId,
    lane,
    from: trusted?.checkpoint.epoch ?? replica.progress().dropped,
    generation: stop?.generation ?? 0,
    decided: replica.progress().decided,
    certified: newest?.epoch ?? 0,
    checkpoint: newest === null ? null : checkpointDigest(newest),
    checked: counts,
    wrong: findings.count,
    findings: findings.list,
    notes: findings.notes,
  };
}

/** The lane that the folder says it is of. */
function readMarker({ ledgerId, genesis, findings }: Subject, folder: string): LaneId | null {
  const file = path.join(folder, 'format.json');
  if (!existsSync(file)) {
    findings.add('folder-damaged', 'format.json', 'it is missing');
    return null;
  }
  let marker: { ledgerId?: unknown; lane?: unknown; publicKey?: unknown };
  try {
    marker = JSON.parse(readFileSync(file, 'utf8')) ?? {};
  } catch {
    findings.add('folder-damaged', 'format.json', 'it is not JSON');
    return null;
  }
  const { lane, publicKey } = marker;
  if (marker.ledgerId !== ledgerId) {
    findings.add('foreign-genesis', 'format.json', `it names ledger ${String(marker.ledgerId)}`);
  }
  if (lane === null && publicKey === null) return null;
  const member = typeof lane === 'number' ? genesis.committee[lane] : undefined;
  if (member === undefined || member.publicKey !== publicKey) {
    findings.add('foreign-genesis', 'format.json', `validator ${String(lane)} has another key`);
  }
  return typeof lane === 'number' ? lane : null;
}

/** The newest of the known checkpoints, if the audit may begin there. */
function trustedOf(subject: Subject, { known, trustKnown }: AuditOptions): Certificate | null {
  const { ledgerId, committee, verifier, findings } = subject;
  const right = known.filter((certificate) => {
    const verified = verifyCertificate(certificate, { ledgerId, committee, verifier });
    if (verified.ok) return true;
    findings.add('bad-certificate', `epoch ${certificate.checkpoint.epoch}`, verified.error);
    return false;
  });
  const [newest] = right.sort((a, b) => b.checkpoint.epoch - a.checkpoint.epoch);
  return trustKnown ? (newest ?? null) : null;
}

type Place = {
  readonly lane: LaneId | null;
  readonly trusted: Certificate | null;
  /** With which the folder begins; null: with genesis. */
  readonly stop: StopState | null;
  /** Of what the journal implies. */
  readonly storeFolder: string;
};

async function auditBlocks(
  subject: Subject,
  options: AuditOptions,
  { lane, trusted, stop, storeFolder }: Place,
): Promise<ReplayAudit> {
  const vouched = await vouchedBlocks(subject, options, lane, trusted);
  const scan = journalOf(subject, options, lane, stop);
  const opened = await openLevelStore(storeFolder, { wipe: true });
  if (!opened.ok) throw new StorageFault(opened.error);
  const store = opened.value;
  try {
    const from = stop === null ? null : await begun(subject, options.folder, stop, store);
    const definitions = new DefinitionAudit(subject, stop === null ? options.definedBlocks : 0);
    const admitted: DefinitionAudit['admitted'] = (...each) => definitions.admitted(...each);
    const parts = { lane, from, archive: scan, store, vouched, admitted };
    const replay = new ReplayAudit(subject, parts);
    const total = await scan.totalBytes();
    for await (const record of scan.records()) {
      if (!replay.take(record)) {
        subject.findings.note(`blocks behind record ${record.ordinal} were not judged`);
        break;
      }
      if (store.backlogBytes > FLUSH_BYTES) await store.flush();
      if (record.ordinal % PROGRESS_EVERY === 0) options.progress('blocks', scan.bytes, total);
    }
    definitions.finish(replay.replica);
    replay.ledgers.finish();
    compareKnown(subject, options.known, replay);
    subject.counts.segments = scan.segments;
    subject.counts.bytes = scan.bytes;
    return replay;
  } finally {
    scan.close();
    await store.close();
  }
}

/** Without a right one nothing behind it can be judged: it is said, and genesis is begun with. */
async function begun(
  subject: Subject,
  folder: string,
  stop: StopState,
  store: LedgerStore,
): Promise<AuditedBeginning | null> {
  const from = await beginAt(subject, folder, stop, store).catch((cause: unknown) =>
    err(saidByDisk(cause)),
  );
  if (from.ok) return from.value;
  subject.findings.add('folder-damaged', `stop state ${stop.generation}`, from.error);
  return null;
}

function journalOf(
  { ledgerId, findings }: Subject,
  { folder }: AuditOptions,
  lane: LaneId | null,
  stop: StopState | null = null,
) {
  const begins = stop === null ? undefined : { records: stop.records, link: stop.link };
  return new JournalScan(path.join(folder, 'journal'), { ledgerId, lane }, findings, begins);
}

/** The history of the trusted checkpoint's cut. Digests bind it, so reading it once is enough. */
async function vouchedBlocks(
  subject: Subject,
  options: AuditOptions,
  lane: LaneId | null,
  trusted: Certificate | null,
): Promise<ReadonlySet<Digest>> {
  const vouched = new Set<Digest>();
  if (trusted === null) return vouched;
  const { cut } = trusted.checkpoint;
  const names = new Map<Digest, readonly Digest[]>();
  const scan = journalOf(subjectOf(subject.genesis, subject.verifier), options, lane);
  const total = await scan.totalBytes();
  for await (const { ordinal, payload } of scan.records()) {
    const block = decodeBlock(payload);
    if (!block.ok) break;
    const { header, digest } = block.value;
    names.set(digest, [header.prev, ...header.refs.map((ref) => ref.digest)]);
    if (digest === cut) break;
    if (ordinal % PROGRESS_EVERY === 0) options.progress('history', scan.bytes, total);
  }
  const open = names.has(cut) ? [cut] : [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (vouched.has(next)) continue;
    vouched.add(next);
    open.push(...(names.get(next) ?? []).filter((name) => names.has(name)));
  }
  return vouched;
}

function compareKnown(
  { findings }: Subject,
  known: readonly Certificate[],
  { replica, ledgers }: ReplayAudit,
): void {
  for (const { checkpoint } of known) {
    const { epoch } = checkpoint;
    const mine = replica.certificate(epoch)?.checkpoint;
    if (mine === undefined) {
      const detail = `the folder leads to epoch ${ledgers.newest?.epoch ?? 0}`;
      findings.add('checkpoint-missing', `epoch ${epoch}`, detail);
    } else if (checkpointDigest(mine) !== checkpointDigest(checkpoint)) {
      findings.add('checkpoint-differs', `epoch ${epoch}`, checkpointDigest(mine));
    }
  }
}
