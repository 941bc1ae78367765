import type { Digest } from '../types/ids.ts';

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

/** The only holder of the validator's private key. Deterministic (RFC 6979). */
export interface Signer {
  readonly publicKey: Uint8Array;
  /** 64-byte compact low-S signature of a 32-byte digest. */
  sign(digest: Digest): Uint8Array;
}

export type SignatureCheck = {
  readonly publicKey: Uint8Array;
  readonly digest: Digest;
  readonly signature: Uint8Array;
};

/** Never throws: whatever cannot be parsed is false. */
export interface Verifier {
  readonly backend: string;
  verify(check: SignatureCheck): boolean;
}
