import type { Snapshots } from '../api/ports.ts';
import { encodeLedgerParts } from '../codec/snapshot.ts';
import type { Scanner, StoreEntry } from '../replica/ports.ts';
import { COIN_TABLE, SnapshotPage, type StoredLedger } from '../replica/snapshot.ts';
import type { Epoch, TxId } from '../types/ids.ts';

/** Records per scan: a page is at most some of them too long. */
const ENTRIES_PER_SCAN = 256;

/** What observers install and follow, read beside the running replica. */
export function createSnapshots(
  scanner: Scanner,
  ledger: (epoch: Epoch) => StoredLedger | undefined,
): Snapshots {
  return {
    page: (epoch, after) => snapshotPage(scanner, epoch, after),
    ledger(epoch) {
      const stored = ledger(epoch);
      return stored && sliced(encodeLedgerParts(stored));
    },
  };
}

/** The page of the state of an epoch behind this transaction; null: the first one. */
export async function snapshotPage(
  scanner: Pick<Scanner, 'scan'>,
  epoch: Epoch,
  after: TxId | null,
): ReturnType<Snapshots['page']> {
  const page = new SnapshotPage(epoch);
  const isLast = await fill(page, scanner, after === null ? undefined : COIN_TABLE + after);
  return { bytes: page.encode(), next: isLast ? null : page.last };
}

/** All pages of the state of an epoch, in their order. */
export async function* snapshotPages(
  scanner: Pick<Scanner, 'scan'>,
  epoch: Epoch,
): AsyncGenerator<Uint8Array> {
  for (let after: TxId | null = null; ; ) {
    const { bytes, next } = await snapshotPage(scanner, epoch, after);
    yield bytes;
    if (next === null) return;
    after = next;
  }
}

/** Returns whether the table has nothing more. */
async function fill(
  page: SnapshotPage,
  scanner: Pick<Scanner, 'scan'>,
  first?: string,
): Promise<boolean> {
  for (let after = first; ; ) {
    const options = { limit: ENTRIES_PER_SCAN, ...(after === undefined ? {} : { after }) };
    const entries: StoreEntry[] = await scanner.scan(COIN_TABLE, options);
    for (const entry of entries) {
      if (page.isFull) return false;
      page.add(entry);
    }
    if (entries.length < ENTRIES_PER_SCAN) return true;
    after = entries.at(-1)?.key;
  }
}

/** One part per turn of the event loop: a long ledger must not hold the protocol up. */
async function* sliced(parts: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    yield part;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
