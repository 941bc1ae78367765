import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type AuditOptions, type AuditReport, auditFolder } from '../../src/audit/audit.ts';
import type { FindingCode } from '../../src/audit/findings.ts';
import { decodeBlock } from '../../src/codec/block.ts';
import { toHex } from '../../src/codec/hex.ts';
import { openData, withEmptyStore } from '../../src/node/start/data.ts';
import { restoreReplica } from '../../src/node/start/restore.ts';
import { Replica } from '../../src/replica/replica.ts';
import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import { defined } from '../../src/std/assert.ts';
import { createJournal, Journal } from '../../src/storage/journal/journal.ts';
import { realDisk } from '../../src/storage/journal/journal-disk.ts';
import { PAGE_TABLE } from '../../src/storage/layout.ts';
import { openLevel, storedRow } from '../../src/storage/level/level.ts';
import { encodeValue } from '../../src/storage/level/level-value.ts';
import { openLevelStore } from '../../src/storage/level/open-level-store.ts';
import { decodeManifest, encodeManifest, RUNS_ROW } from '../../src/storage/runs/manifest.ts';
import { SortedRuns } from '../../src/storage/runs/sorted-runs.ts';
import type { Block } from '../../src/types/block.ts';
import { verifier } from '../replica/replica-cluster.ts';
import { CertifiedChain } from '../state-sync/certified-chain.ts';
import { openStore } from '../storage/open-store.ts';

/** Whose folder is audited. */
export const LANE = 1;

/** Data folders of one short run, each to be damaged in its own way. */
export class AuditedFolders {
  readonly chain = new CertifiedChain();
  readonly #base = mkdtempSync(path.join(tmpdir(), 'althing-audit-test-'));
  #count = 0;

  /** As a validator leaves it that was stopped. */
  get whole(): string {
    return path.join(this.#base, 'whole', 'data');
  }

  get records(): readonly Uint8Array[] {
    return this.chain.cluster.journals[LANE] as Uint8Array[];
  }

  /** The same, read. */
  get blocks(): readonly Block[] {
    return this.records.map(decoded);
  }

  async prepare(): Promise<void> {
    await this.#stopNode(path.dirname(this.whole), this.records);
  }

  remove(): void {
    rmSync(this.#base, { recursive: true, force: true });
  }

  /** A copy of the whole folder. */
  copy(): string {
    const home = path.join(this.#base, String(this.#count++));
    cpSync(path.dirname(this.whole), home, { recursive: true });
    return path.join(home, 'data');
  }

  /** A copy with another journal, whose checksums and hash chain are right. */
  async rewritten(records: readonly Uint8Array[], segmentBytes?: number): Promise<string> {
    const folder = this.copy();
    const journal = path.join(folder, 'journal');
    rmSync(journal, { recursive: true });
    await writeJournal(journal, this.chain.cluster.ledgerId, records, segmentBytes);
    return folder;
  }

  /** A copy whose journal is without this record, or has others in its place. */
  replaced(index: number, ...others: readonly Uint8Array[]): Promise<string> {
    const { records } = this;
    return this.rewritten([...records.slice(0, index), ...others, ...records.slice(index + 1)]);
  }

  /** A copy whose journal has these behind its own. */
  extended(...others: readonly Uint8Array[]): Promise<string> {
    return this.rewritten([...this.records, ...others]);
  }

  /** A copy of which one entry of the store is another one. */
  async withEntry(
    table: string,
    change: (value: Uint8Array) => Uint8Array,
    folder = this.copy(),
  ): Promise<string> {
    const opened = await openLevelStore(path.join(folder, 'store'), { wipe: false });
    assert.ok(opened.ok);
    const store = opened.value;
    const [entry] = await store.scan(table, { limit: 1 });
    assert.ok(entry, `no entry in table ${table}`);
    store.put(entry.key, change(entry.value));
    await store.close();
    return folder;
  }

  /** A copy of which the first page of the state tree is another one: pages stand in files of their own. */
  async withPage(change: (value: Uint8Array) => Uint8Array): Promise<string> {
    const folder = this.copy();
    const store = await openStore(path.join(folder, 'store'), false);
    store.put(PAGE_TABLE, change(defined(store.get(PAGE_TABLE), 'a first page')));
    await store.close();
    return folder;
  }

  /** A copy of which the first unspent output by owner is another one: such entries stand in runs. */
  async withOwned(change: (value: Uint8Array) => Uint8Array): Promise<string> {
    const folder = this.copy();
    const place = path.join(folder, 'store');
    const [before, after] = [new SortedRuns(place), new SortedRuns(place)];
    const level = await openLevel(place);
    const manifest = await storedRow(level, RUNS_ROW);
    assert.ok(manifest !== undefined);
    before.load(manifest);
    after.load(encodeManifest({ ...decodeManifest(manifest), runs: [] }));
    for (const [i, { key, value }] of [...before.entries()].entries()) {
      after.add(key, i === 0 ? change(value) : value);
    }
    await after.spill();
    await level.put(RUNS_ROW, encodeValue(RUNS_ROW, after.manifest() as Uint8Array));
    await Promise.all([level.close(), before.close(), after.close()]);
    return folder;
  }

  /** A copy whose store is that of an earlier time, when the journal had so many records. */
  async behind(records: number): Promise<string> {
    const folder = this.copy();
    const earlier = path.join(this.#base, `earlier-${this.#count}`);
    await this.#stopNode(earlier, this.records.slice(0, records));
    rmSync(path.join(folder, 'store'), { recursive: true });
    cpSync(path.join(earlier, 'data', 'store'), path.join(folder, 'store'), { recursive: true });
    return folder;
  }

  audit(folder: string, options: Partial<AuditOptions> = {}): Promise<AuditReport> {
    return auditFolder({
      folder,
      genesis: this.chain.cluster.genesis,
      verifier,
      known: [],
      trustKnown: false,
      definedBlocks: 0,
      withStore: true,
      progress: () => undefined,
      ...options,
    });
  }

  /** The audit finds this, and nothing else. */
  async finds(
    code: FindingCode,
    detail: RegExp,
    folder: string,
    options: Partial<AuditOptions> = {},
  ): Promise<void> {
    const report = await this.audit(folder, options);
    assert.notEqual(report.wrong, 0, 'nothing was found');
    const codes = new Set(report.findings.map((finding) => finding.code));
    assert.deepEqual([...codes], [code], JSON.stringify(report.findings));
    const text = report.findings.map((finding) => `${finding.where}: ${finding.detail}`).join('\n');
    assert.match(text, detail);
  }

  /** What a node that starts on this journal and is stopped leaves behind. */
  async #stopNode(home: string, records: readonly Uint8Array[]): Promise<void> {
    const { cluster } = this.chain;
    const { genesis, ledgerId, committee } = cluster;
    const publicKey = committee.publicKey(LANE);
    const owner = { ledgerId, lane: LANE, publicKey };
    const fresh = await openData(home, owner, () => {});
    await fresh.journal.append(records);
    await fresh.close();
    const data = await withEmptyStore(await openData(home, owner, () => {}));
    const { store, journal: archive } = data;
    const nobody = { lane: null, signer: null, policy: DEFAULT_POLICY };
    const replica = new Replica({ genesis, ledgerId, committee, store, archive, ...nobody });
    await restoreReplica(replica, data, { committee, ledgerId, nowMs: 0, after: 0 });
    await data.close();
    assert.equal(toHex(publicKey), defined(genesis.committee[LANE], 'a member').publicKey);
  }
}

async function writeJournal(
  folder: string,
  ledgerId: CertifiedChain['cluster']['ledgerId'],
  records: readonly Uint8Array[],
  segmentBytes?: number,
): Promise<void> {
  const identity = { ledgerId, lane: LANE };
  await createJournal(folder, identity);
  const disk = { ...realDisk, datasync: async () => undefined };
  const options = segmentBytes === undefined ? { disk } : { disk, segmentBytes };
  const journal = await Journal.open(folder, identity, options);
  assert.ok(journal.ok);
  // One at a time, so that segments end where they should.
  for (const record of records) await journal.value.append([record]);
  await journal.value.close();
}

function decoded(bytes: Uint8Array): Block {
  const block = decodeBlock(bytes);
  assert.ok(block.ok);
  return block.value;
}

/** A copy with one bit changed. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= 1;
  return copy;
}

/** Names, sizes and contents of everything in a folder. */
export function fingerprint(folder: string): string {
  const sum = createHash('sha256');
  for (const name of readdirSync(folder, { recursive: true }).map(String).sort()) {
    const file = path.join(folder, name);
    sum.update(name);
    if (statSync(file).isFile()) sum.update(readFileSync(file));
  }
  return sum.digest('hex');
}
