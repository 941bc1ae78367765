/** Values by key, the most recently used ones up to a number of bytes. */
export class ByteCache {
  readonly #bytesMax: number;
  readonly #values = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** As counted against the bound. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Uint8Array | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  set(key: string, value: Uint8Array): void {
    this.delete(key);
    this.#values.set(key, value);
    this.#bytes += entryBytes(key, value);
    while (this.#bytes > this.#bytesMax) this.#evictOldest();
  }

  delete(key: string): void {
    const value = this.#values.get(key);
    if (value === undefined) return;
    this.#values.delete(key);
    this.#bytes -= entryBytes(key, value);
  }

  #evictOldest(): void {
    for (const key of this.#values.keys()) {
      this.delete(key);
      return;
    }
  }
}

/** Measured on V8: a Map slot, a string header and an array object with its store weigh about this much. */
const ENTRY_OVERHEAD_BYTES = 200;

export function entryBytes(key: string, value: Uint8Array | null): number {
  return ENTRY_OVERHEAD_BYTES + key.length + (value?.length ?? 0);
}
