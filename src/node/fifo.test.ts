import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Fifo } from './fifo.ts';
import { RecentSet } from './recent-set.ts';

describe('fifo', () => {
  it('does what an array does with push and shift', () => {
    const operations = fc.array(fc.option(fc.integer()), { maxLength: 5000 });
    fc.assert(
      fc.property(operations, (items) => {
        const fifo = new Fifo<number>();
        const array: number[] = [];
        for (const item of items) {
          if (item === null) assert.equal(fifo.shift(), array.shift());
          else {
            fifo.push(item);
            array.push(item);
          }
          assert.equal(fifo.length, array.length);
          assert.equal(fifo.peek(), array[0]);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('keeps the order when it moves its items together', () => {
    const fifo = new Fifo<number>();
    for (let i = 0; i < 5000; i += 1) fifo.push(i);
    for (let i = 0; i < 4000; i += 1) assert.equal(fifo.shift(), i);
    for (let i = 5000; i < 6000; i += 1) fifo.push(i);
    for (let i = 4000; i < 6000; i += 1) assert.equal(fifo.shift(), i);
    assert.equal(fifo.shift(), undefined);
  });
});

describe('recent set', () => {
  it('remembers the newest and is bounded', () => {
    const set = new RecentSet(10);
    for (let i = 0; i < 100; i += 1) {
      set.add(String(i));
      for (let back = 0; back < Math.min(10, i); back += 1) assert.ok(set.has(String(i - back)));
      assert.ok(!set.has(String(i - 20)));
    }
  });
});
