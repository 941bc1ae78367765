import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bits } from './bits.ts';

test('sets that are copied from each other and added to each other do not grow without end', () => {
  let [one, other] = [new Bits(), new Bits()];
  one.add(400);
  other.add(500);
  // With twice the room at every second step there would soon be no memory for it.
  for (let index = 0; index < 200; index++) {
    const next = one.copy();
    next.addAll(other);
    next.add(index);
    [one, other] = [other, next];
  }
  assert.equal(other.members().length, 202);
  assert.deepEqual(other.minus(one), [199]);
  assert.equal(other.first(), 0);
});
