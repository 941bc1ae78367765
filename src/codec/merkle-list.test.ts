import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digests } from '../../test/codec/arbitraries.ts';
import { taggedHash } from '../crypto/hash.ts';
import { uint32Bytes } from '../std/bytes.ts';
import type { Digest } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { ListProof } from '../types/proof.ts';
import { listRoot, proveList, verifyList } from './merkle-list.ts';

const leaf = (byte: number): Digest => byte.toString(16).padStart(2, '0').repeat(32) as Digest;
const some = (count: number): Digest[] => Array.from({ length: count }, (_, i) => leaf(i));

/** The tree by its other definition: a list is split at the largest power of two below its length. */
function topOf(leaves: readonly Digest[]): Digest {
  const [only = leaf(0)] = leaves;
  if (leaves.length < 2) return taggedHash('list-leaf', Buffer.from(only, 'hex'));
  const half = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return nodeOf(topOf(leaves.slice(0, half)), topOf(leaves.slice(half)));
}

function nodeOf(left: Digest, right: Digest): Digest {
  return taggedHash('list-node', Buffer.from(left + right, 'hex'));
}

function rootOf(count: number, top: Digest): Digest {
  return taggedHash('list-root', uint32Bytes(count), Buffer.from(top, 'hex'));
}

test('roots are those of the protocol', () => {
  assert.equal(listRoot([]), 'b414403107cdb6ba362a30d6d1fb464971ce9ed277462c607b7cd66921bf90a5');
  assert.equal(
    listRoot(some(5)),
    'b3f97583d78ebcc657030d6894e9dcbf66cd7330aca4817b1c443abb489f612d',
  );
});

test('every leaf of every small list is proved, and nothing else by the same path', () => {
  for (let count = 1; count <= 33; count++) {
    const leaves = some(count);
    const root = listRoot(leaves);
    for (let index = 0; index < count; index++) {
      const proof = proveList(leaves, index);
      assert.equal(verifyList(root, leaf(index), proof), true, `${index} of ${count}`);
      assert.equal(verifyList(root, leaf(200), proof), false);
      assert.equal(verifyList(leaf(9), leaf(index), proof), false);
      for (const other of [index - 1, index + 1, index + count]) {
        assert.equal(verifyList(root, leaf(index), { ...proof, index: other }), false);
      }
      for (const other of [count - 1, count + 1, 2 * count]) {
        assert.equal(verifyList(root, leaf(index), { ...proof, count: other }), false);
      }
    }
  }
});

test('long lists have the root of the definition, and a path for each leaf and no other place', () => {
  const all = Array.from({ length: WIRE_LIMITS.blockTxsMax.value }, (_, i) =>
    taggedHash('transaction', uint32Bytes(i)),
  );
  const counts = fc.oneof(
    fc.integer({ min: 1, max: 300 }),
    fc.constantFrom(255, 256, 257, 1023, 1024, 1025, all.length - 1, all.length),
  );
  fc.assert(
    fc.property(counts, fc.nat(), fc.integer({ min: 1, max: 4 }), (count, drawn, distance) => {
      const leaves = all.slice(0, count);
      const root = listRoot(leaves);
      assert.equal(root, rootOf(count, topOf(leaves)));
      const index = drawn % count;
      const proof = proveList(leaves, index);
      assert.equal(verifyList(root, leaves[index]!, proof), true);
      for (const step of [distance, -distance, 256, -256, 65_536]) {
        const elsewhere = { ...proof, index: index + step };
        assert.equal(verifyList(root, leaves[index]!, elsewhere), false, `index ${step}`);
        const longer = { ...proof, count: count + step };
        assert.equal(verifyList(root, leaves[index]!, longer), false, `count ${step}`);
      }
      proof.siblings.forEach((_, at) => {
        const siblings = proof.siblings.with(at, leaf(distance));
        assert.equal(verifyList(root, leaves[index]!, { ...proof, siblings }), false);
      });
    }),
    { numRuns: 40 },
  );
});

test('a count of more than 32 bits is refused, though the root would hold its last 32', () => {
  const siblings = new Array<Digest>(33).fill(leaf(1));
  const first = taggedHash('list-leaf', Buffer.from(leaf(2), 'hex'));
  const root = rootOf(5, siblings.reduce(nodeOf, first));
  assert.equal(verifyList(root, leaf(2), { index: 0, count: 2 ** 32 + 5, siblings }), false);
});

test('T14: no two lists share a root', () => {
  const roots = new Set<string>();
  for (let count = 0; count <= 20; count++) roots.add(listRoot(some(count)));
  assert.equal(roots.size, 21);
  fc.assert(
    fc.property(fc.array(digests, { minLength: 1, maxLength: 9 }), (leaves) => {
      const root = listRoot(leaves);
      assert.notEqual(listRoot([...leaves, leaves.at(-1) as Digest]), root);
      assert.notEqual(listRoot(leaves.slice(1)), root);
    }),
  );
});

test('T14: a node does not pass for a leaf', () => {
  const inner = [0, 2].map((i) => {
    const children = [leaf(i), leaf(i + 1)].map((child) =>
      Buffer.from(taggedHash('list-leaf', Buffer.from(child, 'hex')), 'hex'),
    );
    return taggedHash('list-node', ...children);
  });
  const root = listRoot(some(4));
  assert.equal(
    verifyList(root, inner[0] as Digest, { index: 0, count: 2, siblings: [inner[1] as Digest] }),
    false,
  );
});

test('a damaged path is false, never an exception', () => {
  const leaves = some(6);
  const root = listRoot(leaves);
  const proof = proveList(leaves, 2);
  const damaged: ListProof[] = [
    { ...proof, siblings: proof.siblings.slice(1) },
    { ...proof, siblings: [...proof.siblings, leaf(1)] },
    { ...proof, siblings: [...proof.siblings].reverse() },
    { ...proof, siblings: proof.siblings.map((text) => text.slice(2) as Digest) },
    { ...proof, siblings: proof.siblings.map((text) => text.toUpperCase() as Digest) },
    { ...proof, index: -1 },
    { ...proof, index: 2.5 },
    { ...proof, index: Number.NaN },
    { ...proof, count: 2 ** 53 },
    { ...proof, count: 6.5 },
  ];
  for (const [i, attempt] of damaged.entries()) {
    assert.equal(verifyList(root, leaf(2), attempt), false, `case ${i}`);
  }
  const lettered = listRoot([leaf(0xab)]);
  const only = { index: 0, count: 1, siblings: [] };
  assert.equal(verifyList(lettered, leaf(0xab), only), true);
  assert.equal(verifyList(lettered, leaf(0xab).toUpperCase() as Digest, only), false);
  assert.equal(verifyList(listRoot([]), leaf(0), { index: 0, count: 0, siblings: [] }), false);
});
