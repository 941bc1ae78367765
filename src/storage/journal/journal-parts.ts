/** The number of the part of the journal to which a record belongs: each part begins with a segment of its own. */
export type PartOf = (payload: Uint8Array) => number;

/** Records that go to disk together; `apart`: they begin a part. */
export type Run = { readonly records: readonly Uint8Array[]; readonly apart: boolean };

/** Where among the records that are not durable yet parts begin. */
export class JournalParts {
  readonly #partOf: PartOf;
  /** Of the newest record; null: nobody has looked. */
  #newest: number | null = null;
  readonly #begins = new Set<number>();

  constructor(partOf: PartOf) {
    this.#partOf = partOf;
  }

  /** The next record. `before`: the one before it, null if there is none. */
  note(ordinal: number, payload: Uint8Array, before: () => Uint8Array | null): void {
    const last = this.#newest === null ? before() : null;
    if (last !== null) this.#newest = this.#partOf(last);
    const part = this.#partOf(payload);
    if (this.#newest !== null && part !== this.#newest) this.#begins.add(ordinal);
    this.#newest = part;
  }

  /** Records from this ordinal on, so that each part begins a run; each once. */
  *runs(first: number, records: readonly Uint8Array[]): Generator<Run> {
    for (let done = 0; done < records.length; ) {
      const apart = this.#begins.delete(first + done);
      let end = done + 1;
      while (end < records.length && !this.#begins.has(first + end)) end++;
      yield { records: records.slice(done, end), apart };
      done = end;
    }
  }
}
