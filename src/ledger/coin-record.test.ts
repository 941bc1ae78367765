import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { named } from '../sim/reference/sketch.ts';
import type { Lock, TxId } from '../types/ids.ts';
import { createRecord, isEarlierRecord, markSpent } from './coin-record.ts';

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
