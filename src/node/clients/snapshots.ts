import type { Snapshots } from '../../api/ports.ts';
import { encodeLedgerParts } from '../../codec/snapshot.ts';
import { COIN_TABLE } from '../../ledger/coins.ts';
import type { Scanner, StoreEntry } from '../../replica/ports.ts';
import { SnapshotPage, type StoredLedger } from '../../replica/state-sync/snapshot.ts';
import type { Epoch, TxId } from '../../types/ids.ts';
import type { PacedSlices } from '../loop/paced-slices.ts';

/** Records per slice: a page is at most some of them too long. */
const ENTRIES_PER_SLICE = 64;

/** Runs a part of the work, at once or when there is time for it. */
type RunSlice = PacedSlices['run'];

const atOnce: RunSlice = (slice) => slice();

/** What observers install and follow, read beside the running replica. */
export function createSnapshots(
  scanner: Scanner,
  ledger: (epoch: Epoch) => StoredLedger | undefined,
  slices: PacedSlices,
): Snapshots {
  const run: RunSlice = (slice) => slices.run(slice);
  return {
    page: (epoch, after, signal) => snapshotPage(scanner, epoch, after, { run, signal }),
    ledger(epoch) {
      const stored = ledger(epoch);
      return stored && sliced(encodeLedgerParts(stored), run);
    },
  };
}

/** The page of the state of an epoch behind this transaction; null: the first one. Some of it once nobody wants it. */
export async function snapshotPage(
  scanner: Pick<Scanner, 'scan'>,
  epoch: Epoch,
  after: TxId | null,
  { run, signal }: { readonly run: RunSlice; readonly signal?: AbortSignal | undefined } = {
    run: atOnce,
  },
): ReturnType<Snapshots['page']> {
  const page = new SnapshotPage(epoch);
  let from = after === null ? undefined : COIN_TABLE + after;
  for (;;) {
    const end = await run(async () => {
      if (signal?.aborted === true) return { isLast: false };
      const options = { limit: ENTRIES_PER_SLICE, ...(from === undefined ? {} : { after: from }) };
      const entries = await scanner.scan(COIN_TABLE, options);
      from = entries.at(-1)?.key;
      return fill(page, entries);
    });
    if (end !== null) {
      const bytes = await run(async () => page.encode());
      return { bytes, next: end.isLast ? null : page.last };
    }
  }
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

/** null: the page has room, and the table may have more. */
function fill(page: SnapshotPage, entries: readonly StoreEntry[]): { isLast: boolean } | null {
  for (const entry of entries) {
    if (page.isFull) return { isLast: false };
    page.add(entry);
  }
  return entries.length < ENTRIES_PER_SLICE ? { isLast: true } : null;
}

/** One part at a time: a long ledger must not hold the protocol up. */
async function* sliced(parts: Iterator<Uint8Array>, run: RunSlice): AsyncGenerator<Uint8Array> {
  for (;;) {
    const part = await run(async () => parts.next());
    if (part.done === true) return;
    yield part.value;
  }
}
