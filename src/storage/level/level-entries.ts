import type { StoreEntry } from '../../replica/ports.ts';
import { decodeKey } from './level-key.ts';
import { decodeValue } from './level-value.ts';
import type { Changes } from './staged.ts';

/** Of LevelDB, in the order of the scan. */
type LevelIterator = { nextv(size: number): Promise<[Uint8Array, Uint8Array][]> };

export type EntriesWanted = { readonly limit: number; readonly reverse: boolean };

/**
 * What a scan finds: the entries of LevelDB, and over them what is not written yet. `changes`: all of it within
 * the scan's range.
 */
export async function entriesUnder(
  changes: Changes,
  iterator: LevelIterator,
  { limit, reverse }: EntriesWanted,
): Promise<StoreEntry[]> {
  const found = await unchanged(iterator, changes, limit);
  for (const [key, value] of changes) if (value !== null) found.push({ key, value });
  found.sort((a, b) => (a.key < b.key === reverse ? 1 : -1));
  return found.slice(0, limit);
}

/** Up to `limit` entries of LevelDB in the iterator's order, without those that the changes replace. */
async function unchanged(
  iterator: LevelIterator,
  changes: Changes,
  limit: number,
): Promise<StoreEntry[]> {
  const found: StoreEntry[] = [];
  while (found.length < limit) {
    const entries = await iterator.nextv(limit);
    if (entries.length === 0) break;
    for (const [bytes, value] of entries) {
      const key = decodeKey(bytes);
      if (!changes.has(key)) found.push({ key, value: decodeValue(bytes, value) });
    }
  }
  return found;
}
