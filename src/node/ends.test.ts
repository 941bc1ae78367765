import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ends } from './ends.ts';

test('all ends come, the newest first, also behind one that fails; the first failure is told', async () => {
  const ends = new Ends();
  const ended: number[] = [];
  for (const number of [1, 2, 3, 4]) {
    ends.push(async () => {
      ended.push(number);
      if (number % 2 === 1) throw new Error(`${number} cannot be written`);
    });
  }
  await assert.rejects(ends.run(), /^Error: 3 cannot be written$/);
  assert.deepEqual(ended, [4, 3, 2, 1]);
  await ends.run();
  assert.deepEqual(ended, [4, 3, 2, 1], 'once each');
});
