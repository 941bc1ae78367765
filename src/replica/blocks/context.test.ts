import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sketchTransaction as sketch } from '../../sim/reference/sketch.ts';
import type { DagNode } from '../../types/dag.ts';
import type { Epoch, Lock, TxId } from '../../types/ids.ts';
import type { Core } from '../core.ts';
import { Context } from './context.ts';

test('A3: within one block a rival is refused, and a copy', () => {
  const [tx, rival] = [sketch('t', [1]), sketch('u', [1])];
  const [lock] = tx.witnessLocks;
  const unspent = () => ({ amount: 100n, lock, acceptedEpoch: 0, spentBy: null, spentEpoch: 0 });
  const core = {
    index: { get: () => undefined, spenders: () => [] },
    coins: { get: unspent, find: unspent },
    options: { genesis: { params: { minFee: 1n } } },
  } as unknown as Core;
  const context = new Context(core, {} as DagNode, { epoch: 1, decided: 0 });
  assert.ok(context.take(tx).ok);
  const copy = context.take(tx);
  assert.equal(!copy.ok && copy.error.code, 'copy-in-chain');
  const refused = context.take(rival);
  assert.ok(!refused.ok);
  assert.deepEqual([refused.error.code, refused.error.winner], ['rival-in-chain', tx.txid]);
});

test('A3: the witnesses open exactly the locks of the inputs, not some of them and another', () => {
  const tx = sketch('t', [1, 2]);
  const [lock] = tx.witnessLocks as [Lock];
  const [other, strange] = ['aa', 'bb'].map((byte) => `01${byte.repeat(32)}` as Lock) as Lock[];
  const rest = { amount: 100n, acceptedEpoch: 0, spentBy: null, spentEpoch: 0 };
  const unspent = (key: string) => ({ ...rest, lock: key === tx.inputs[0]?.key ? lock : other });
  const core = {
    index: { get: () => undefined, spenders: () => [] },
    coins: { get: unspent, find: unspent },
    options: { genesis: { params: { minFee: 1n } } },
  } as unknown as Core;
  const take = (...locks: unknown[]) => {
    const context = new Context(core, {} as DagNode, { epoch: 1, decided: 0 });
    const taken = context.take({ ...tx, witnessLocks: locks as Lock[] });
    return taken.ok ? 'ok' : taken.error.code;
  };
  assert.equal(take(lock, other), 'ok');
  for (const locks of [[lock], [lock, strange], [lock, other, strange]]) {
    assert.equal(take(...locks), 'bad-witness');
  }
});

test('A3: what a ledger two epochs ago has spent is stale, and who spent it is named', () => {
  const [tx, spender] = [sketch('t', [1]), sketch('u', [1])];
  const [lock] = tx.witnessLocks;
  const spent = { amount: 100n, lock, acceptedEpoch: 0, spentBy: spender.txid, spentEpoch: 1 };
  const core = {
    index: { get: () => undefined, spenders: () => [] },
    coins: { get: () => spent, find: () => spent },
    options: { genesis: { params: { minFee: 1n } } },
  } as unknown as Core;
  const at = (epoch: number) => new Context(core, {} as DagNode, { epoch, decided: 1 }).take(tx);
  assert.ok(at(2).ok);
  const refused = at(3);
  assert.ok(!refused.ok);
  assert.deepEqual([refused.error.code, refused.error.winner], ['stale-input', spender.txid]);
});

test('A3: a covered rival earlier in the chain is refused, until a ledger that the block has seen rejected it', () => {
  const [tx, open, covered] = [sketch('t', [1]), sketch('h', [1]), sketch('r', [1])];
  const [lock] = tx.witnessLocks;
  const unspent = () => ({ amount: 100n, lock, acceptedEpoch: 0, spentBy: null, spentEpoch: 0 });
  const core = {
    index: {
      get: (txid: TxId) =>
        [open.txid, covered.txid].includes(txid) ? { txid, copies: [] } : undefined,
      spenders: () => [open.txid],
      lastCovered: () => covered.txid,
    },
    cuts: { outcome: (_: unknown, epoch: Epoch) => (epoch < 5 ? null : { accepted: false }) },
    coins: { get: unspent, find: unspent },
    options: { genesis: { params: { minFee: 1n } } },
  } as unknown as Core;
  const take = (decided: Epoch) =>
    new Context(core, {} as DagNode, { epoch: decided + 1, decided }).take(tx);
  const refused = take(4);
  assert.ok(!refused.ok);
  assert.deepEqual([refused.error.code, refused.error.winner], ['rival-in-chain', covered.txid]);
  assert.ok(take(5).ok);
});
