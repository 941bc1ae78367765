import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pausesOf } from '../../test/execution/pauses.ts';
import { decode } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { GENESIS_TX, sketchTransaction as sketch } from '../sim/reference/sketch.ts';
import { runToEnd } from '../std/slices.ts';
import type { Entry } from '../types/entry.ts';
import { type OutpointKey, outpointKey, type TxId } from '../types/ids.ts';
import type { Transaction } from '../types/transaction.ts';
import { EarlyExecution } from './early.ts';

const SPENT = outpointKey(GENESIS_TX, 1);

function setUp(txs: readonly Transaction[]) {
  const entries = new Map(txs.map((tx) => [tx.txid, entryOf(tx)]));
  const inLedger = new Map<OutpointKey, TxId>();
  const create = () =>
    new EarlyExecution({
      entry: (txid) => entries.get(txid),
      transaction: (entry) => entry.tx as Transaction,
      ledgerSpender: (key) => inLedger.get(key) ?? null,
    });
  const early = create();
  const entry = (tx: Transaction) => entries.get(tx.txid) as Entry;
  const offer = (tx: Transaction) => early.offer(entry(tx)).map(({ txid }) => txid);
  /** A ledger accepts all of these, and only then says so. */
  const settle = (...settled: readonly Transaction[]) => {
    for (const tx of settled) {
      entry(tx).ledger = { outcome: { txid: tx.txid, accepted: true }, epoch: 1 };
      for (const { key } of tx.inputs) inLedger.set(key, tx.txid);
    }
    return runToEnd(early.ledgerApplied(settled.map(entry))).map(({ txid }) => txid);
  };
  /** Another one, which continues from what this one saves. */
  const continued = () => {
    const writer = new Writer();
    early.save(writer);
    const again = create();
    const open = [...entries.values()].filter(({ ledger }) => ledger === null);
    assert.ok(decode(writer.finish(), (reader) => again.load(reader, open)).ok);
    return again;
  };
  return { early, entry, offer, settle, continued };
}

function entryOf(tx: Transaction): Entry {
  return {
    txid: tx.txid,
    tx,
    copies: [{ block: 1, index: 0 }],
    seenMs: 0,
    tracking: null,
    early: null,
    path: null,
    cutEpoch: 0,
    ledger: null,
  };
}

describe('5.2: execution ahead of the ledger', () => {
  it('gives a final transaction its outcome at once, and only once (5.1)', () => {
    const tx = sketch('t', [1]);
    const { early, entry, offer } = setUp([tx]);
    assert.equal(early.outcome(tx.txid), null);
    assert.equal(early.spender(SPENT), null);
    assert.deepEqual(offer(tx), [tx.txid]);
    assert.deepEqual(entry(tx).early, { txid: tx.txid, accepted: true });
    assert.equal(entry(tx).path, 'clean');
    assert.equal(early.spender(SPENT), tx.txid);
    assert.deepEqual(offer(tx), [], 'executed once');
  });

  it('rejects for the spender, and what it rejects spends nothing (5.1)', () => {
    const [first, second] = [sketch('a', [1]), sketch('b', [1, 2])];
    const { early, entry, offer } = setUp([first, second]);
    offer(first);
    assert.deepEqual(offer(second), [second.txid]);
    assert.deepEqual(entry(second).early, {
      txid: second.txid,
      accepted: false,
      reason: 'input-spent',
      winner: first.txid,
    });
    assert.equal(early.spender(outpointKey(GENESIS_TX, 2)), null);
  });

  it('rejects the child of what it rejected, with the parent as the winner (5.1)', () => {
    const [first, parent] = [sketch('a', [1]), sketch('b', [1])];
    const child = sketch('c', [[parent, 0]]);
    const { entry, offer } = setUp([first, parent, child]);
    for (const tx of [first, child, parent]) offer(tx);
    assert.deepEqual(entry(child).early, {
      txid: child.txid,
      accepted: false,
      reason: 'parent-rejected',
      winner: parent.txid,
    });
  });

  it('lets children wait for their parents, and runs them with the last', () => {
    const [a, b] = [sketch('a', [1]), sketch('b', [2])];
    const child = sketch('c', [
      [a, 0],
      [b, 0],
    ]);
    const grandchild = sketch('d', [[child, 0]]);
    const { offer } = setUp([a, b, child, grandchild]);
    assert.deepEqual(offer(child), []);
    assert.deepEqual(offer(child), [], 'it waits already');
    assert.deepEqual(offer(grandchild), []);
    assert.deepEqual(offer(a), [a.txid]);
    assert.deepEqual(offer(b), [b.txid, child.txid, grandchild.txid]);
  });

  it('runs a child that waits twice over only once', () => {
    const parent = sketch('p', [1], [50n, 49n]);
    const child = sketch('c', [
      [parent, 0],
      [parent, 1],
    ]);
    const other = sketch('d', [[parent, 0]]);
    const { offer } = setUp([parent, child, other]);
    offer(child);
    offer(child);
    offer(other);
    const done = offer(parent);
    assert.deepEqual(done.toSorted(), [parent.txid, child.txid, other.txid].toSorted());
  });

  it('hands what it spent on to the ledger that holds it, and nothing else', () => {
    const [tx, ahead] = [sketch('t', [1]), sketch('u', [2])];
    const { early, offer, entry } = setUp([tx, ahead]);
    offer(tx);
    offer(ahead);
    entry(tx).ledger = { outcome: { txid: tx.txid, accepted: true }, epoch: 1 };
    runToEnd(early.ledgerApplied([entry(tx)]));
    // The ledger of this test is not told of the spend: so it shows that nothing is remembered here.
    assert.equal(early.spender(SPENT), null);
    assert.equal(early.spender(outpointKey(GENESIS_TX, 2)), ahead.txid);
  });

  it('keeps a spend for the one who made it when a ledger settles its rival', () => {
    const [tx, rival] = [sketch('t', [1]), sketch('r', [1])];
    const { early, offer, entry } = setUp([tx, rival]);
    offer(tx);
    const { txid } = rival;
    const outcome = { txid, accepted: false, reason: 'input-spent', winner: tx.txid } as const;
    entry(rival).ledger = { outcome, epoch: 1 };
    runToEnd(early.ledgerApplied([entry(rival)]));
    assert.equal(early.spender(SPENT), tx.txid);
  });

  it('runs what waited for a parent in the ledger, but not what has its outcome there too', () => {
    const parent = sketch('p', [1], [50n, 49n]);
    const child = sketch('c', [[parent, 0]]);
    const late = sketch('d', [[parent, 1]]);
    const { offer, settle, entry } = setUp([parent, child, late]);
    offer(child);
    offer(late);
    assert.deepEqual(settle(parent, child), [late.txid]);
    assert.equal(entry(child).early, null);
  });

  it('takes a parent without an entry for an output of the genesis: accepted', () => {
    const { early } = setUp([]);
    assert.deepEqual(early.outcome(GENESIS_TX), { txid: GENESIS_TX, accepted: true });
  });

  it('continues from a savepoint: who waits, waits on, and what was accepted stays spent', () => {
    const [parent, done, loser] = [
      sketch('p', [1], [50n, 49n]),
      sketch('t', [2]),
      sketch('u', [2, 3]),
    ];
    const child = sketch('c', [[parent, 0]]);
    const other = sketch('d', [[parent, 1]]);
    const grandchild = sketch('e', [[child, 0]]);
    const txs = [parent, done, loser, child, other, grandchild];
    const { offer, entry, continued } = setUp(txs);
    for (const tx of [done, loser, child, other, grandchild]) offer(tx);
    const again = continued();
    assert.equal(again.spender(outpointKey(GENESIS_TX, 2)), done.txid);
    assert.equal(
      again.spender(outpointKey(GENESIS_TX, 3)),
      null,
      'what is rejected spends nothing',
    );
    assert.equal(again.spender(SPENT), null, 'nor does what is not executed');
    assert.deepEqual(again.offer(entry(child)), [], 'it waits already');
    const run = again.offer(entry(parent)).map(({ txid }) => txid);
    assert.deepEqual(
      run,
      [parent, other, child, grandchild].map(({ txid }) => txid),
    );
  });

  it('pauses whenever a slice is full, over what is spent and over who waits', () => {
    const txs = Array.from({ length: 128 }, (_, i) => sketch(`t${i}`, [i]));
    const { early, entry } = setUp(txs);
    assert.equal(pausesOf(early.ledgerApplied(txs.map(entry))), 2 + 2);
  });

  it('continues from a savepoint in which nobody waits', () => {
    const tx = sketch('t', [1]);
    const { offer, continued, entry } = setUp([tx]);
    offer(tx);
    assert.deepEqual(continued().offer(entry(tx)), [], 'it has its outcome');
  });
});
