import { isDigest } from '../codec/hex.ts';
import { taggedHashPair } from '../crypto/hash.ts';
import { type Digest, type TxId, ZERO_DIGEST } from '../types/ids.ts';
import type { StateProof } from '../types/proof.ts';

/*
 * The state tree is a function of the set of its leaves (txid -> value), so no order of changes can
 * show in it. root(set) = node(set, 0), with
 *
 *   node({}, d)           = 32 zero bytes
 *   node({(key, v)}, d)   = H(state-leaf, key, v)
 *   node(set, d)          = H(state-node, node(keys with bit d = 0, d+1), node(those with bit d = 1, d+1))
 *
 * Bit 0 is the first of the key. A leaf stands where its path becomes its own, so paths are about
 * log2(size) long. Leaves and nodes are hashed in domains of their own: none passes for the other.
 */

const KEY_BITS = 256;

export function stateLeafHash(key: TxId, value: Digest): Digest {
  return taggedHashPair('state-leaf', key as string as Digest, value);
}

export function keyBit(key: TxId, depth: number): number {
  const nibble = Number.parseInt(key.charAt(depth >> 2), 16);
  return (nibble >> (3 - (depth & 3))) & 1;
}

/** Does the proof show that `key` has this value under the root (null: that it is absent)? */
export function verifyState(
  root: Digest,
  key: TxId,
  value: Digest | null,
  proof: StateProof,
): boolean {
  const { siblings, leaf } = proof;
  if (proof.key !== key || !isDigest(key) || siblings.length > KEY_BITS) return false;
  if (!siblings.every(isDigest) || !leafFits(key, value, proof)) return false;
  let node = leaf === null ? ZERO_DIGEST : stateLeafHash(leaf.key, leaf.value);
  for (let depth = siblings.length - 1; depth >= 0; depth -= 1) {
    const sibling = siblings[depth] as Digest;
    node =
      keyBit(key, depth) === 0
        ? taggedHashPair('state-node', node, sibling)
        : taggedHashPair('state-node', sibling, node);
  }
  return node === root;
}

/**
 * What stands at the place of `key` is its own leaf with this value; or, of an absent key, nothing or
 * the leaf of another key, which leaves no room for its own.
 */
function leafFits(key: TxId, value: Digest | null, { leaf }: StateProof): boolean {
  if (leaf === null) return value === null;
  if (!isDigest(leaf.key) || !isDigest(leaf.value)) return false;
  return value === null ? leaf.key !== key : leaf.key === key && leaf.value === value;
}
