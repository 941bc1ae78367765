import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentSet } from './recent-set.ts';

test('remembers the newest and is bounded', () => {
  const set = new RecentSet(10);
  for (let i = 0; i < 100; i += 1) {
    set.add(String(i));
    for (let back = 0; back < Math.min(10, i); back += 1) assert.ok(set.has(String(i - back)));
    assert.ok(!set.has(String(i - 20)));
  }
});
