import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Digest, Lock } from '../types/ids.ts';
import { checkpointTimeMs } from './checkpoint.ts';
import { feeTransaction } from './fees.ts';

const LEDGER = 'ab'.repeat(32) as Digest;
const locks = Array.from({ length: 4 }, (_, k) => `01${String(k).repeat(64)}` as Lock);

describe('time of a checkpoint', () => {
  it('is the lower median of a quorum of times', () => {
    assert.equal(checkpointTimeMs([30, 10, 20], 3, 5), 20);
    assert.equal(checkpointTimeMs([30, 10, 20, 40], 3, 5), 20);
  });

  it('just moves on without a quorum, or when it would not be later', () => {
    assert.equal(checkpointTimeMs([30, 10], 3, 5), 6);
    assert.equal(checkpointTimeMs([], 3, 5), 6);
    assert.equal(checkpointTimeMs([30, 10, 20], 3, 20), 21);
    assert.equal(checkpointTimeMs([30, 10, 20], 3, 19), 20);
  });

  it('B29: lies between the times of correct lanes, whatever f others say', () => {
    const times = fc.array(fc.integer({ min: 1000, max: 2000 }), { minLength: 3, maxLength: 5 });
    const lies = fc.array(fc.nat(2 ** 40), { minLength: 2, maxLength: 2 });
    fc.assert(
      // n = 7, f = 2, Q = 5: two of at least five times are made up.
      fc.property(times, lies, (correct, made) => {
        const time = checkpointTimeMs([...correct, ...made], 5, 0);
        assert.ok(time >= Math.min(...correct) && time <= Math.max(...correct));
      }),
    );
  });
});

describe('fees of an epoch', () => {
  it('are shared equally, and the remainder is carried over', () => {
    const { outputs, remainder } = feeTransaction(LEDGER, 3, 20n, 3n, locks);
    assert.deepEqual(
      outputs,
      locks.map((lock) => ({ amount: 5n, lock })),
    );
    assert.equal(remainder, 3n);
  });

  it('make no outputs of nothing', () => {
    assert.deepEqual(feeTransaction(LEDGER, 3, 3n, 0n, locks).outputs, []);
    assert.equal(feeTransaction(LEDGER, 3, 3n, 0n, locks).remainder, 3n);
    assert.deepEqual(feeTransaction(LEDGER, 3, 9n, 1n, []).outputs, []);
    assert.equal(feeTransaction(LEDGER, 3, 9n, 1n, []).remainder, 10n);
  });

  it('are conserved, under a txid of their own in every epoch and ledger', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 63n), fc.bigInt(0n, 1000n), fc.nat(4), (fees, carried, k) => {
        const paid = feeTransaction(LEDGER, 1, fees, carried, locks.slice(0, k));
        const sum = paid.outputs.reduce((total, { amount }) => total + amount, 0n);
        assert.equal(sum + paid.remainder, fees + carried);
      }),
    );
    const other = 'cd'.repeat(32) as Digest;
    const txids = [
      [LEDGER, 1],
      [LEDGER, 2],
      [other, 1],
    ].map(([id, epoch]) => feeTransaction(id as Digest, epoch as number, 0n, 0n, []).txid);
    assert.equal(new Set(txids).size, 3);
  });
});
