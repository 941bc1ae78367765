import { compareKeys, headOf, kindOf, RECORD_BYTES } from './record.ts';

/** Goes through sorted records that come in chunks. */
export class Cursor {
  readonly #shared: number;
  readonly #chunk: (number: number) => Buffer | null;
  #number: number;
  bytes: Buffer | null;
  at: number;
  /** Of the record at which it stands. */
  head = 0;

  /**
   * Begins at record `index` of chunk `number`, or behind it. All keys from there on, and those of all cursors that
   * are merged with it, begin with the same `shared` bytes.
   */
  constructor(
    shared: number,
    chunk: (number: number) => Buffer | null,
    { number = 0, index = 0 } = {},
  ) {
    this.#shared = shared;
    this.#chunk = chunk;
    this.#number = number;
    this.bytes = chunk(number);
    this.at = (index - 1) * RECORD_BYTES;
    this.next();
  }

  static over(sorted: Buffer, shared: number): Cursor {
    return new Cursor(shared, (number) => (number === 0 ? sorted : null));
  }

  /** Behind the last record `bytes` is null. */
  next(): void {
    this.at += RECORD_BYTES;
    while (this.bytes !== null && this.at >= this.bytes.length) {
      this.#number += 1;
      this.bytes = this.#chunk(this.#number);
      this.at = 0;
    }
    if (this.bytes !== null) this.head = headOf(this.bytes, this.at, this.#shared);
  }
}

/**
 * The keys of several cursors as one sequence, each once. Of one that was put and deleted nothing is left: a key is put
 * once and deleted once after that (LedgerStore.putLater), so it does not matter which of the two is the newer one,
 * and cursors of any age may be merged.
 */
export class Merge {
  readonly #cursors: Cursor[];
  /** A copy of a record of the key that was found. */
  readonly record = Buffer.alloc(RECORD_BYTES);
  /** Which kinds of records it has, added up. */
  kinds = 0;

  constructor(cursors: Iterable<Cursor>) {
    this.#cursors = [...cursors];
  }

  /** False: there is no further one. */
  next(): boolean {
    const least = this.#least();
    if (least === null) return false;
    (least.bytes as Buffer).copy(this.record, 0, least.at, least.at + RECORD_BYTES);
    const { head } = least;
    this.kinds = kindOf(this.record, 0);
    least.next();
    this.#takeSame(head);
    return true;
  }

  #least(): Cursor | null {
    let least: Cursor | null = null;
    for (const cursor of this.#cursors) {
      if (cursor.bytes === null) continue;
      if (least === null || isBefore(cursor, least)) least = cursor;
    }
    return least;
  }

  /** Goes behind all other records of this key. */
  #takeSame(head: number): void {
    for (const cursor of this.#cursors) {
      while (
        cursor.bytes !== null &&
        cursor.head === head &&
        compareKeys(cursor.bytes, cursor.at, this.record, 0) === 0
      ) {
        this.kinds |= kindOf(cursor.bytes, cursor.at);
        cursor.next();
      }
    }
  }
}

function isBefore(a: Cursor, b: Cursor): boolean {
  if (a.head !== b.head) return a.head < b.head;
  return compareKeys(a.bytes as Buffer, a.at, b.bytes as Buffer, b.at) < 0;
}
