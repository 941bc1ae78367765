import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countLeading } from './search.ts';

test('counts the indexes up to the first for which it does not hold', () => {
  for (let count = 0; count < 20; count += 1) {
    for (let leading = 0; leading <= count; leading += 1) {
      const asked: number[] = [];
      const found = countLeading(count, (index) => {
        asked.push(index);
        return index < leading;
      });
      assert.equal(found, leading);
      assert.ok(asked.length <= Math.ceil(Math.log2(count + 1)), 'by halves');
      assert.ok(asked.every((index) => index >= 0 && index < count));
    }
  }
});
