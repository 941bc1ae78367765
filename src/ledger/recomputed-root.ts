import { taggedHashPair } from '../crypto/hash.ts';
import { assert } from '../std/assert.ts';
import { type Digest, type TxId, ZERO_DIGEST } from '../types/ids.ts';
import { keyBit, stateLeafHash } from './state-proof.ts';

type Leaf = { readonly key: TxId; readonly hash: Digest };

/** A finished left subtree whose sibling has not been seen yet. */
type Waiting = { readonly depth: number; readonly hash: Digest };

/**
 * The root of a state tree by its definition (state-proof.ts), from all of its leaves ascending by key:
 * no store, no pages, nothing shared with the incremental tree (state-tree.ts), so one checks the other.
 * Memory is the length of one path.
 */
export class RecomputedRoot {
  /** Ascending by depth, each on the left of the way to the newest key. */
  readonly #waiting: Waiting[] = [];
  #newest: Leaf | null = null;
  /** Bits that the newest key shares with the one before; -1: there is none. */
  #sharedBefore = -1;

  /** Keys ascend strictly. */
  add(key: TxId, value: Digest): void {
    if (this.#newest !== null) {
      assert(this.#newest.key < key, 'leaves ascend by key');
      const shared = sharedBits(this.#newest.key, key);
      const hash = this.#fold(this.#newest, shared);
      this.#waiting.push({ depth: shared + 1, hash });
      this.#sharedBefore = shared;
    }
    this.#newest = { key, hash: stateLeafHash(key, value) };
  }

  /** Nothing may be added afterwards. */
  finish(): Digest {
    return this.#newest === null ? ZERO_DIGEST : this.#fold(this.#newest, -1);
  }

  /** Hash of the subtree that ends with `leaf` and stands where the next key, sharing so many bits, turns off. */
  #fold(leaf: Leaf, sharedNext: number): Digest {
    let { hash } = leaf;
    for (
      let depth = Math.max(this.#sharedBefore, sharedNext) + 1;
      depth > sharedNext + 1;
      depth--
    ) {
      if (keyBit(leaf.key, depth - 1) === 0) hash = taggedHashPair('state-node', hash, ZERO_DIGEST);
      else hash = taggedHashPair('state-node', this.#left(depth), hash);
    }
    return hash;
  }

  #left(depth: number): Digest {
    const top = this.#waiting.at(-1);
    if (top?.depth !== depth) return ZERO_DIGEST;
    this.#waiting.pop();
    return top.hash;
  }
}

function sharedBits(a: TxId, b: TxId): number {
  let depth = 0;
  while (a.charAt(depth >> 2) === b.charAt(depth >> 2)) depth += 4;
  while (keyBit(a, depth) === keyBit(b, depth)) depth += 1;
  return depth;
}
