import type { BlockArchive, Store } from './ports.ts';
import type { Start } from './start.ts';

/** The tables that say something of one generation's blocks: whoever drops it empties them. */
export const GENERATION_TABLES = ['b', 'd', 'l', 't', 's', 'v'] as const;

/** At most so many generations are in the store at a time; then their numbers are used again. */
const NUMBERS = 256;

/**
 * The store as one generation's blocks see it: behind the letter of its table a key has the number of the
 * generation, two digits of it. Not to be used for tables of the ledger, which all generations share.
 */
export function generationTables(store: Store, { generation }: Start): Store {
  const number = (generation % NUMBERS).toString(16).padStart(2, '0');
  const name = (key: string): string => key.charAt(0) + number + key.slice(1);
  return {
    get: (key) => store.get(name(key)),
    put: (key, value) => store.put(name(key), value),
    delete: (key) => store.delete(name(key)),
  };
}

/** The journal as one generation's blocks see it: the first of them is number 1. */
export function generationArchive(archive: BlockArchive, { journalled }: Start): BlockArchive {
  return { read: (ordinal) => archive.read(journalled + ordinal) };
}
