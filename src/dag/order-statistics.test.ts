import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { WIRE_LIMITS } from '../types/limits.ts';
import { kthLargest } from './order-statistics.ts';

const LANES_MAX = WIRE_LIMITS.committeeMax.value;
const value = fc.oneof(fc.nat(9), fc.nat(0x7fff_ffff));
const size = 'max';

it('the k-th largest is that of the sorted values, or the least where that is below it', () => {
  const values = fc.array(value, { maxLength: LANES_MAX, size });
  const ks = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: LANES_MAX + 1 }));
  fc.assert(
    fc.property(values, ks, value, (all, k, least) => {
      const sorted = all.toSorted((a, b) => b - a);
      const found = Math.max(sorted[k - 1] ?? 0, least);
      assert.equal(kthLargest(all, k, least), found);
      assert.equal(kthLargest(Int32Array.from(all), k, 0), sorted[k - 1] ?? 0);
    }),
    { numRuns: 1000 },
  );
});
