import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { named } from '../sim/reference/sketch.ts';
import type { Lock, TxId } from '../types/ids.ts';
import { createRecord, isEarlierRecord, isSpentBy, markSpent, readCoin } from './coin-record.ts';

const LOCK = `01${'7'.repeat(64)}` as Lock;
const outputs = [1n, 2n, 3n].map((amount) => ({ amount, lock: LOCK }));
const [by, other] = [named('by') as TxId, named('other') as TxId];

/** A record of three outputs, some of them spent. */
function record(...spent: readonly (readonly [index: number, by: TxId, epoch: number])[]) {
  const made = createRecord(outputs, 1);
  for (const [index, who, epoch] of spent) markSpent(made, index, who, epoch);
  return made;
}

describe('an earlier record of the same outputs', () => {
  it('differs only in what was spent since', () => {
    assert.equal(isEarlierRecord(record(), record()), true);
    assert.equal(isEarlierRecord(record(), record([0, by, 2], [2, other, 3])), true);
    assert.equal(isEarlierRecord(record([0, by, 2]), record([0, by, 2], [1, other, 2])), true);
  });

  it('has nothing spent that is not, or is by another or in another epoch', () => {
    assert.equal(isEarlierRecord(record([0, by, 2]), record()), false);
    assert.equal(isEarlierRecord(record([0, by, 2]), record([0, other, 2])), false);
    assert.equal(isEarlierRecord(record([0, by, 2]), record([0, by, 3])), false);
    assert.equal(isEarlierRecord(record([2, by, 2]), record([1, by, 2])), false);
  });

  it('has the same outputs, accepted in the same epoch', () => {
    const later = record([0, by, 2]);
    assert.equal(isEarlierRecord(createRecord(outputs.slice(1), 1), later), false);
    assert.equal(isEarlierRecord(createRecord(outputs, 2), later), false);
    const [first, ...rest] = outputs;
    assert.equal(
      isEarlierRecord(createRecord([{ ...first!, amount: 9n }, ...rest], 1), later),
      false,
    );
    const lock = `01${'8'.repeat(64)}` as Lock;
    assert.equal(
      isEarlierRecord(createRecord([...outputs.slice(0, 2), { amount: 3n, lock }], 1), later),
      false,
    );
  });
});

describe('a record', () => {
  it('is spent by an epoch when all its outputs are, in that one or before', () => {
    const epochs = (...spent: readonly (readonly [index: number, by: TxId, epoch: number])[]) =>
      [0, 1, 2, 3].map((epoch) => isSpentBy(record(...spent), epoch));
    assert.deepEqual(epochs([0, by, 1], [1, by, 1], [2, other, 1]), [false, true, true, true]);
    assert.deepEqual(epochs([0, by, 1], [1, by, 3], [2, other, 1]), [false, false, false, true]);
    assert.deepEqual(epochs([0, by, 1], [2, by, 1]), [false, false, false, false]);
  });

  it('is as long as its count says, or it is not what was put', () => {
    const whole = record();
    assert.equal(readCoin(whole, 0)?.amount, 1n);
    for (const end of [0, 5, whole.length - 1]) {
      assert.throws(() => readCoin(whole.subarray(0, end), 0));
    }
    assert.throws(() => readCoin(Uint8Array.of(...whole, 0), 0));
  });
});
