import { assert } from '../../std/assert.ts';
import type { KeyRange } from './key-range.ts';
import { compareKeys, RECORD_BYTES, writeRecord } from './record.ts';
import { sortedNumbers } from './sort.ts';

/** Records in the order in which they came. */
export class RecordList {
  readonly #bytes: Buffer;
  #count = 0;

  constructor(countMax: number) {
    this.#bytes = Buffer.allocUnsafe(countMax * RECORD_BYTES);
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count * RECORD_BYTES === this.#bytes.length;
  }

  /** `key`: hex without the table's letter; `value` null: deleted. */
  add(key: string, value: Uint8Array | null): void {
    const isWhole = writeRecord(this.#bytes, this.#count * RECORD_BYTES, key, value);
    assert(isWhole, 'an entry of this table has its size');
    this.#count += 1;
  }

  clear(): void {
    this.#count = 0;
  }

  /** A copy of the records within the range, ordered by their keys. */
  sorted(range: KeyRange): Buffer {
    const numbers = sortedNumbers(this.#bytes, this.#within(range));
    const sorted = Buffer.allocUnsafe(numbers.length * RECORD_BYTES);
    let to = 0;
    for (const number of numbers) {
      const at = number * RECORD_BYTES;
      this.#bytes.copy(sorted, to, at, at + RECORD_BYTES);
      to += RECORD_BYTES;
    }
    return sorted;
  }

  #within({ from, to }: KeyRange): Float64Array {
    const numbers = new Float64Array(this.#count);
    const [first, last] = [from.readUInt32BE(0), to?.readUInt32BE(0) ?? 0xffff_ffff];
    let found = 0;
    for (let number = 0; number < this.#count; number += 1) {
      const at = number * RECORD_BYTES;
      const word = this.#bytes.readUInt32BE(at);
      if (word < first || word > last) continue;
      if (word === first && compareKeys(this.#bytes, at, from, 0) < 0) continue;
      if (word === last && to !== null && compareKeys(this.#bytes, at, to, 0) >= 0) continue;
      numbers[found] = number;
      found += 1;
    }
    return numbers.subarray(0, found);
  }
}
