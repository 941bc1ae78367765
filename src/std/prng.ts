import { assert } from './assert.ts';

/** A stream of numbers that is a function of its seed. Not for keys. */
export interface Prng {
  /** 32 random bits. */
  next(): number;
  /** A float in [0, 1). */
  float(): number;
  /** An integer in [0, limit), without bias. `limit` is 1 .. 2^32. */
  below(limit: number): number;
  /** An integer in [low, high], both included. */
  between(low: number, high: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  bytes(length: number): Uint8Array;
  pick<T>(items: readonly T[]): T;
  /** A new array of the same items in random order. */
  shuffled<T>(items: readonly T[]): T[];
  /** A stream of its own: what it draws does not move this one. */
  fork(label: string): Prng;
}

/** Seeds with the same text give the same stream, everywhere and for ever (simulator seeds are kept). */
export function createPrng(seed: number | string): Prng {
  return new Xoshiro(String(seed));
}

const TWO_32 = 2 ** 32;

/** xoshiro128** (Blackman and Vigna), its state filled from an FNV-1a hash of the seed's text. */
class Xoshiro implements Prng {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: string) {
    this.#seed = seed;
    const fill = mixer(fnv(seed));
    this.#a = fill();
    this.#b = fill();
    this.#c = fill();
    this.#d = fill() | 1; // an all-zero state would stay there
  }

  next(): number {
    const result = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotate(this.#d, 11);
    return result;
  }

  float(): number {
    return this.next() / TWO_32;
  }

  below(limit: number): number {
    assert(Number.isInteger(limit) && limit >= 1 && limit <= TWO_32, `bad limit ${limit}`);
    const usable = TWO_32 - (TWO_32 % limit);
    let drawn = this.next();
    while (drawn >= usable) drawn = this.next();
    return drawn % limit;
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  bytes(length: number): Uint8Array {
    const drawn = new Uint8Array(length);
    for (let i = 0; i < length; i++) drawn[i] = this.next() >>> 24;
    return drawn;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const order = [...items];
    for (let last = order.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const moved = order[last] as T;
      order[last] = order[other] as T;
      order[other] = moved;
    }
    return order;
  }

  fork(label: string): Prng {
    return new Xoshiro(`${this.#seed}/${label}`);
  }
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Spreads one word over many (the finaliser of MurmurHash3 over a counter). */
function mixer(state: number): () => number {
  let counter = state;
  return () => {
    counter = (counter + 0x9e3779b9) | 0;
    let word = Math.imul(counter ^ (counter >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    return (word ^ (word >>> 16)) >>> 0;
  };
}
