/** A growing set of small numbers. Histories are sets of block indexes, kept as bits. */
export class Bits {
  #words: Uint32Array;

  constructor(words: Uint32Array = new Uint32Array(4)) {
    this.#words = words;
  }

  has(index: number): boolean {
    return ((this.#words[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
  }

  add(index: number): void {
    const word = index >>> 5;
    if (word >= this.#words.length) this.#grow(Math.max(word + 1, this.#words.length * 2));
    this.#words[word]! |= 1 << (index & 31);
  }

  /** Adds every member of `other`. Takes as much room as that has, no more: sets that add each other would outdo each other. */
  addAll(other: Bits): void {
    const words = other.#words;
    if (words.length > this.#words.length) this.#grow(words.length);
    for (let i = 0; i < words.length; i++) this.#words[i]! |= words[i]!;
  }

  copy(): Bits {
    return new Bits(this.#words.slice());
  }

  /** The least member. */
  first(): number | undefined {
    const at = this.#words.findIndex((word) => word !== 0);
    if (at < 0) return undefined;
    const word = this.#words[at]!;
    return at * 32 + 31 - Math.clz32(word & -word);
  }

  /** Ascending. */
  members(): number[] {
    return this.minus(NONE);
  }

  /** Members of this set that `other` lacks, ascending. */
  minus(other: Bits): number[] {
    const found: number[] = [];
    for (let i = 0; i < this.#words.length; i++) {
      for (let word = this.#words[i]! & ~(other.#words[i] ?? 0); word !== 0; word &= word - 1) {
        found.push(i * 32 + 31 - Math.clz32(word & -word));
      }
    }
    return found;
  }

  #grow(words: number): void {
    const larger = new Uint32Array(words);
    larger.set(this.#words);
    this.#words = larger;
  }
}

const NONE = new Bits(new Uint32Array(0));
