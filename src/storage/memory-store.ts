import type { LedgerStore, Scanner, ScanOptions, StoreEntry } from '../replica/ports.ts';

/** The store of the simulator and of unit tests: pure, nothing is ever lost or late. */
export class MemoryStore implements LedgerStore, Scanner {
  readonly #entries = new Map<string, Uint8Array>();

  /** All entries as they are now. */
  copy(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.#entries);
  }

  /** Holds these entries from now on, and nothing else. */
  replace(entries: ReadonlyMap<string, Uint8Array>): void {
    this.#entries.clear();
    for (const [key, value] of entries) this.#entries.set(key, value);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Uint8Array | undefined {
    return this.#entries.get(key);
  }

  put(key: string, value: Uint8Array): void {
    this.#entries.set(key, value);
  }

  putLater(_count: number, entries: (prefix: string) => Iterable<StoreEntry>): void {
    for (const { key, value } of entries('')) this.put(key, value);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** `scan` without the promise. Sorts the whole table: for small stores. */
  list(prefix: string, options: ScanOptions): StoreEntry[] {
    const keys = [...this.#entries.keys()].filter((key) => inRange(key, prefix, options)).sort();
    if (options.reverse === true) keys.reverse();
    return keys.slice(0, options.limit).map((key) => ({ key, value: this.#entries.get(key)! }));
  }

  scan(prefix: string, options: ScanOptions): Promise<StoreEntry[]> {
    return Promise.resolve(this.list(prefix, options));
  }

  async each(prefix: string, take: (value: Uint8Array) => boolean): Promise<void> {
    const entries = this.list(prefix, { limit: Number.POSITIVE_INFINITY });
    entries.every(({ value }) => take(value));
  }
}

/** Does a scan with these arguments return the key, if there is room? Only keys of whole bytes are scanned. */
export function inRange(key: string, prefix: string, options: ScanOptions): boolean {
  if (key.length % 2 === 0 || !key.startsWith(prefix)) return false;
  if (options.after === undefined) return true;
  return options.reverse === true ? key < options.after : key > options.after;
}
