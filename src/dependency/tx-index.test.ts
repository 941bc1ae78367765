import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DrawnGraph } from '../../test/dag/drawn-graph.ts';
import { decode } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { GENESIS_TX, sketchTransaction as sketch } from '../sim/reference/sketch.ts';
import { outpointKey, type TxId } from '../types/ids.ts';
import type { Transaction } from '../types/transaction.ts';
import { TxIndex } from './tx-index.ts';

const key = (index: number) => outpointKey(GENESIS_TX, index);
const rivalsOf = (drawn: DrawnGraph, tx: Transaction): TxId[] =>
  [...(drawn.entry(tx).tracking?.rivals ?? [])].sort();

/** The ledger of the epoch gives the outcome. */
function settle(drawn: DrawnGraph, tx: Transaction, isAccepted: boolean, epoch = 1): void {
  const { txid } = tx;
  const winner = GENESIS_TX;
  drawn.index.recordOutcome(
    drawn.entry(tx),
    isAccepted
      ? { txid, accepted: true }
      : { txid, accepted: false, reason: 'input-spent', winner },
    epoch,
  );
  if (isAccepted) for (const input of tx.inputs) drawn.spent.set(input.key, txid);
}

describe('4.1: what is tracked', () => {
  it('is nothing while there is no rival, no copy and no fork', () => {
    const drawn = new DrawnGraph();
    const tx = sketch('t', [1]);
    drawn.draw(0, { txs: [tx, sketch('u', [2])] });
    assert.equal(drawn.entry(tx).tracking, null);
    assert.equal(drawn.index.tracked.size, 0);
  });

  it('are rivals, each with the other, as soon as both are there', () => {
    const drawn = new DrawnGraph();
    const [t, u, w] = [sketch('t', [1]), sketch('u', [2, 1]), sketch('w', [2])];
    drawn.draw(0, { txs: [t] });
    drawn.draw(1, { txs: [u] });
    drawn.draw(2, { txs: [w] });
    assert.deepEqual(rivalsOf(drawn, t), [u.txid]);
    assert.deepEqual(rivalsOf(drawn, u), [t.txid, w.txid].sort());
    assert.deepEqual(rivalsOf(drawn, w), [u.txid]);
    assert.deepEqual([...drawn.index.tracked.keys()].sort(), [t.txid, u.txid, w.txid].sort());
    assert.deepEqual([...drawn.index.spenders(key(1))].sort(), [t.txid, u.txid].sort());
  });

  it('is a transaction with a second copy, which does not become its own rival', () => {
    const drawn = new DrawnGraph();
    const tx = sketch('t', [1]);
    drawn.draw(0, { txs: [tx] });
    drawn.draw(1, { txs: [tx] });
    assert.deepEqual(rivalsOf(drawn, tx), []);
    assert.notEqual(drawn.entry(tx).tracking, null);
    assert.deepEqual(drawn.index.spenders(key(1)), [tx.txid]);
  });

  it('is what stands at or above the first seq with two blocks, in this lane alone', () => {
    const drawn = new DrawnGraph();
    const names = ['a', 'b', 'c', 'd', 'e'];
    const [below, at, above, twin, other] = names.map((name, i) => sketch(name, [i])) as [
      Transaction,
      Transaction,
      Transaction,
      Transaction,
      Transaction,
    ];
    const first = drawn.draw(0, { txs: [below] });
    drawn.draw(0, { txs: [at] });
    drawn.draw(0, { txs: [above] });
    drawn.draw(1);
    drawn.draw(1);
    drawn.draw(1, { txs: [other] });
    const fork = drawn.draw(0, { prev: first, txs: [twin] });
    const late = sketch('f', [9]);
    drawn.draw(0, { prev: fork, txs: [late] });
    const tracked = [at, above, twin, late].map(({ txid }) => txid);
    assert.deepEqual([...drawn.index.tracked.keys()].sort(), tracked.sort());
  });

  it('is no longer, once a P has it, and a transaction enters one P', () => {
    const drawn = new DrawnGraph();
    const [t, u] = [sketch('t', [1]), sketch('u', [1])];
    drawn.draw(0, { txs: [t, u] });
    drawn.index.classify(drawn.entry(t), 1);
    assert.deepEqual([...drawn.index.tracked.keys()], [u.txid]);
    assert.throws(() => drawn.index.classify(drawn.entry(t), 2), /one P/);
  });
});

describe('3.1: rivals of what a ledger has settled', () => {
  it('are found with the accepted spender, in the ledger or in memory', () => {
    const drawn = new DrawnGraph();
    const [t, u] = [sketch('t', [1]), sketch('u', [1])];
    drawn.draw(0, { txs: [t] });
    settle(drawn, t, true);
    assert.deepEqual(drawn.index.spenders(key(1)), [t.txid]);
    drawn.draw(1, { txs: [u] });
    assert.deepEqual(rivalsOf(drawn, u), [t.txid]);
    assert.deepEqual(rivalsOf(drawn, t), [u.txid]);
    assert.deepEqual([...drawn.index.spenders(key(1))].sort(), [t.txid, u.txid]);
  });

  it('are found with those that were rejected, per output and in order', () => {
    const drawn = new DrawnGraph();
    const [t, u, w] = [sketch('t', [1, 2]), sketch('u', [1]), sketch('w', [1, 2])];
    drawn.draw(0, { txs: [t] });
    settle(drawn, t, false);
    drawn.draw(1, { txs: [u] });
    settle(drawn, u, false);
    assert.deepEqual(drawn.index.spenders(key(1)), [t.txid, u.txid]);
    assert.deepEqual(drawn.index.spenders(key(2)), [t.txid]);
    assert.deepEqual(drawn.index.spenders(key(3)), []);
    drawn.draw(2, { txs: [w] });
    assert.deepEqual(rivalsOf(drawn, w), [t.txid, u.txid]);
  });

  it('keep the others that spend the output pending', () => {
    const drawn = new DrawnGraph();
    const [t, u] = [sketch('t', [1]), sketch('u', [1])];
    drawn.draw(0, { txs: [t, u] });
    settle(drawn, t, false);
    assert.deepEqual([...drawn.index.spenders(key(1))].sort(), [t.txid, u.txid]);
    settle(drawn, u, true);
    assert.deepEqual([...drawn.index.spenders(key(1))].sort(), [t.txid, u.txid]);
  });
});

describe('the transaction index and its store', () => {
  it('lets go of what old ledgers hold, and reads it back with its outcome and copies', () => {
    const drawn = new DrawnGraph();
    const [t, u] = [sketch('t', [1]), sketch('u', [2])];
    drawn.draw(0, { txs: [u, t] });
    settle(drawn, t, true, 1);
    settle(drawn, u, true, 2);
    const [kept, left] = [drawn.entry(u), drawn.entry(t)];
    drawn.index.forget(2);
    assert.equal(drawn.entry(t), left, 'an epoch too early');
    drawn.index.forget(3);
    assert.equal(drawn.entry(u), kept, 'its epoch is not old yet');
    const back = drawn.entry(t);
    assert.notEqual(back, left);
    assert.deepEqual(back.ledger, left.ledger);
    assert.deepEqual(back.copies, left.copies);
    assert.equal(back.tx, null);
    assert.equal(drawn.index.transaction(back), t);
    assert.equal(drawn.entry(t), back, 'one object, or what is noted in it is lost');
  });

  it('stores a copy that comes after the outcome', () => {
    const drawn = new DrawnGraph();
    const tx = sketch('t', [1]);
    drawn.draw(0, { txs: [tx] });
    settle(drawn, tx, true);
    drawn.draw(1, { txs: [tx] });
    drawn.index.forget(9);
    assert.deepEqual(drawn.entry(tx).copies, [
      { block: 1, index: 0 },
      { block: 2, index: 0 },
    ]);
  });

  it('has nothing for what was never admitted', () => {
    assert.equal(new DrawnGraph().index.get(GENESIS_TX), undefined);
  });
});

describe('10.6: blocks that turn out not to be sound', () => {
  /** Nothing is known of these blocks until somebody asks; then they are void, and the index lets go of them. */
  function withUnsound(...blocks: readonly number[]) {
    const open = new Set(blocks);
    const drawn: DrawnGraph = new DrawnGraph(4, 1000, {
      isOpen: (block) => open.has(block),
      isSound: (block) => {
        if (open.delete(block)) drawn.index.remove(block);
        return !blocks.includes(block);
      },
    });
    return drawn;
  }

  it('leave no rivals and no spenders behind', () => {
    const drawn = withUnsound(1);
    const [t, u, w] = [sketch('t', [1, 2]), sketch('u', [1]), sketch('w', [2])];
    drawn.draw(0, { txs: [t] });
    assert.deepEqual(drawn.index.spenders(key(1)), [t.txid]);
    drawn.draw(1, { txs: [u] });
    assert.equal(drawn.index.get(t.txid), undefined);
    assert.equal(drawn.entry(u).tracking, null);
    assert.deepEqual(drawn.index.spenders(key(1)), [u.txid]);
    drawn.draw(1, { txs: [w] });
    assert.equal(drawn.entry(w).tracking, null);
  });

  it('leave the copies in other blocks, and the others that spend the output', () => {
    const drawn = new DrawnGraph();
    const [t, u, w] = [sketch('t', [1]), sketch('u', [2]), sketch('w', [2])];
    const void1 = drawn.draw(0, { txs: [u, t] });
    const kept = drawn.draw(1, { txs: [t] });
    drawn.entry(u).tracking = null;
    drawn.index.remove(drawn.id(void1));
    assert.deepEqual(drawn.entry(t).copies, [{ block: drawn.id(kept), index: 0 }]);
    assert.deepEqual(drawn.index.spenders(key(1)), [t.txid]);
    assert.equal(drawn.index.get(u.txid), undefined);
    const first = drawn.draw(2, { txs: [w] });
    assert.deepEqual(drawn.index.spenders(key(2)), [w.txid]);
    drawn.index.track(drawn.entry(w));
    assert.throws(() => drawn.index.remove(drawn.id(first)), /sound/);
  });

  it('make room for the same transaction again, as if it were new', () => {
    const drawn = withUnsound(1);
    const t = sketch('t', [1]);
    drawn.draw(0, { txs: [t] });
    const second = drawn.draw(1, { txs: [t] });
    assert.deepEqual(drawn.entry(t).copies, [{ block: drawn.id(second), index: 0 }]);
    assert.equal(drawn.entry(t).tracking, null);
  });

  it('matter at once when they carry a copy or a rival of what is known', () => {
    const drawn = new DrawnGraph();
    const [t, u, w, other] = [
      sketch('t', [1]),
      sketch('u', [2, 1]),
      sketch('w', [3]),
      sketch('x', [4]),
    ];
    drawn.draw(0, { txs: [t] });
    const apart = new DrawnGraph();
    const conflicts = (...txs: readonly Transaction[]) =>
      drawn.index.conflicts(apart.draw(1, { txs }));
    assert.equal(conflicts(w, other), false);
    assert.equal(conflicts(w, t), true);
    assert.equal(conflicts(w, u), true);
    assert.equal(conflicts(), false);
  });
});

describe('the transaction index in a savepoint', () => {
  it('goes on with what is open, tracked and spent, in its order', () => {
    const drawn = new DrawnGraph();
    const [done, t, u, alone, taken] = [
      sketch('d', [5]),
      sketch('t', [1]),
      sketch('u', [1]),
      sketch('x', [2]),
      sketch('y', [3]),
    ];
    drawn.draw(0, { txs: [done, taken] });
    drawn.draw(1, { txs: [taken, u, alone, t] });
    drawn.index.classify(drawn.entry(taken), 1);
    settle(drawn, done, true);
    const writer = new Writer();
    drawn.index.save(writer);
    const truth = { isOpen: () => false, isSound: () => true };
    const again = new TxIndex(drawn.graph, drawn.table, (of) => drawn.spent.get(of) ?? null, truth);
    const loaded = decode(writer.finish(), (reader) => again.load(reader, 77));
    assert.deepEqual(loaded, { ok: true, value: undefined });
    const open = [taken, u, alone, t].map(({ txid }) => txid);
    assert.deepEqual(
      again.standing().map(({ txid }) => txid),
      open,
    );
    for (const tx of [taken, u, alone, t]) {
      assert.deepEqual(again.get(tx.txid), { ...drawn.entry(tx), seenMs: 77 }, tx.txid);
    }
    assert.deepEqual([...again.tracked.keys()], [...drawn.index.tracked.keys()]);
    assert.deepEqual([...again.tracked.keys()].sort(), [t.txid, u.txid]);
    assert.deepEqual(again.spenders(key(1)), [u.txid, t.txid]);
    assert.deepEqual(again.spenders(key(5)), [done.txid]);
    assert.throws(() => again.load(undefined as never, 0), /empty/);
  });

  it('that is closed knows only what the ledgers have, and holds nothing', () => {
    const drawn = new DrawnGraph();
    const [done, t, u] = [sketch('d', [5]), sketch('t', [1]), sketch('u', [1])];
    drawn.draw(0, { txs: [done, t, u] });
    settle(drawn, done, true);
    drawn.index.close();
    assert.equal(drawn.index.get(t.txid), undefined);
    assert.deepEqual(drawn.index.get(done.txid)?.ledger?.epoch, 1);
    assert.deepEqual(drawn.index.spenders(key(1)), []);
    assert.equal(drawn.index.tracked.size, 0);
    assert.deepEqual([...drawn.index.open()], []);
  });

  it('tracks one that a P has without offering it to the next cut', () => {
    const drawn = new DrawnGraph();
    const tx = sketch('t', [1]);
    drawn.draw(0, { txs: [tx] });
    drawn.index.classify(drawn.entry(tx), 1);
    drawn.draw(1, { txs: [tx] });
    assert.notEqual(drawn.entry(tx).tracking, null);
    assert.equal(drawn.index.tracked.size, 0);
  });
});
