/** Bits set per key. */
const PROBES = 4;

/**
 * Remembers which keys were ever put, in a fixed amount of memory: says "never" for certain, or "perhaps"
 * (B. Bloom, Space/Time Trade-offs in Hash Coding with Allowable Errors, 1970). With 2^26 bits about one
 * key in 400 that was never put gets "perhaps" at 5 million keys, one in 20 at 10 million.
 */
export class KeySieve {
  readonly #bits: Uint32Array;
  readonly #mask: number;

  /** Takes 2^(log2Bits - 3) bytes. */
  constructor(log2Bits: number) {
    this.#bits = new Uint32Array(2 ** (log2Bits - 5));
    this.#mask = 2 ** log2Bits - 1;
  }

  /** A sieve that knows the keys of the one whose bytes these are. */
  static of(bytes: Uint8Array): KeySieve {
    const sieve = new KeySieve(Math.log2(bytes.length) + 3);
    new Uint8Array(sieve.#bits.buffer).set(bytes);
    return sieve;
  }

  /** As it is now; one that knows more keys is as good. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#bits.buffer.slice(0));
  }

  add(key: string): void {
    let bit = hashOf(key);
    const stride = strideOf(bit);
    for (let probe = 0; probe < PROBES; probe += 1) {
      const at = bit & this.#mask;
      this.#bits[at >>> 5] = (this.#bits[at >>> 5] as number) | (1 << (at & 31));
      bit = (bit + stride) | 0;
    }
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
