import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Parts as BlockParts, ByzantineLane } from '../../../test/byzantine/lane.ts';
import { lock, ReplicaCluster } from '../../../test/replica/replica-cluster.ts';
import { decodeBlock, generationOf } from '../../codec/block.ts';
import { checkpointDigest, decodeCertificate } from '../../codec/checkpoint.ts';
import type { Block } from '../../types/block.ts';
import { problem } from '../../types/errors.ts';
import { type Outpoint, outpointKey } from '../../types/ids.ts';
import { NODE_LIMITS } from '../../types/limits.ts';
import type { ReplicaMessage } from '../../types/message.ts';
import type { Transaction, Verified } from '../../types/transaction.ts';
import type { SubmitAnswer } from '../effects.ts';
import type { Replica } from '../replica.ts';

/** Pays with this coin of genesis through a lane, and waits until all have it in a certified checkpoint. */
function settle(cluster: ReplicaCluster, coin: number, lane: number): Verified<Transaction> {
  const tx = cluster.pay([cluster.coin(coin)], [{ amount: 990n, lock }]);
  cluster.step(lane, { kind: 'submit', tx });
  cluster.run(3000);
  for (const [other, replica] of cluster.replicas.entries()) {
    if (cluster.down.has(other)) continue;
    assert.equal(replica.status(tx.txid).state, 'checkpointed', `at ${other}`);
  }
  return tx;
}

/** The first block of a generation in the journal of lane 0. */
function firstOf(cluster: ReplicaCluster, generation: number): Block {
  for (const bytes of cluster.journals[0] ?? []) {
    const block = decodeBlock(bytes);
    if (block.ok && block.value.header.generation === generation) return block.value;
  }
  return assert.fail('a block of the generation');
}

/** What the rival of `winner` is answered. */
function lost({ txid }: Transaction, winner: Transaction): SubmitAnswer {
  const why = problem('input-spent', `spent by ${winner.txid}`);
  return { txid, ok: false, problem: why, winner: winner.txid };
}

/** The generations of the blocks in a validator's journal, in their order. */
function journalled(cluster: ReplicaCluster, lane: number): number[] {
  return cluster.journals[lane]!.map((bytes) => {
    const block = decodeBlock(bytes);
    assert.ok(block.ok);
    return block.value.header.generation;
  });
}

for (const [validators, epochs, params] of [
  [4, 1, {}],
  [4, 2, {}],
  [1, 2, {}],
  [3, 1, {}],
  [4, 1, { sharedChecks: true }],
  [1, 2, { sharedChecks: true }],
] as const) {
  const checks = 'sharedChecks' in params ? ', checks shared,' : '';
  test(`generations of ${epochs} epochs among ${validators}${checks} follow each other, and what was told stays`, () => {
    const cluster = new ReplicaCluster(validators, {}, { generationEpochs: epochs, ...params });
    cluster.run(10);
    const txs = [0, 1, 2, 3, 4].map((coin) => settle(cluster, coin, coin % validators));
    for (const [lane, replica] of cluster.replicas.entries()) {
      const numbers = journalled(cluster, lane);
      assert.deepEqual(numbers, numbers.toSorted(), 'one after the other');
      assert.equal(
        numbers.at(-1),
        Math.floor(5 / epochs),
        'the last stop cut is signed in the next',
      );
      assert.equal(replica.progress().stable, 5);
      for (const [i, { txid }] of txs.entries()) {
        assert.deepEqual(replica.status(txid), { state: 'checkpointed', epoch: i + 1 });
        assert.equal(replica.transactionProof(txid)?.outcome.accepted, true);
        assert.equal(replica.certificate(i + 1)?.checkpoint.epoch, i + 1);
      }
    }
    const stop = cluster.replicas[0]?.certificate(epochs)?.checkpoint;
    const { prev } = firstOf(cluster, 1).header;
    assert.equal(prev, stop && checkpointDigest(stop), 'it begins at the stop checkpoint');
    const blocks = cluster.journals[0]!.length;
    cluster.run(5000);
    assert.equal(cluster.journals[0]!.length, blocks, 'an idle network sends no blocks');
  });
}

test('what an earlier generation spent exists no more; what it has settled is known', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  const tx = settle(cluster, 0, 0);
  const again = cluster.step(1, { kind: 'submit', tx });
  assert.deepEqual(again.submitted, [{ txid: tx.txid, ok: true }]);
  const rival = cluster.pay([cluster.coin(0)], [{ amount: 980n, lock }]);
  const { submitted } = cluster.step(2, { kind: 'submit', tx: rival });
  assert.deepEqual(submitted, [lost(rival, tx)]);
  cluster.run(40_000);
  assert.deepEqual(cluster.replicas[1]?.status(tx.txid), { state: 'checkpointed', epoch: 1 });
  assert.ok(cluster.replicas.every((replica) => replica.progress().applied === 1));
});

test('9.5: a block may spend what earlier generations left, not what they spent, up to their last epoch', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 2 });
  const liar = new ByzantineLane(cluster);
  cluster.run(10);
  const made = settle(cluster, 0, 0);
  settle(cluster, 1, 0);
  const header = { generation: 1, epoch: 2, prev: firstOf(cluster, 1).header.prev };
  const answer = (coin: Outpoint, more: BlockParts = {}) => {
    const txs = [cluster.pay([coin], [{ amount: 900n, lock }])];
    const block = liar.block({ txs, header, ...more });
    liar.show(block, 0);
    return { block, code: liar.rejected.pop()?.code };
  };
  const spent = [0, 1].map((coin) => answer(cluster.coin(coin)).code);
  assert.deepEqual(spent, ['unknown-parent', 'unknown-parent']);
  const { block, code } = answer({ txid: made.txid, index: 0 });
  assert.equal(code, undefined);
  settle(cluster, 2, 0);
  const { prev: _, ...later } = header;
  const rival = answer(cluster.coin(2), { prev: block, header: later });
  assert.equal(rival.code, undefined, 'a rival of what the running generation has spent');
});

test('an output is told as spent from the spender being final on, in whatever generation that is, ended ones too', () => {
  const cluster = new ReplicaCluster(1, {}, { generationEpochs: 2 });
  cluster.run(10);
  const [replica] = cluster.replicas as [Replica];
  const made = settle(cluster, 0, 0);
  const key = outpointKey(made.txid, 0);
  const told = () => {
    const output = replica.output(key);
    return [output?.state, output?.spentBy, output?.spentEpoch];
  };
  settle(cluster, 1, 0);
  assert.deepEqual(told(), ['unspent', null, null], 'its generation has ended');
  const spender = cluster.pay([{ txid: made.txid, index: 0 }], [{ amount: 980n, lock }]);
  const rival = cluster.pay([{ txid: made.txid, index: 0 }], [{ amount: 970n, lock }]);
  const answered = () => cluster.step(0, { kind: 'submit', tx: rival }).submitted;
  cluster.step(0, { kind: 'submit', tx: spender });
  while (replica.status(spender.txid).state !== 'final') cluster.run(1);
  assert.deepEqual(told(), ['spent', spender.txid, null]);
  assert.deepEqual(answered(), [lost(rival, spender)]);
  cluster.run(3000);
  assert.deepEqual(told(), ['spent', spender.txid, 3], 'in a ledger of the generation that runs');
  assert.deepEqual(answered(), [lost(rival, spender)]);
  settle(cluster, 2, 0);
  assert.deepEqual(told(), ['spent', spender.txid, 3], 'and when that has ended, too');
  assert.deepEqual(answered(), [lost(rival, spender)]);
});

test('who is told of a generation that both have left says nothing to it: two would answer each other for ever', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  settle(cluster, 0, 0);
  const heard: ReplicaMessage[] = [];
  const step = cluster.step.bind(cluster);
  cluster.step = (lane, input) => {
    if (input.kind === 'message') heard.push(input.message);
    return step(lane, input);
  };
  const from = { kind: 'lane', lane: 1 } as const;
  const late = { kind: 'heads', generation: 0, frontier: [1, 1, 1, 1], yours: null } as const;
  cluster.step(0, { kind: 'message', from, message: late });
  cluster.run(5000);
  const old = heard.filter(({ generation }) => generation === 0);
  assert.equal(old.length, 1, 'what is told here, and no answer');
});

test('a validator that missed the end of generations goes through them and speaks in the newest', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  settle(cluster, 0, 3);
  cluster.down.add(3);
  const missed = [1, 2, 3].map((coin) => settle(cluster, coin, 0));
  cluster.restart(3);
  cluster.run(5000);
  for (const { txid } of missed) {
    assert.equal(cluster.replicas[3]?.status(txid).state, 'checkpointed');
  }
  settle(cluster, 4, 3);
  const before = journalled(cluster, 3);
  for (const lane of [0, 1, 2, 3]) cluster.restart(lane);
  settle(cluster, 5, 2);
  assert.deepEqual(journalled(cluster, 3).slice(0, before.length), before);
});

test('an own block of a later generation stops who has not spoken in it: the folder is an old copy', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  for (const coin of [0, 1]) settle(cluster, coin, 3);
  // Up to the last own block of the first generation: of what it has spoken in there, peers know no more.
  const old = cluster.journals[3]!.findLastIndex((bytes) => {
    const block = decodeBlock(bytes);
    return block.ok && block.value.header.lane === 3 && block.value.header.generation === 0;
  });
  cluster.journals[3] = cluster.journals[3]!.slice(0, old + 1);
  assert.throws(() => {
    cluster.restart(3);
    cluster.run(3000);
  }, /own-signature-unknown.*in generation [12], where it has not spoken/s);
});

test('9.10: what a validator has told as final waits for nothing where it begins later, whether a ledger here has it or not', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  const tx = cluster.pay([cluster.coin(0)], [{ amount: 990n, lock }]);
  cluster.step(0, { kind: 'submit', tx });
  const replica = cluster.replicas[0] as Replica;
  const waiting: Record<string, number[]> = {};
  while (replica.status(tx.txid).state !== 'checkpointed') {
    const { state } = replica.status(tx.txid);
    (waiting[state] ??= []).push(replica.withoutOutcome.length);
    cluster.run(1);
  }
  assert.deepEqual(new Set(waiting.admitted), new Set([1]), 'it may be proposed again');
  assert.deepEqual(new Set(waiting.final), new Set([0]), 'a ledger up to the stop cut has it');
});

test('what another validator forwards is not taken in again where an earlier generation has its outcome', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  const tx = settle(cluster, 0, 0);
  cluster.step(1, { kind: 'forwarded', from: { kind: 'lane', lane: 2 }, txs: [tx] });
  assert.equal(cluster.replicas[1]?.counters().orphans, 0);
  cluster.run(NODE_LIMITS.orphanMs.value + 1000);
  const told = cluster.statuses[1]?.filter(({ kind }) => kind === 'dropped');
  assert.deepEqual(told, [], 'it is in a ledger');
});

test('a child of what an ended generation has rejected is told so at once; where that was dropped nobody can tell', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  const rivals = [990n, 980n].map((amount) => cluster.pay([cluster.coin(0)], [{ amount, lock }]));
  for (const [lane, tx] of rivals.entries()) cluster.step(lane, { kind: 'submit', tx });
  cluster.run(3000);
  const replica = cluster.replicas[0] as Replica;
  assert.equal(replica.generation, 1);
  const parent = rivals.find(({ txid }) => replica.status(txid).state === 'rejected')!;
  const child = (amount: bigint) =>
    cluster.pay([{ txid: parent.txid, index: 0 }, cluster.coin(1)], [{ amount, lock }]);
  const submit = (tx: Verified<Transaction>) => cluster.step(0, { kind: 'submit', tx }).submitted;
  const early = child(900n);
  const why = problem('parent-rejected', `${parent.txid} was rejected`);
  const answer = { txid: early.txid, ok: false, problem: why, winner: parent.txid };
  assert.deepEqual(submit(early), [answer]);
  replica.drop(1);
  const late = child(890n);
  assert.deepEqual(submit(late), [{ txid: late.txid, ok: true }]);
  assert.equal(replica.counters().orphans, 1);
});

test('9.9: nothing of a dropped generation is taken, not even an own block; who is still in it is told where all begins', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  const kept = [0, 1].map((coin) => settle(cluster, coin, 0));
  const [replica] = cluster.replicas as [Replica];
  const old = cluster.journals[0]!.filter((bytes) => generationOf(bytes) === 0);
  const begins = replica.keepFrom(1)?.start;
  assert.deepEqual([begins?.generation, begins?.epoch], [1, 1]);
  replica.drop(1);
  const before = replica.counters();
  for (const bytes of old) cluster.receive(1, 0, bytes);
  assert.deepEqual(replica.counters(), before);
  const from = { kind: 'lane', lane: 1 } as const;
  const late = { kind: 'heads', generation: 0, frontier: [1, 1, 1, 1], yours: null } as const;
  const { send } = cluster.step(0, { kind: 'message', from, message: late });
  const [gone] = send.map(({ message }) => message).filter(({ kind }) => kind === 'gone');
  assert.ok(gone?.kind === 'gone' && gone.generation === 1);
  const certificate = decodeCertificate(gone.certificate);
  assert.ok(certificate.ok && certificate.value.checkpoint.epoch === 1);
  assert.deepEqual(
    kept.map(({ txid }) => replica.status(txid)),
    [1, 2].map((epoch) => ({ state: 'checkpointed', epoch })),
  );
});

test('9.9: certificates go with the ledgers, but that of the stop checkpoint with which everything begins', () => {
  const cluster = new ReplicaCluster(1, {}, { generationEpochs: 1 });
  cluster.run(10);
  for (const coin of [0, 1]) settle(cluster, coin, 0);
  const [replica] = cluster.replicas as [Replica];
  const certified = () => [1, 2].map((epoch) => replica.certificate(epoch)?.checkpoint.epoch);
  assert.deepEqual(certified(), [1, 2]);
  replica.drop(2);
  assert.deepEqual(certified(), [undefined, 2]);
});
