import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lock, ReplicaCluster } from '../../../test/replica/replica-cluster.ts';
import { decodeBlock } from '../../codec/block.ts';
import { problem } from '../../types/errors.ts';
import type { Epoch, LaneId, TxId } from '../../types/ids.ts';
import { NODE_LIMITS } from '../../types/limits.ts';
import type { Transaction, Verified } from '../../types/transaction.ts';
import type { ReplicaParts } from '../generation.ts';
import type { Replica } from '../replica.ts';
import { DEFAULT_POLICY } from '../replica-options.ts';
import type { Intake } from './intake.ts';

/** Lane 0 has one batch of one transaction on its way and another waiting: the next ones are forwarded. */
function backedUp() {
  const policy = { ...DEFAULT_POLICY, laneWindow: 1, batchTxsMax: 1 };
  const cluster = new ReplicaCluster(4, { policy });
  cluster.run(10);
  cluster.down.add(2).add(3);
  const submit = (coin: number) => {
    const tx = cluster.pay([cluster.coin(coin)], [{ amount: 990n, lock }]);
    return { tx, send: cluster.step(0, { kind: 'submit', tx }).send };
  };
  submit(0);
  // Before the next look at deadlines: a lane knows that it is backed up as soon as it would speak again.
  cluster.run(20);
  return { cluster, waiting: submit(1).tx, ...forwarded(submit) };
}

type Submitted = ReturnType<ReplicaCluster['step']>['send'];

/** The first one whose bucket is another lane's, and that lane. */
function forwarded(submit: (coin: number) => { tx: Verified<Transaction>; send: Submitted }) {
  for (let coin = 2; coin < 40; coin++) {
    const { tx, send } = submit(coin);
    const told = send.find(({ message }) => message.kind === 'transactions');
    if (told === undefined) continue;
    assert.ok(told.to !== 'all' && told.to.kind === 'lane' && told.to.lane !== 0);
    return { tx, to: told.to.lane };
  }
  return assert.fail('of 38 buckets one is not of lane 0');
}

/** Whose blocks carry it. */
function carriers({ journals }: ReplicaCluster, txid: TxId): LaneId[] {
  return (journals[0] ?? []).flatMap((bytes) => {
    const block = decodeBlock(bytes);
    assert.ok(block.ok);
    const { header, txs } = block.value;
    return txs.some((tx) => tx.txid === txid) ? [header.lane] : [];
  });
}

describe('what waits to be proposed', () => {
  it('is nothing at a node without a lane, which says so: to ask it again later would not help', () => {
    const cluster = new ReplicaCluster(4, { lane: null, signer: null });
    const tx = cluster.pay([cluster.coin(0)], [{ amount: 990n, lock }]);
    const { submitted } = cluster.step(0, { kind: 'submit', tx });
    const [answer] = submitted;
    assert.ok(answer?.ok === false);
    assert.equal(answer.problem.code, 'not-ready');
    assert.match(answer.problem.detail, /no lane .* send it to a validator/);
    cluster.run(10);
    assert.equal(
      cluster.replicas[0]?.progress().ready,
      false,
      'though it has what all others have',
    );
  });

  it('is looked at again for its deadline while it waits for a parent, and only then', () => {
    let intake: Intake | undefined;
    const tamperParts = (parts: ReplicaParts) => {
      intake ??= parts.intake;
    };
    const cluster = new ReplicaCluster(4, { tamperParts });
    cluster.run(10);
    assert.equal(intake?.wakeAtMs, null);
    const parent = cluster.pay([cluster.coin(0)], [{ amount: 990n, lock }]);
    const tx = cluster.pay([{ txid: parent.txid, index: 0 }], [{ amount: 900n, lock }]);
    cluster.step(0, { kind: 'submit', tx });
    const wakeAtMs = intake?.wakeAtMs ?? null;
    assert.ok(wakeAtMs !== null && wakeAtMs <= cluster.now + 100, String(wakeAtMs));
  });

  it('8.2: is not proposed here for a while once it was forwarded, and then it is', () => {
    const { cluster, waiting, tx } = backedUp();
    cluster.down.clear();
    cluster.run(DEFAULT_POLICY.reproposeAfterMs - 100);
    assert.notEqual(cluster.replicas[0]?.status(waiting.txid).state, 'pending', 'there is room');
    assert.deepEqual(cluster.replicas[0]?.status(tx.txid), { state: 'pending' });
    cluster.run(2000);
    assert.deepEqual(carriers(cluster, tx.txid), [0]);
  });

  it('8.2: is not forwarded when it is refused', () => {
    const { cluster, tx } = backedUp();
    const rival = cluster.pay([...tx.inputs], [{ amount: 980n, lock }]);
    const { submitted, send } = cluster.step(0, { kind: 'submit', tx: rival });
    assert.deepEqual([submitted[0]?.ok, send], [false, []]);
  });

  it('8.2: is never proposed here when the lane that it was forwarded to does', () => {
    const { cluster, tx, to } = backedUp();
    cluster.down.clear();
    cluster.step(to, { kind: 'forwarded', from: { kind: 'lane', lane: 0 }, txs: [tx] });
    cluster.run(5000);
    assert.deepEqual(carriers(cluster, tx.txid), [to]);
    assert.equal(cluster.replicas[0]?.status(tx.txid).state, 'checkpointed');
  });

  it('A3: is given up as expired when its epochs end before its parent gets in', () => {
    const cluster = new ReplicaCluster();
    cluster.run(10);
    const rivals = [990n, 980n].map((amount) => {
      return cluster.pay([cluster.coin(0)], [{ amount, lock }]);
    });
    for (const [i, tx] of rivals.entries()) cluster.step(1 + i, { kind: 'submit', tx });
    cluster.run(5);
    const children = rivals.map((parent) => {
      const tx = cluster.pay([{ txid: parent.txid, index: 0 }], [{ amount: 900n, lock }], 1);
      const { submitted } = cluster.step(0, { kind: 'submit', tx });
      assert.deepEqual(submitted, [{ txid: tx.txid, ok: true }]);
      return tx;
    });
    cluster.run(3000);
    // The cut after the one that chose among the rivals.
    const tx = cluster.pay([cluster.coin(1)], [{ amount: 990n, lock }]);
    cluster.step(3, { kind: 'submit', tx });
    cluster.run(3000);
    const told = children.map(({ txid }) => {
      const status = cluster.replicas[0]?.status(txid);
      return status?.state === 'dropped' ? status.problem.code : status?.state;
    });
    assert.deepEqual(told.toSorted(), ['checkpointed', 'expired']);
  });

  it('8.1: is what lost against one that is given up: else it would wait for ever', () => {
    let intake: Intake | undefined;
    const tamperParts = (parts: ReplicaParts) => {
      intake ??= parts.intake;
    };
    const cluster = new ReplicaCluster(4, { tamperParts });
    cluster.run(10);
    const parents = [990n, 980n].map((amount) => {
      return cluster.pay([cluster.coin(0)], [{ amount, lock }]);
    });
    for (const [i, tx] of parents.entries()) cluster.step(1 + i, { kind: 'submit', tx });
    cluster.run(5);
    const losers = parents.map(({ txid }, i) => {
      const coin = cluster.coin(1 + i);
      const waits = cluster.pay([{ txid, index: 0 }, coin], [{ amount: 1800n, lock }]);
      const loser = cluster.pay([coin], [{ amount: 900n, lock }]);
      const answers = [waits, loser].map((tx) => cluster.step(0, { kind: 'submit', tx }));
      assert.deepEqual(
        answers.map(({ submitted }) => submitted[0]?.ok),
        [true, false],
      );
      return loser;
    });
    assert.equal(intake?.pool.loserCount, 2);
    cluster.run(6000);
    // One parent is rejected, and what it kept from being proposed was free all the time.
    const told = losers.map(({ txid }) => cluster.replicas[0]?.status(txid).state);
    assert.deepEqual(told.toSorted(), ['checkpointed', 'unknown']);
    assert.equal(intake?.pool.loserCount, 0);
  });

  it('8.1: is given up with its parent: at once where that was rejected, else when no other one comes', () => {
    const cluster = new ReplicaCluster();
    cluster.run(10);
    const rivals = [990n, 980n].map((amount) => cluster.pay([cluster.coin(0)], [{ amount, lock }]));
    for (const [i, tx] of rivals.entries()) cluster.step(1 + i, { kind: 'submit', tx });
    cluster.run(5);
    // Two that wait here for a parent whose rival is about to be seen, one of them for the other.
    const inputs = [{ txid: rivals[0]!.txid, index: 0 }, cluster.coin(1)];
    const parent = cluster.pay(inputs, [{ amount: 1900n, lock }]);
    const child = cluster.pay([{ txid: parent.txid, index: 0 }], [{ amount: 1800n, lock }]);
    const children = rivals.map(({ txid }) =>
      cluster.pay([{ txid, index: 0 }], [{ amount: 900n, lock }]),
    );
    for (const tx of [parent, child]) cluster.step(0, { kind: 'submit', tx });
    for (const tx of children) cluster.step(3, { kind: 'submit', tx });
    const rival = cluster.pay([cluster.coin(1)], [{ amount: 970n, lock }]);
    cluster.step(1, { kind: 'submit', tx: rival });
    cluster.run(6000);
    const told = (lane: number, { txid }: Transaction) => {
      const status = cluster.replicas[lane]?.status(txid);
      return status?.state === 'dropped' ? status.problem.code : status?.state;
    };
    assert.deepEqual(children.map((tx) => told(3, tx)).toSorted(), [
      'checkpointed',
      'parent-rejected',
    ]);
    assert.deepEqual([told(0, parent), told(0, child)], ['input-conflict', 'pending']);
    cluster.run(NODE_LIMITS.orphanMs.value);
    assert.equal(told(0, child), 'unknown-input');
    for (const replica of cluster.replicas) {
      const { mempoolTxs, orphans } = replica.counters();
      assert.deepEqual([mempoolTxs, orphans], [0, 0]);
    }
  });

  it('A3: waits for the cut when what the own lane has proposed before has lost already', () => {
    const cluster = new ReplicaCluster();
    cluster.run(10);
    const rivals = [990n, 980n].map((amount) => cluster.pay([cluster.coin(0)], [{ amount, lock }]));
    for (const [lane, tx] of rivals.entries()) cluster.step(lane, { kind: 'submit', tx });
    const lost = rivals[1] as Transaction;
    const own = cluster.replicas[1] as Replica;
    // Too late for the cut that rejects its parent.
    while (!hasVoted(cluster, 1, 2)) cluster.run(1);
    const inputs = [{ txid: lost.txid, index: 0 }, cluster.coin(1)];
    const child = cluster.pay(inputs, [{ amount: 1900n, lock }]);
    cluster.step(1, { kind: 'submit', tx: child });
    while (own.status(child.txid).state !== 'rejected') cluster.run(1);
    const status = own.status(child.txid);
    assert.ok(status.state === 'rejected' && status.epoch === null, 'in no ledger yet');
    const tx = cluster.pay([cluster.coin(1)], [{ amount: 990n, lock }]);
    const { submitted } = cluster.step(1, { kind: 'submit', tx });
    assert.deepEqual(submitted, [{ txid: tx.txid, ok: true }]);
    cluster.run(50);
    assert.equal(own.status(tx.txid).state, 'pending');
    cluster.run(3000);
    assert.equal(own.status(tx.txid).state, 'checkpointed');
  });

  it('A3: names what it was given up for when a block refuses it', () => {
    let intake: Intake | undefined;
    const tamperParts = (parts: ReplicaParts) => {
      intake ??= parts.intake;
    };
    const cluster = new ReplicaCluster(4, { tamperParts });
    cluster.run(10);
    const [tx, rival] = [990n, 980n].map((amount) =>
      cluster.pay([cluster.coin(0)], [{ amount, lock }]),
    ) as [Verified<Transaction>, Transaction];
    const before = cluster.pay([cluster.coin(1)], [{ amount: 990n, lock }]);
    for (const each of [before, tx]) cluster.step(0, { kind: 'submit', tx: each });
    assert.equal(cluster.replicas[0]?.status(tx.txid).state, 'pending', 'for the next block');
    intake?.unfit(
      { txid: tx.txid, code: 'unknown-parent', detail: 'waits', winner: null },
      cluster.now,
    );
    assert.deepEqual(cluster.step(0, { kind: 'tick' }).statuses, []);
    // What can become of a rival is seen at the door, and in whatever is admitted: no history is known that comes here.
    intake?.unfit(
      { txid: tx.txid, code: 'stale-input', detail: 'spent', winner: rival.txid },
      cluster.now,
    );
    const { statuses } = cluster.step(0, { kind: 'tick' });
    const given = { problem: problem('input-spent', 'spent'), winner: rival.txid };
    assert.deepEqual(statuses, [{ txid: tx.txid, kind: 'dropped', ...given }]);
    assert.deepEqual(cluster.replicas[0]?.status(tx.txid), { state: 'dropped', ...given });
  });
});

/** Has the lane prepared a cut of this epoch? */
function hasVoted({ journals }: ReplicaCluster, lane: LaneId, epoch: Epoch): boolean {
  return (journals[lane] ?? []).some((bytes) => {
    const block = decodeBlock(bytes);
    assert.ok(block.ok);
    const { header, votes } = block.value;
    return (
      header.lane === lane && votes.some((vote) => vote.kind === 'prepare' && vote.epoch === epoch)
    );
  });
}
