import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockOf, lock, ReplicaCluster } from '../../../test/replica/replica-cluster.ts';
import { named } from '../../sim/reference/sketch.ts';
import type { TxId } from '../../types/ids.ts';
import type { Transaction, Verified } from '../../types/transaction.ts';
import type { ReplicaParts } from '../generation.ts';
import { DEFAULT_POLICY } from '../replica-options.ts';
import { Leftovers } from './leftovers.ts';

const void_ = (name: string, own = false) => ({
  tx: { txid: named(name) as TxId } as Verified<Transaction>,
  own,
});
const names = (txs: readonly { readonly txid: TxId }[]) => txs.map(({ txid }) => txid);

test('9.6: what a stop cut left has its turn here, once, and is kept until it stands in a block', () => {
  const leftovers = new Leftovers();
  assert.equal(leftovers.wakeAtMs, null);
  const [parent, child] = [void_('parent', true), void_('child')];
  leftovers.add(parent, 20);
  leftovers.add(child, 10);
  assert.equal(leftovers.wakeAtMs, 10);
  assert.deepEqual(names(leftovers.due(9)), []);
  assert.deepEqual(names(leftovers.due(10)), [child.tx.txid]);
  assert.deepEqual(names(leftovers.due(20)), [parent.tx.txid, child.tx.txid], 'as they came');
  leftovers.taken(child.tx.txid);
  assert.equal(leftovers.wakeAtMs, 20);
  assert.deepEqual(names(leftovers.due(30)), [parent.tx.txid]);
  assert.deepEqual(leftovers.all, [parent, child]);
  leftovers.forget(child.tx.txid);
  leftovers.taken(child.tx.txid);
  assert.deepEqual([leftovers.has(parent.tx.txid), leftovers.has(child.tx.txid)], [true, false]);
  leftovers.taken(parent.tx.txid);
  assert.equal(leftovers.wakeAtMs, null);
});

test('9.6: what is left over and has lost in the ended generation is given up at once, for who won', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  const pay = (amount: bigint) => cluster.pay([cluster.coin(0)], [{ amount, lock }]);
  const [won, left] = [pay(990n), pay(980n)];
  // Lane 3 carries the one in a block that nobody hears of before the stop cut has the other.
  cluster.down.add(3);
  cluster.step(3, { kind: 'submit', tx: left });
  cluster.now += 1000;
  cluster.step(3, { kind: 'tick' });
  assert.equal(cluster.replicas[3]?.status(left.txid).state, 'admitted');
  cluster.step(0, { kind: 'submit', tx: won });
  cluster.run(3000);
  cluster.restart(3);
  cluster.run(1000);
  assert.deepEqual(cluster.replicas[3]?.status(won.txid), { state: 'checkpointed', epoch: 1 });
  const problem = { code: 'input-spent', detail: `spent by ${won.txid}` };
  const given = { problem, winner: won.txid };
  assert.deepEqual(cluster.replicas[3]?.status(left.txid), { state: 'dropped', ...given });
  const told = cluster.statuses[3]?.filter(({ kind }) => kind === 'dropped');
  assert.deepEqual(told, [{ txid: left.txid, kind: 'dropped', ...given }]);
});

test('9.6: what is left over has its turn before rivals that lost against it at the door', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  const pay = (coin: number, amount: bigint) =>
    cluster.pay([cluster.coin(coin)], [{ amount, lock }]);
  const [left, loser] = [pay(0, 990n), pay(0, 980n)];
  // Lane 3 carries the first in a block that nobody hears of before the stop cut.
  cluster.down.add(3);
  const answers = [left, loser].map((tx) => {
    const { submitted } = cluster.step(3, { kind: 'submit', tx });
    cluster.now += 1000;
    cluster.step(3, { kind: 'tick' });
    return submitted[0]?.ok;
  });
  assert.deepEqual(answers, [true, false]);
  cluster.step(0, { kind: 'submit', tx: pay(1, 990n) });
  cluster.run(3000);
  cluster.down.delete(3);
  cluster.run(6000);
  assert.equal(cluster.replicas[3]?.status(left.txid).state, 'checkpointed');
  const told = cluster.statuses[3]?.filter(({ kind }) => kind === 'dropped');
  assert.deepEqual(told, []);
});

test('9.6: what a lane left that says no more is proposed again by the others in their turns', () => {
  const parts: ReplicaParts[] = [];
  const tamperParts = (each: ReplicaParts) => parts.push(each);
  const cluster = new ReplicaCluster(4, { tamperParts }, { generationEpochs: 1 });
  cluster.run(10);
  const pay = (coin: number) => cluster.pay([cluster.coin(coin)], [{ amount: 990n, lock }]);
  const [left, ends] = [pay(0), pay(1)];
  cluster.down.add(3);
  cluster.step(3, { kind: 'submit', tx: left });
  cluster.step(0, { kind: 'submit', tx: ends });
  // Who has said END gives no verdict any more on what comes now.
  cluster.runUntilVoted(0, 'end');
  for (const bytes of cluster.journals[3] ?? []) {
    if (blockOf(bytes).header.lane === 3) cluster.receive(3, 0, bytes);
  }
  cluster.run(8000);
  for (const lane of [0, 1, 2]) {
    const status = cluster.replicas[lane]?.status(left.txid);
    assert.deepEqual(status, { state: 'checkpointed', epoch: 2 });
  }
  const ended = parts.filter(({ core }) => core.start.generation === 0 && core.options.lane !== 3);
  const waits = ended.map(({ intake }) => intake.wakeAtMs);
  assert.deepEqual(
    waits,
    [null, null, null],
    'there is nothing to propose again where it was left',
  );
});

test('9.6: what is left over waits on where the pool is full', () => {
  const policy = { ...DEFAULT_POLICY, laneWindow: 1, mempoolTxsMax: 1 };
  const cluster = new ReplicaCluster(4, { policy }, { generationEpochs: 1 });
  cluster.run(10);
  const pay = (coin: number) => cluster.pay([cluster.coin(coin)], [{ amount: 990n, lock }]);
  const [left, waits] = [pay(0), pay(1)];
  // The block with the first one, of which nobody hears, keeps the second one from being proposed.
  cluster.down.add(3);
  for (const tx of [left, waits]) {
    cluster.step(3, { kind: 'submit', tx });
    cluster.now += 1000;
    cluster.step(3, { kind: 'tick' });
  }
  assert.equal(cluster.replicas[3]?.status(waits.txid).state, 'pending');
  cluster.step(0, { kind: 'submit', tx: pay(2) });
  cluster.run(3000);
  cluster.down.delete(3);
  cluster.run(8000);
  const told = [left, waits].map(({ txid }) => cluster.replicas[3]?.status(txid).state);
  assert.deepEqual(told, ['checkpointed', 'checkpointed']);
  const given = cluster.statuses[3]?.filter(({ kind }) => kind === 'dropped');
  assert.deepEqual(given, []);
});

test('9.6: what was given up for a rival in a generation that has ended is so after a start, too', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  const pay = (coin: number, amount: bigint) =>
    cluster.pay([cluster.coin(coin)], [{ amount, lock }]);
  const [left, rival] = [pay(0, 990n), pay(0, 980n)];
  // Lane 3 carries the first in a block that nobody hears of, and misses the ends of two generations.
  cluster.down.add(3);
  cluster.step(3, { kind: 'submit', tx: left });
  cluster.now += 1000;
  cluster.step(3, { kind: 'tick' });
  for (const tx of [pay(1, 990n), rival]) {
    cluster.step(0, { kind: 'submit', tx });
    cluster.run(3000);
  }
  // It has blocks brought, but nobody's heads, so that it says nothing itself.
  for (const bytes of cluster.journals[0] ?? []) cluster.receive(0, 3, bytes);
  assert.equal(cluster.replicas[3]?.generation, 2);
  const given = cluster.replicas[3]?.status(left.txid);
  assert.ok(given?.state === 'dropped' && given.winner === rival.txid);
  cluster.restart(3);
  assert.deepEqual(cluster.replicas[3]?.status(left.txid), given);
  assert.deepEqual(cluster.replicas[3]?.withoutOutcome, []);
});
