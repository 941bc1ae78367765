import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digests } from '../../test/arbitraries.ts';
import { taggedHash } from '../crypto/hash.ts';
import type { Digest } from '../types/ids.ts';
import type { ListProof } from '../types/proof.ts';
import { listRoot, proveList, verifyList } from './merkle-list.ts';

const leaf = (byte: number): Digest => byte.toString(16).padStart(2, '0').repeat(32) as Digest;
const some = (count: number): Digest[] => Array.from({ length: count }, (_, i) => leaf(i));

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
  ];
  for (const [i, attempt] of damaged.entries()) {
    assert.equal(verifyList(root, leaf(2), attempt), false, `case ${i}`);
  }
  assert.equal(verifyList(listRoot([]), leaf(0), { index: 0, count: 0, siblings: [] }), false);
});
