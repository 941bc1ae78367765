import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sketchTransaction } from '../sim/reference/sketch.ts';
import type { Transaction, Verified } from '../types/transaction.ts';
import { HeldTransactions } from './held.ts';

const sketch = (name: string, size = 10) => {
  const tx = { ...sketchTransaction(name, [1]), bytes: new Uint8Array(size) };
  return tx as Transaction as Verified<Transaction>;
};
const held = () => new HeldTransactions({ txsMax: 3, bytesMax: 30, perAwaitedMax: 2, holdMs: 100 });

describe('held transactions', () => {
  it('hold one once, with its first deadline', () => {
    const pool = held();
    const [tx, parent] = [sketch('a'), sketch('p')];
    assert.equal(pool.hold(tx, [parent.txid], 0), true);
    assert.equal(pool.hold(tx, [parent.txid], 50), true);
    assert.deepEqual([pool.size, pool.bytes], [1, 10]);
    assert.deepEqual(pool.expire(99), []);
    assert.deepEqual(pool.expire(100), [tx]);
    assert.deepEqual([pool.size, pool.bytes], [0, 0]);
  });

  it('take no more than so many that wait for one', () => {
    const pool = held();
    const [one, other] = [sketch('p').txid, sketch('q').txid];
    for (const name of ['a', 'b']) assert.equal(pool.hold(sketch(name), [one], 0), true);
    assert.equal(pool.hold(sketch('c'), [other, one], 0), false);
    assert.equal(pool.hold(sketch('c'), [other], 0), true);
    assert.equal(pool.release(one).length, 2);
    assert.equal(pool.hold(sketch('d'), [one], 0), true);
  });

  it('are filled to the last byte and the last place, and not beyond', () => {
    const pool = held();
    assert.equal(pool.hold(sketch('a', 30), [], 0), true);
    assert.equal(pool.hold(sketch('b', 1), [], 0), false);
    pool.remove(sketch('a').txid);
    for (const name of ['a', 'b', 'c']) assert.equal(pool.hold(sketch(name), [], 0), true);
    assert.equal(pool.hold(sketch('d', 0), [], 0), false);
  });

  it('are released with the last that they wait for, in the order in which they came', () => {
    const pool = held();
    const [a, b, p, q] = [sketch('b'), sketch('a'), sketch('p'), sketch('q')];
    pool.hold(a, [p.txid, q.txid], 0);
    pool.hold(b, [q.txid], 0);
    assert.deepEqual(pool.release(p.txid), []);
    assert.deepEqual(pool.release(q.txid), [a, b]);
    assert.equal(pool.get(a.txid), undefined);
  });

  it('removed, no longer wait: held again for another, they do not come with the first', () => {
    const pool = held();
    const [tx, other, p, q] = [sketch('t'), sketch('o'), sketch('p'), sketch('q')];
    pool.hold(tx, [p.txid], 0);
    pool.hold(other, [p.txid], 0);
    pool.remove(tx.txid);
    pool.hold(tx, [], 0);
    assert.deepEqual(pool.release(p.txid), [other], 'it waits for nothing: nothing releases it');
    assert.equal(pool.get(tx.txid), tx);
    assert.deepEqual(pool.release(q.txid), []);
  });
});
