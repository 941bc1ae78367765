type Table = {
  get(key: string): Uint8Array | undefined;
  put(key: string, value: Uint8Array): void;
  delete(key: string): void;
};

type Entry = { readonly key: string; readonly value: Uint8Array };

/** Changes over a table that may still be given up: they reach it by `commit` alone. */
export class Overlay implements Table {
  readonly #base: Table;
  /** null: deleted. */
  readonly #changes = new Map<string, Uint8Array | null>();

  constructor(base: Table) {
    this.#base = base;
  }

  get(key: string): Uint8Array | undefined {
    const change = this.#changes.get(key);
    return change === undefined ? this.#base.get(key) : (change ?? undefined);
  }

  put(key: string, value: Uint8Array): void {
    this.#changes.set(key, value);
  }

  /** At once: they are given up or committed soon. */
  putLater(_count: number, entries: (prefix: string) => Iterable<Entry>): void {
    for (const { key, value } of entries('')) this.put(key, value);
  }

  delete(key: string): void {
    this.#changes.set(key, null);
  }

  commit(): void {
    for (const [key, value] of this.#changes) {
      if (value === null) this.#base.delete(key);
      else this.#base.put(key, value);
    }
    this.#changes.clear();
  }
}
