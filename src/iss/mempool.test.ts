import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Digest, type Outpoint, outpointKey, type TxId } from '../types/ids.ts';
import { inputOf, type Transaction, type Verified } from '../types/transaction.ts';
import { Mempool } from './mempool.ts';

const LIMITS = {
  txsMax: 100,
  bytesMax: 100_000,
  orphansMax: 10,
  orphanMs: 1000,
  losersPerWinnerMax: 5,
};

function txid(n: number): TxId {
  return n.toString(16).padStart(64, '0') as TxId;
}

function transaction(n: number, inputs: readonly Outpoint[], size = 100): Verified<Transaction> {
  const tx: Transaction = {
    txid: txid(n),
    ledgerId: '' as Digest,
    validUntil: 10,
    inputs: inputs.map(({ txid, index }) => inputOf(outpointKey(txid, index))),
    outputs: [],
    witnesses: [],
    witnessLocks: [],
    leaf: '' as Digest,
    bytes: new Uint8Array(size),
  };
  return tx as Verified<Transaction>;
}

/** Spends output 0 of each of these transactions. */
function spender(n: number, parents: readonly number[], size = 100): Verified<Transaction> {
  return transaction(
    n,
    parents.map((parent) => ({ txid: txid(parent), index: 0 })),
    size,
  );
}

function pickAll(pool: Mempool, txs = 100, bytes = 100_000): TxId[] {
  return pool.pick({ txs, bytes }, () => true).map((tx) => tx.txid);
}

describe('mempool: the door', () => {
  it('lets the first spender of an output win and names it to rivals', () => {
    const pool = new Mempool(LIMITS);
    assert.equal(pool.add(spender(1, [100, 101]), 0), 'added');
    assert.equal(pool.add(spender(1, [100, 101]), 0), 'known');
    assert.deepEqual(pool.add(spender(2, [101, 102]), 0), { conflict: txid(1) });
    assert.equal(pool.spenderOf(outpointKey(txid(101), 0)), txid(1));
    assert.equal(pool.spenderOf(outpointKey(txid(102), 0)), undefined, 'a loser claims nothing');
    assert.equal(pool.has(txid(2)), false);
    assert.equal(pool.waiting(txid(1))?.txid, txid(1));
    assert.equal(pool.size, 1);
  });

  it('gives a loser back when its winner has settled, and lets it in then', () => {
    const pool = new Mempool(LIMITS);
    pool.add(spender(1, [100]), 0);
    pool.add(spender(2, [100]), 0);
    pool.remove(txid(1));
    assert.equal(pool.loserCount, 1, 'the winner stands in a block, its outcome is still open');
    const [loser] = pool.releaseLosers(txid(1));
    assert.equal(loser?.txid, txid(2));
    assert.equal(pool.loserCount, 0);
    assert.equal(pool.add(loser as Verified<Transaction>, 0), 'added');
  });

  it('is full by count and by bytes, and has room again after a removal', () => {
    const pool = new Mempool({ ...LIMITS, txsMax: 2, bytesMax: 250 });
    assert.equal(pool.add(spender(1, [101]), 0), 'added');
    assert.equal(pool.add(spender(2, [102], 151), 0), 'full');
    assert.equal(pool.add(spender(2, [102], 150), 0), 'added');
    assert.equal(pool.add(spender(3, [103], 0), 0), 'full');
    pool.remove(txid(1));
    assert.equal(pool.bytes, 150);
    assert.equal(pool.add(spender(3, [101]), 0), 'added', 'the removed one claims nothing');
  });

  it('bounds the losers it remembers', () => {
    const pool = new Mempool({ ...LIMITS, orphansMax: 2 });
    pool.add(spender(1, [100]), 0);
    for (const n of [2, 3, 4])
      assert.deepEqual(pool.add(spender(n, [100]), 0), { conflict: txid(1) });
    assert.deepEqual(
      pool.releaseLosers(txid(1)).map((tx) => tx.txid),
      [txid(2), txid(3)],
    );
  });
});

describe('mempool: a flood of rivals', () => {
  it('remembers only so many losers against one winner', () => {
    const pool = new Mempool({ ...LIMITS, losersPerWinnerMax: 2 });
    for (const n of [1, 2, 3, 4]) pool.add(spender(n, [100]), 0);
    pool.add(spender(5, [101]), 0);
    assert.deepEqual(pool.add(spender(6, [101]), 0), { conflict: txid(5) });
    assert.equal(pool.loserCount, 3);
    assert.equal(pool.releaseLosers(txid(1)).length, 2);
  });
});

describe('mempool: orphans', () => {
  it('T6, T10: releases an orphan when the last of its parents is known', () => {
    const pool = new Mempool(LIMITS);
    assert.equal(pool.addOrphan(spender(3, [1, 2]), [txid(1), txid(2)], 0), 'added');
    assert.equal(pool.has(txid(3)), true);
    assert.equal(pool.waiting(txid(3)), undefined);
    assert.deepEqual(pool.parentKnown(txid(1)), []);
    assert.deepEqual(
      pool.parentKnown(txid(2)).map((tx) => tx.txid),
      [txid(3)],
    );
    assert.equal(pool.orphanCount, 0);
  });

  it('gives up an orphan at its deadline, not before', () => {
    const pool = new Mempool(LIMITS);
    pool.addOrphan(spender(3, [1]), [txid(1)], 0);
    pool.addOrphan(spender(4, [2]), [txid(2)], 500);
    assert.deepEqual(pool.expire(999), []);
    assert.deepEqual(
      pool.expire(1000).map((tx) => tx.txid),
      [txid(3)],
    );
    assert.deepEqual(pool.parentKnown(txid(1)), []);
    assert.equal(pool.has(txid(4)), true);
  });

  it('T6: claims no outputs and is bounded by count and bytes', () => {
    const pool = new Mempool({ ...LIMITS, orphansMax: 2, bytesMax: 1000 });
    assert.equal(pool.addOrphan(spender(3, [1]), [txid(1)], 0), 'added');
    assert.equal(pool.add(spender(4, [1]), 0), 'added');
    assert.equal(pool.addOrphan(spender(5, [2], 151), [txid(2)], 0), 'full');
    assert.equal(pool.addOrphan(spender(5, [2]), [txid(2)], 0), 'added');
    assert.equal(pool.addOrphan(spender(6, [2], 1), [txid(2)], 0), 'full');
  });

  it('has room again for bytes once orphans leave', () => {
    const pool = new Mempool({ ...LIMITS, bytesMax: 400 });
    for (const leave of ['release', 'expire', 'remove'] as const) {
      assert.equal(pool.addOrphan(spender(3, [1]), [txid(1)], 0), 'added', leave);
      assert.equal(pool.addOrphan(spender(4, [1]), [txid(1)], 0), 'full', leave);
      if (leave === 'release') pool.parentKnown(txid(1));
      else if (leave === 'expire') pool.expire(1000);
      else pool.remove(txid(3));
    }
  });

  it('is an orphan no longer once it is added', () => {
    const pool = new Mempool(LIMITS);
    pool.addOrphan(spender(3, [1]), [txid(1)], 0);
    assert.equal(pool.add(spender(3, [1]), 10), 'added');
    assert.deepEqual(pool.parentKnown(txid(1)), []);
    assert.deepEqual(pool.expire(5000), []);
    assert.equal(pool.oldestMs, 10);
  });
});

describe('mempool: batches', () => {
  it('picks in the order of submission up to the limits, and removes nothing', () => {
    const pool = new Mempool(LIMITS);
    for (const n of [5, 3, 9, 1]) pool.add(spender(n, [100 + n]), 0);
    assert.deepEqual(pickAll(pool, 3), [5, 3, 9].map(txid));
    assert.deepEqual(pickAll(pool, 100, 299), [5, 3].map(txid));
    assert.deepEqual(pickAll(pool, 100, 99), []);
    assert.equal(pool.size, 4);
  });

  it('passes over what must wait, and the children of it', () => {
    const pool = new Mempool(LIMITS);
    pool.add(spender(1, [100]), 0);
    pool.add(spender(2, [1]), 0);
    pool.add(spender(3, [103]), 0);
    const batch = pool.pick({ txs: 10, bytes: 10_000 }, (tx) => tx.txid !== txid(1));
    assert.deepEqual(
      batch.map((tx) => tx.txid),
      [txid(3)],
    );
  });

  it('finds what stands behind many that stay judged later', () => {
    const pool = new Mempool(LIMITS);
    for (let n = 1; n <= 50; n += 1) pool.add(spender(n, [100 + n]), 0);
    const last = txid(50);
    const fits = (tx: Transaction) => tx.txid === last;
    const picksMax = 50 / 8;
    let picks = 0;
    while (picks <= picksMax && pool.pick({ txs: 1, bytes: 100 }, fits).length === 0) picks += 1;
    assert.ok(picks > 0, 'the work of one pick is bounded');
    assert.ok(picks <= picksMax);
  });

  it('lets what it passed over stand in its order behind the others, once it may judge no more', () => {
    const pool = new Mempool(LIMITS);
    for (let n = 1; n <= 20; n += 1) pool.add(spender(n, [100 + n]), 0);
    const pick = (...fitting: number[]) => {
      const ids = fitting.map(txid);
      const batch = pool.pick({ txs: 2, bytes: 1000 }, ({ txid: id }) => ids.includes(id));
      return batch.map((tx) => tx.txid);
    };
    const all = Array.from({ length: 20 }, (_, at) => txid(at + 1));
    assert.deepEqual(pick(3, 16), [3, 16].map(txid));
    assert.deepEqual(pickAll(pool), all);
    assert.deepEqual(pick(3), [txid(3)]);
    // What was picked was not removed: its turn is as before.
    const passed = all.slice(0, 16).filter((id) => id !== txid(3));
    assert.deepEqual(pickAll(pool), [txid(3), ...all.slice(16), ...passed]);
  });

  it('never puts a child before its waiting parent, whatever is judged and removed, and loses none', () => {
    const step = fc.record({
      // Parents may have any number, later ones too: then the child waits first. Some outputs have rivals.
      inputs: fc.uniqueArray(fc.tuple(fc.nat(60), fc.nat(1)), {
        minLength: 1,
        maxLength: 3,
        selector: String,
      }),
      // Up to all of them, and many wait before a pick: more are passed over than it may judge.
      later: fc.subarray(Array.from({ length: 60 }, (_, n) => n)),
      txs: fc.constantFrom(0, 0, 0, 1, 2, 4),
      bytes: fc.constantFrom(50, 250, 1000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const pool = new Mempool(LIMITS);
        const waiting = new Map<TxId, Verified<Transaction>>();
        const spends = (tx: Transaction, key: string) => tx.inputs.some((one) => one.key === key);
        const take = (batch: readonly Verified<Transaction>[]) => {
          for (const { txid: id, inputs } of batch) {
            assert.ok(!inputs.some((input) => waiting.has(input.txid)), 'the parent went first');
            assert.ok(waiting.delete(id));
            pool.remove(id);
          }
        };
        for (const [n, { inputs, later, txs, bytes }] of steps.entries()) {
          const outpoints = inputs.filter(([parent]) => parent !== n);
          const tx = transaction(
            n,
            outpoints.map(([parent, index]) => ({ txid: txid(parent), index })),
          );
          const winners = tx.inputs.flatMap(({ key }) =>
            [...waiting.values()].filter((other) => spends(other, key)),
          );
          const conflict = winners.map((winner) => ({ conflict: winner.txid }))[0];
          assert.deepEqual(pool.add(tx, n), conflict ?? 'added');
          if (conflict === undefined) waiting.set(tx.txid, tx);
          const laterIds = new Set(later.map(txid));
          const batch = pool.pick({ txs, bytes }, (t) => !laterIds.has(t.txid));
          assert.ok(batch.length <= txs);
          assert.ok(batch.length <= bytes / 100);
          assert.ok(batch.every((picked) => !laterIds.has(picked.txid)));
          take(batch);
          assert.deepEqual([pool.size, pool.bytes], [waiting.size, waiting.size * 100]);
        }
        for (let n = 0; n < steps.length; n += 1) {
          take(pool.pick({ txs: 8, bytes: 1000 }, () => true));
        }
        // What is left waits for each other in a ring.
        for (const tx of waiting.values()) {
          assert.ok(tx.inputs.some((input) => waiting.has(input.txid)));
        }
      }),
    );
  });
});
