import { checkpointDigest, decodeCertificate } from '../codec/checkpoint.ts';
import { isEarlierRecord } from '../ledger/coin-record.ts';
import { COIN_TABLE } from '../ledger/coins.ts';
import { verifyCertificate } from '../ledger/proofs.ts';
import { CERTIFICATE_TABLE } from '../replica/outcomes/epoch-keys.ts';
import { REJECTED_TABLE } from '../replica/outcomes/rejections.ts';
import { describe } from '../storage/fault.ts';
import { TABLES } from '../storage/layout.ts';
import { type CopiedEntry, isStore, readStoreCopy } from '../storage/level/store-copy.ts';
import type { Subject } from './subject.ts';

/** Tables that gain entries and change none of them. */
const WRITTEN_ONCE: readonly string[] = ['b', 'd', 'o', CERTIFICATE_TABLE, REJECTED_TABLE];
/** Tables that lose no entry: one that the journal does not imply is of blocks that the journal lost. */
const GROWING: readonly string[] = ['o', CERTIFICATE_TABLE, REJECTED_TABLE, COIN_TABLE, 't'];
/** Tables of blocks, put there when they are admitted: a crash may leave some that the journal did not get. */
const OF_BLOCKS: readonly string[] = ['b', 'd', 'l'];
/** Beyond that many the store is another one. */
const DIFFERENCES_MAX = 10_000;

/** `stored` undefined: the store lacks it. `implied` undefined: the journal does not imply it. */
type Difference = {
  readonly key: string;
  readonly stored: Uint8Array | undefined;
  readonly implied: Uint8Array | undefined;
};

/**
 * The node's LevelDB against the one that a replay of the journal has made, entry by entry. A node that was
 * killed leaves a store that is some epochs behind, which its next start throws away: of that one only
 * what never changes is compared. `isWritten`: the journal is longer than when it was read, so the store may be
 * ahead of what was read.
 */
export async function auditStore(
  subject: Subject,
  folder: string,
  impliedFolder: string,
  isWritten: () => boolean,
): Promise<void> {
  const { findings } = subject;
  const written = 'the node runs: its store is not compared, stop it for that';
  if (!isStore(folder)) {
    findings.note('there is no store: the next start makes it');
    return;
  }
  const differences: Difference[] = [];
  try {
    for await (const difference of compare(subject, folder, impliedFolder)) {
      differences.push(difference);
      if (differences.length >= DIFFERENCES_MAX) break;
    }
  } catch (cause) {
    if (isWritten()) return findings.note(written);
    findings.add('store-damaged', 'store', `it cannot be read: ${describe(cause)}`);
    return;
  }
  if (differences.length > 0 && isWritten()) return findings.note(written);
  const isBehind = differences.some(({ stored }) => stored === undefined);
  if (isBehind) findings.note('the store is behind the journal: its node was killed, or runs now');
  const ahead = differences.filter(isAhead);
  for (const { key } of ahead) {
    findings.add('store-ahead', nameOf(key), 'the journal does not imply this entry');
  }
  if (ahead.length > 0) return;
  for (const difference of differences) {
    if (isAllowed(subject, difference, isBehind)) continue;
    findings.add('store-damaged', nameOf(difference.key), 'it is not what the journal implies');
  }
}

/** Both are in the same order, that of the bytes of their keys. */
async function* compare(
  { counts }: Subject,
  folder: string,
  impliedFolder: string,
): AsyncGenerator<Difference> {
  const [mine, others] = [readStoreCopy(folder), readStoreCopy(impliedFolder)];
  const next = async (entries: AsyncGenerator<CopiedEntry>) => (await entries.next()).value ?? null;
  try {
    let stored: CopiedEntry | null = await next(mine);
    let implied: CopiedEntry | null = await next(others);
    while (stored !== null || implied !== null) {
      const order = orderOf(stored, implied);
      const key = ((order <= 0 ? stored : implied) as CopiedEntry).key;
      const pair = {
        key,
        stored: order <= 0 ? stored?.value : undefined,
        implied: order >= 0 ? implied?.value : undefined,
      };
      if (order <= 0) counts.storeEntries += 1;
      if (!isSame(pair.stored, pair.implied)) yield pair;
      if (order <= 0) stored = await next(mine);
      if (order >= 0) implied = await next(others);
    }
  } finally {
    await mine.return(undefined);
    await others.return(undefined);
  }
}

function orderOf(stored: CopiedEntry | null, implied: CopiedEntry | null): number {
  if (stored === null) return 1;
  if (implied === null) return -1;
  return Buffer.compare(stored.bytes, implied.bytes);
}

function isAhead({ key, implied }: Difference): boolean {
  return implied === undefined && GROWING.includes(key.charAt(0));
}

function isAllowed(subject: Subject, difference: Difference, isBehind: boolean): boolean {
  const { key, stored, implied } = difference;
  const table = key.charAt(0);
  if (stored === undefined) return true;
  if (implied === undefined && OF_BLOCKS.includes(table)) return true;
  if (table === CERTIFICATE_TABLE) return isSameCertificate(subject, stored, implied);
  if (!isBehind || WRITTEN_ONCE.includes(table)) return false;
  return table !== COIN_TABLE || (implied !== undefined && isEarlierRecord(stored, implied));
}

/** A certificate holds the first signatures of a quorum or more: which ones depends on timing. */
function isSameCertificate(
  { ledgerId, committee, verifier }: Subject,
  stored: Uint8Array,
  implied: Uint8Array | undefined,
): boolean {
  const [mine, other] = [stored, implied].map((bytes) => bytes && decodeCertificate(bytes));
  if (!mine?.ok || !other?.ok) return false;
  const verified = verifyCertificate(mine.value, { ledgerId, committee, verifier });
  return (
    verified.ok && checkpointDigest(verified.value) === checkpointDigest(other.value.checkpoint)
  );
}

function nameOf(key: string): string {
  const table = key.charAt(0);
  const name = Object.hasOwn(TABLES, table) ? TABLES[table as keyof typeof TABLES] : 'no table';
  return `store, ${name}, ${key.slice(1)}`;
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}
