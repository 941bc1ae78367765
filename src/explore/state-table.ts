const EMPTY = -1;
const FIRST_SLOTS = 1 << 12;
/** The slots are doubled when more than this share is taken. */
const LOAD_MAX = 0.6;

/**
 * The global states that were reached: for each the form by which it is known again, and the tuple that
 * stands for it. Flat arrays: there are millions.
 */
export class StateTable {
  readonly #width: number;
  #forms: Int32Array;
  #tuples: Int32Array;
  #slots = new Int32Array(FIRST_SLOTS).fill(EMPTY);
  #size = 0;

  constructor(width: number) {
    this.#width = width;
    this.#forms = new Int32Array(width * FIRST_SLOTS);
    this.#tuples = new Int32Array(width * FIRST_SLOTS);
  }

  get size(): number {
    return this.#size;
  }

  tuple(index: number): number[] {
    return Array.from(this.#tuples.subarray(index * this.#width, (index + 1) * this.#width));
  }

  /** False if the form is known. */
  add(form: readonly number[], tuple: readonly number[]): boolean {
    let slot = this.#slotOf(form);
    const mask = this.#slots.length - 1;
    for (let at = this.#slots[slot] as number; at !== EMPTY; at = this.#slots[slot] as number) {
      if (this.#isForm(at, form)) return false;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#size;
    this.#keep(form, tuple);
    if (this.#size > this.#slots.length * LOAD_MAX) this.#rehash();
    return true;
  }

  #keep(form: readonly number[], tuple: readonly number[]): void {
    const at = this.#size * this.#width;
    if (at === this.#forms.length) {
      this.#forms = doubled(this.#forms);
      this.#tuples = doubled(this.#tuples);
    }
    this.#forms.set(form, at);
    this.#tuples.set(tuple, at);
    this.#size++;
  }

  #isForm(index: number, form: readonly number[]): boolean {
    const at = index * this.#width;
    for (let i = 0; i < this.#width; i++) if (this.#forms[at + i] !== form[i]) return false;
    return true;
  }

  #slotOf(form: ArrayLike<number>): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < this.#width; i++) {
      hash = Math.imul(hash ^ (form[i] as number), 0x01000193);
      hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    }
    return (hash ^ (hash >>> 13)) & (this.#slots.length - 1);
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(EMPTY);
    const mask = this.#slots.length - 1;
    for (let index = 0; index < this.#size; index++) {
      const at = index * this.#width;
      let slot = this.#slotOf(this.#forms.subarray(at, at + this.#width));
      while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.#slots[slot] = index;
    }
  }
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
