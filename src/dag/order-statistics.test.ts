import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { kthLargest } from './order-statistics.ts';

it('the k-th largest is that of the sorted values, from wherever below it the search begins', () => {
  const values = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 13 });
  const ks = fc.integer({ min: 1, max: 14 });
  fc.assert(
    fc.property(values, ks, fc.nat(9), (all, k, below) => {
      const found = all.toSorted((a, b) => b - a)[k - 1] ?? 0;
      assert.equal(kthLargest(all, k, Math.max(0, found - below)), found);
    }),
  );
});
