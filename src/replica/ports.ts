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

/** Where a part keeps what it need not have in memory, and never takes back. */
export type Table = Pick<Store, 'get' | 'put'>;

/** The store as the ledger needs it. */
export interface LedgerStore extends Store {
  /**
   * As a `put` of each of `count` entries, for a table that is only scanned: they are made when they are written,
   * or when somebody scans, then those alone whose keys begin with a prefix. Keys are put once and deleted
   * once, after it.
   */
  putLater(count: number, entries: (prefix: string) => Iterable<StoreEntry>): void;
}

export type ScanOptions = {
  /** Continue behind this key (before it when `reverse`), which is not returned. */
  readonly after?: string;
  /** Most entries to return, from 1. */
  readonly limit: number;
  /** Descending by key. */
  readonly reverse?: boolean;
};

export type StoreEntry = { readonly key: string; readonly value: Uint8Array };

/** Ordered reading of a table, for the API; sees every earlier `put` of the store, flushed or not. */
export interface Scanner {
  /**
   * The entries whose keys begin with `prefix`, ascending by key. Prefix and `after` are a letter and whole
   * bytes of hex; keys with an odd number of digits are left out.
   */
  scan(prefix: string, options: ScanOptions): Promise<StoreEntry[]>;

  /**
   * Hands over the values of all entries that begin with `prefix` at this moment, whatever is written meanwhile,
   * until `take` says that it has enough. Of a table that is never looked up: see `putLater`.
   */
  each(prefix: string, take: (value: Uint8Array) => boolean): Promise<void>;
}

/** Reads back blocks that were appended to the journal, by their ordinal (1 for the first). */
export interface BlockArchive {
  read(ordinal: number): Uint8Array;
}
