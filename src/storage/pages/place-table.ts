import type { Place } from './place.ts';

/** Words of an entry: two of the key, then file, byte, length. An entry whose first word is 0 is empty. */
export const ENTRY_WORDS = 5;
const FIRST_ENTRIES = 16;
/** Of all entries, so many sixteenths may be in use. */
const FULL_SIXTEENTHS = 11;

/** First word of a key (never 0) and second one. */
export type PackedKey = readonly [number, number];

/**
 * Places by packed keys: a table with open addressing and linear probing (D. Knuth, The Art of Computer Programming
 * 3, 6.4, algorithms L and R), for a Map takes four times as much and has the garbage collector go through it.
 */
export class PlaceTable {
  readonly #seed: number;
  #words = new Uint32Array(FIRST_ENTRIES * ENTRY_WORDS);
  #mask = FIRST_ENTRIES - 1;
  count = 0;

  /** `seed`: so that nobody can choose keys that meet. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  get(key: PackedKey): Place | null {
    const at = this.#find(key);
    return this.#words[at] === 0 ? null : this.#placeAt(at);
  }

  set(key: PackedKey, place: Place): void {
    let at = this.#find(key);
    if (this.#words[at] === 0) {
      if ((this.count + 1) * 16 > (this.#mask + 1) * FULL_SIXTEENTHS) {
        this.#grow();
        at = this.#find(key);
      }
      this.count += 1;
    }
    this.#words[at] = key[0];
    this.#words[at + 1] = key[1];
    this.#words[at + 2] = place.file;
    this.#words[at + 3] = place.at;
    this.#words[at + 4] = place.bytes;
  }

  delete(key: PackedKey): void {
    const at = this.#find(key);
    if (this.#words[at] === 0) return;
    this.count -= 1;
    this.#fill(at / ENTRY_WORDS);
  }

  /** Copies the entries in use, in any order; returns the word behind them. */
  copyTo(words: Uint32Array, from: number): number {
    let to = from;
    for (let at = 0; at < this.#words.length; at += ENTRY_WORDS) {
      if (this.#words[at] === 0) continue;
      for (let i = 0; i < ENTRY_WORDS; i += 1) words[to + i] = this.#words[at + i] as number;
      to += ENTRY_WORDS;
    }
    return to;
  }

  /** The word at which the entry with this key begins, or would. */
  #find([first, second]: PackedKey): number {
    for (let entry = this.#homeOf(first, second); ; entry += 1) {
      const at = (entry & this.#mask) * ENTRY_WORDS;
      const found = this.#words[at];
      if (found === 0 || (found === first && this.#words[at + 1] === second)) return at;
    }
  }

  #homeOf(first: number, second: number): number {
    const mixed = Math.imul(first ^ this.#seed, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
    return Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 8;
  }

  #placeAt(at: number): Place {
    const [file, byte, bytes] = [this.#words[at + 2], this.#words[at + 3], this.#words[at + 4]];
    return { file: file as number, at: byte as number, bytes: bytes as number };
  }

  /** The entry becomes empty; those behind that would not be found beyond it move up. */
  #fill(entry: number): void {
    let hole = entry;
    for (let next = hole + 1; ; next += 1) {
      const at = (next & this.#mask) * ENTRY_WORDS;
      if (this.#words[at] === 0) break;
      const home = this.#homeOf(this.#words[at] as number, this.#words[at + 1] as number);
      const isBehindHome = ((next - home) & this.#mask) >= ((next - hole) & this.#mask);
      if (!isBehindHome) continue;
      this.#words.copyWithin((hole & this.#mask) * ENTRY_WORDS, at, at + ENTRY_WORDS);
      hole = next;
    }
    this.#words[(hole & this.#mask) * ENTRY_WORDS] = 0;
  }

  #grow(): void {
    const before = this.#words;
    this.#words = new Uint32Array(2 * before.length);
    this.#mask = 2 * this.#mask + 1;
    for (let from = 0; from < before.length; from += ENTRY_WORDS) {
      const first = before[from] as number;
      if (first === 0) continue;
      const at = this.#find([first, before[from + 1] as number]);
      for (let i = 0; i < ENTRY_WORDS; i += 1) this.#words[at + i] = before[from + i] as number;
    }
  }
}
