import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { kthLargest } from './order-statistics.ts';

it('the k-th largest is that of the sorted values, 0 where there are fewer', () => {
  const values = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 13 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 14 }), (all, k) => {
      const sorted = all.toSorted((a, b) => b - a);
      assert.equal(kthLargest(all, k, new Int32Array(k).fill(77)), sorted[k - 1] ?? 0);
    }),
  );
});
