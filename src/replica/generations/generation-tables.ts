import type { BlockArchive, Store } from '../ports.ts';
import type { Start } from './start.ts';

/** Those of dag/archive, dependency/tx-index and consensus/vote-book. */
const GENERATION_TABLES = 'bdltsv';

/**
 * The store as one generation's blocks see it: behind the letter of its table a key has the number of the
 * generation. Not to be used for tables of the ledger, which all generations share.
 */
export function generationTables(store: Store, { generation }: Start): Store {
  const number = prefixFree(generation);
  const name = (key: string): string => key.charAt(0) + number + key.slice(1);
  return {
    get: (key) => store.get(name(key)),
    put: (key, value) => store.put(name(key), value),
    delete: (key) => store.delete(name(key)),
  };
}

/** What all keys of a generation's tables begin with, one for each table. */
export function generationPrefixes(generation: number): string[] {
  return [...GENERATION_TABLES].map((table) => table + prefixFree(generation));
}

/** The journal as one generation's blocks see it: the first of them is number 1. */
export function generationArchive(archive: BlockArchive, { journalled }: Start): BlockArchive {
  return { read: (ordinal) => archive.read(journalled + ordinal) };
}

/** Whole bytes of hex, seven bits each, the first bit says whether more follow: none is the beginning of another. */
function prefixFree(number: number): string {
  let rest = number;
  let text = '';
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) text += ((rest % 0x80) + 0x80).toString(16);
  return text + rest.toString(16).padStart(2, '0');
}
