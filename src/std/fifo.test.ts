import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Fifo } from './fifo.ts';

describe('fifo', () => {
  it('does what an array does with push and shift', () => {
    // So many in and out in turns that the items are moved together, with some left and with none.
    const turns = fc.array(fc.record({ pushes: fc.nat(2000), shifts: fc.nat(2500) }), {
      maxLength: 8,
      size: 'max',
    });
    fc.assert(
      fc.property(turns, (all) => {
        const fifo = new Fifo<number>();
        const array: number[] = [];
        const holdsSame = () => {
          assert.equal(fifo.length, array.length);
          assert.equal(fifo.peek(), array[0]);
        };
        let pushed = 0;
        for (const { pushes, shifts } of all) {
          for (let i = 0; i < pushes; i += 1) {
            fifo.push(pushed);
            array.push(pushed);
            pushed += 1;
            holdsSame();
          }
          for (let i = 0; i < shifts; i += 1) {
            assert.equal(fifo.shift(), array.shift());
            holdsSame();
          }
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
