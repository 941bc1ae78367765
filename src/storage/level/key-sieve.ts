/** Bits set per key. */
const PROBES = 4;
/** It grows when one bit in so many is set: what it then says of keys from before is hardly worse for ever. */
const SPARSE = 32;
/** Of the words of one that is taken over, one in so many is looked at to see how full it is. */
const SAMPLE = 64;

/**
 * Remembers which keys were ever put, in bounded memory: says "never" for certain, or "perhaps" (B. Bloom,
 * Space/Time Trade-offs in Hash Coding with Allowable Errors, 1970). A small one for few keys, which a start has
 * soon read, is unfolded once into the large one. With 2^26 bits about one key in 160 that was never put gets
 * "perhaps" at 5 million keys, one in 21 at 10 million.
 */
export class KeySieve {
  readonly #largest: number;
  #bits: Uint32Array;
  #mask: number;
  /** Bits that are set, about; no longer counted in one that does not grow. */
  #set = 0;

  /** Takes 2^(log2Bits - 3) bytes, and 2^(log2Most - 3) when it has grown. */
  constructor(log2Bits: number, log2Most = log2Bits) {
    this.#bits = new Uint32Array(2 ** (log2Bits - 5));
    this.#mask = 2 ** log2Bits - 1;
    this.#largest = 2 ** log2Most;
  }

  /** A sieve that knows the keys of the one whose bytes these are; it takes them over. */
  static of(bytes: Uint8Array, log2Most = 0): KeySieve {
    const sieve = new KeySieve(5, Math.max(log2Most, Math.log2(bytes.length) + 3));
    const isAligned = bytes.byteOffset % Uint32Array.BYTES_PER_ELEMENT === 0;
    const { buffer, byteOffset } = isAligned ? bytes : bytes.slice();
    sieve.#bits = new Uint32Array(buffer, byteOffset, bytes.length / 4);
    sieve.#mask = bytes.length * 8 - 1;
    sieve.#set = sieve.#estimate();
    return sieve;
  }

  /** As it is now; one that knows more keys is as good. */
  bytes(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.#bits;
    return new Uint8Array(buffer, byteOffset, byteLength).slice();
  }

  add(key: string): void {
    let bit = hashOf(key);
    const stride = strideOf(bit);
    for (let probe = 0; probe < PROBES; probe += 1) {
      const at = bit & this.#mask;
      this.#bits[at >>> 5] = (this.#bits[at >>> 5] as number) | (1 << (at & 31));
      bit = (bit + stride) | 0;
    }
    if (this.#mask + 1 < this.#largest) this.#grow();
  }

  /** False: the key was never added. */
  mayHold(key: string): boolean {
    let bit = hashOf(key);
    const stride = strideOf(bit);
    for (let probe = 0; probe < PROBES; probe += 1) {
      const at = bit & this.#mask;
      if (((this.#bits[at >>> 5] as number) & (1 << (at & 31))) === 0) return false;
      bit = (bit + stride) | 0;
    }
    return true;
  }

  /** A key was added. The place of a bit in the small one is the end of its place in the large one. */
  #grow(): void {
    this.#set += PROBES;
    if (this.#set * SPARSE <= this.#mask) return;
    const small = this.#bits;
    this.#bits = new Uint32Array(this.#largest / 32);
    this.#mask = this.#largest - 1;
    for (let at = 0; at < this.#bits.length; at += small.length) this.#bits.set(small, at);
  }

  #estimate(): number {
    let set = 0;
    for (let at = 0; at < this.#bits.length; at += SAMPLE) {
      for (let word = this.#bits[at] as number; word !== 0; word &= word - 1) set += SAMPLE;
    }
    return set;
  }
}

/** FNV-1a over the characters. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  }
  return hash;
}

/** A second hash of the first, odd: the probes of a key are spread over all bits. */
function strideOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) | 1;
}
