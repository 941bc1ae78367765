export type { SignatureCheck, Signer, Verifier } from '../types/signature.ts';

/**
 * Synchronous key-value store. Keys are one letter (the table, see storage/layout.ts) followed by
 * lower-case hex. A `get` sees every earlier `put`, flushed or not, so the core never awaits
 * (docs/adr/0002). What it holds can be rebuilt from the journal.
 */
export interface Store {
  get(key: string): Uint8Array | undefined;
  put(key: string, value: Uint8Array): void;
  delete(key: string): void;
}

/** Reads back blocks that were appended to the journal, by their ordinal (1 for the first). */
export interface BlockArchive {
  read(ordinal: number): Uint8Array;
}
