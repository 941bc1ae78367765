import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Member } from '../types/genesis.ts';
import { createCommittee, faultsOf, quorumOf } from './committee.ts';

function members(n: number): Member[] {
  return Array.from({ length: n }, (_, i) => ({
    name: `v${i}`,
    publicKey: `02${i.toString(16).padStart(64, '0')}`,
  }));
}

test('two quorums share a correct validator, and the correct ones are a quorum', () => {
  for (let n = 1; n <= 100; n++) {
    const f = faultsOf(n);
    const quorum = quorumOf(n);
    assert.ok(n >= 3 * f + 1 && n < 3 * (f + 1) + 1, `f of ${n}`);
    assert.ok(2 * quorum - n > f, `intersection at ${n}`);
    assert.ok(n - f >= quorum, `liveness at ${n}`);
    assert.ok(2 * (quorum - 1) - n <= f, `least at ${n}`);
  }
});

test('the thresholds of the usual sizes', () => {
  const sizes = [1, 4, 5, 6, 7, 10, 16];
  assert.deepEqual(sizes.map(faultsOf), [0, 1, 1, 1, 2, 3, 5]);
  assert.deepEqual(sizes.map(quorumOf), [1, 3, 4, 4, 5, 7, 11]);
});

test('a committee knows its lanes by key', () => {
  const committee = createCommittee(members(4));
  assert.deepEqual([committee.n, committee.f, committee.quorum], [4, 1, 3]);
  assert.equal(committee.publicKey(2)[32], 2);
  assert.equal(committee.laneOf(committee.members[3]!.publicKey), 3);
  assert.equal(committee.laneOf('ff'), undefined);
  assert.throws(() => committee.publicKey(4), /no lane 4/);
  assert.throws(() => createCommittee([]), /a committee of 0/);
  assert.throws(() => createCommittee(members(101)), /a committee of 101/);
  assert.throws(() => createCommittee([...members(2), ...members(1)]), /one key/);
});
