import { taggedHash, taggedHashDigest, taggedHashPair } from '../crypto/hash.ts';
import { hexToBytes } from '../crypto/native-bytes.ts';
import { assert } from '../std/assert.ts';
import { uint32Bytes } from '../std/bytes.ts';
import { runToEnd, Slice, type Sliced } from '../std/slices.ts';
import { type Digest, ZERO_DIGEST } from '../types/ids.ts';
import type { ListProof } from '../types/proof.ts';
import { isDigest } from './hex.ts';

/**
 * Merkle tree over a list: leaves and nodes are hashed in domains of their own and the root commits to
 * the count, so no node passes for a leaf and no two lists share a root. In a row with an odd number of
 * nodes the last one moves up as it is.
 */
export function listRoot(leaves: readonly Digest[]): Digest {
  return leaves.length === 0 ? EMPTY_ROOT : runToEnd(listRootInSlices(leaves));
}

/** Most blocks have no transactions. */
const EMPTY_ROOT = rootHash(0, ZERO_DIGEST);

export function* listRootInSlices(leaves: readonly Digest[]): Sliced<Digest> {
  const slice = new Slice();
  let row: Digest[] = [];
  for (const leaf of leaves) {
    row.push(leafHash(leaf));
    if (slice.isFull(1)) yield;
  }
  while (row.length > 1) row = yield* rowAbove(row, slice);
  return rootHash(leaves.length, row[0] ?? ZERO_DIGEST);
}

/** The path of leaf `index`, which must exist. */
export function proveList(leaves: readonly Digest[], index: number): ListProof {
  assert(index >= 0 && index < leaves.length, `no leaf ${index} of ${leaves.length}`);
  const siblings: Digest[] = [];
  let row = leaves.map(leafHash);
  for (let at = index; row.length > 1; at >>>= 1) {
    const sibling = row[at ^ 1];
    if (sibling !== undefined) siblings.push(sibling);
    row = runToEnd(rowAbove(row, new Slice()));
  }
  return { index, count: leaves.length, siblings };
}

/** Does the proof show that `leaf` is number `proof.index` of the `proof.count` leaves under `root`? */
export function verifyList(root: Digest, leaf: Digest, proof: ListProof): boolean {
  const { index, count, siblings } = proof;
  if (!Number.isInteger(index) || !Number.isInteger(count)) return false;
  if (index < 0 || index >= count || count > 0xffff_ffff) return false;
  if (!isDigest(leaf) || !siblings.every(isDigest)) return false;
  let node = leafHash(leaf);
  let used = 0;
  let at = index;
  for (let width = count; width > 1; width = Math.ceil(width / 2)) {
    const alone = at === width - 1 && width % 2 === 1;
    if (!alone) {
      const sibling = siblings[used++];
      if (sibling === undefined) return false;
      node = at % 2 === 1 ? nodeHash(sibling, node) : nodeHash(node, sibling);
    }
    at = Math.floor(at / 2);
  }
  return used === siblings.length && rootHash(count, node) === root;
}

function* rowAbove(row: readonly Digest[], slice: Slice): Sliced<Digest[]> {
  const above: Digest[] = [];
  for (let i = 0; i < row.length; i += 2) {
    const left = row[i] as Digest;
    const right = row[i + 1];
    above.push(right === undefined ? left : nodeHash(left, right));
    if (slice.isFull(1)) yield;
  }
  return above;
}

function leafHash(leaf: Digest): Digest {
  return taggedHashDigest('list-leaf', leaf);
}

function nodeHash(left: Digest, right: Digest): Digest {
  return taggedHashPair('list-node', left, right);
}

function rootHash(count: number, top: Digest): Digest {
  return taggedHash('list-root', uint32Bytes(count), hexToBytes(top));
}
