import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { taggedHashPair } from '../crypto/hash.ts';
import { runToEnd } from '../std/slices.ts';
import { MemoryStore } from '../storage/memory-store.ts';
import { type Digest, type TxId, ZERO_DIGEST } from '../types/ids.ts';
import { RecomputedRoot } from './recomputed-root.ts';
import { keyBit, stateLeafHash } from './state-proof.ts';
import { updateState } from './state-tree.ts';

const hex = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((b) => Buffer.from(b).toString('hex'));
/** Keys that share many bits, so that paths are long. */
const near = fc
  .uint8Array({ minLength: 2, maxLength: 2 })
  .map((tail) => `${'ab'.repeat(30)}${Buffer.from(tail).toString('hex')}`);
const leaves = fc
  .uniqueArray(fc.tuple(fc.oneof(hex, near), hex), { selector: ([key]) => key, maxLength: 40 })
  .map((pairs) => pairs.sort(([a], [b]) => (a < b ? -1 : 1)) as unknown as [TxId, Digest][]);

/** The definition, word for word. */
function defined(set: readonly [TxId, Digest][], depth: number): Digest {
  const [first] = set;
  if (first === undefined) return ZERO_DIGEST;
  if (set.length === 1) return stateLeafHash(...first);
  const side = (bit: number) => set.filter(([key]) => keyBit(key, depth) === bit);
  return taggedHashPair('state-node', defined(side(0), depth + 1), defined(side(1), depth + 1));
}

function recomputed(set: readonly [TxId, Digest][]): Digest {
  const root = new RecomputedRoot();
  for (const [key, value] of set) root.add(key, value);
  return root.finish();
}

test('it is the root of the definition, and that of the incremental tree', () => {
  fc.assert(
    fc.property(leaves, (set) => {
      assert.equal(recomputed(set), defined(set, 0));
      const root = runToEnd(updateState(new MemoryStore(), new Map(set)));
      assert.equal(recomputed(set), root);
    }),
  );
});

test('so it is where one leaf after another turns off, and all on the left of the last one wait', () => {
  const stairs = Array.from({ length: 256 }, (_, ones): [TxId, Digest] => {
    const key = BigInt(`0b${'1'.repeat(ones).padEnd(256, '0')}`)
      .toString(16)
      .padStart(64, '0');
    return [key as TxId, key as Digest];
  });
  assert.equal(recomputed(stairs), defined(stairs, 0));
});

test('leaves out of order, or one twice, are a bug', () => {
  const [a, b] = ['11'.repeat(32), '22'.repeat(32)] as [TxId, TxId];
  assert.throws(() =>
    recomputed([
      [b, ZERO_DIGEST],
      [a, ZERO_DIGEST],
    ]),
  );
  assert.throws(() =>
    recomputed([
      [a, ZERO_DIGEST],
      [a, ZERO_DIGEST],
    ]),
  );
});
