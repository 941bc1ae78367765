import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counting, lock, ReplicaCluster } from '../../test/replica/replica-cluster.ts';
import { defined } from '../std/assert.ts';
import type { TxId } from '../types/ids.ts';
import { DEFAULT_POLICY } from './replica-options.ts';

test('a payment is final at all validators, then in a certified checkpoint', () => {
  const cluster = new ReplicaCluster();
  cluster.run(10);
  const tx = cluster.pay([cluster.coin(0)], [{ amount: 990n, lock }]);
  const { submitted } = cluster.step(0, { kind: 'submit', tx });
  assert.deepEqual(submitted, [{ txid: tx.txid, ok: true }]);
  cluster.run(100);
  for (const statuses of cluster.statuses) {
    assert(statuses.some((status) => status.kind === 'final' && status.txid === tx.txid));
  }
  cluster.run(2000);
  for (const replica of cluster.replicas) {
    assert.deepEqual(replica.status(tx.txid), { state: 'checkpointed', epoch: 1 });
    const { admittedTxs, finalClean } = replica.counters();
    assert.deepEqual([admittedTxs, finalClean], [1, 1]);
  }
  const blocks = cluster.journals[0]?.length;
  cluster.run(5000);
  assert.equal(cluster.journals[0]?.length, blocks, 'an idle network sends no blocks');
});

for (const validators of [1, 2, 3]) {
  test(`so it is in a committee of ${validators}, which tolerates no fault`, () => {
    const cluster = new ReplicaCluster(validators);
    cluster.run(10);
    for (let epoch = 1; epoch <= 2; epoch++) {
      const tx = cluster.pay([cluster.coin(epoch)], [{ amount: 990n, lock }]);
      cluster.step(epoch % validators, { kind: 'submit', tx });
      cluster.run(2000);
      for (const replica of cluster.replicas) {
        assert.deepEqual(replica.status(tx.txid), { state: 'checkpointed', epoch });
      }
    }
    const blocks = cluster.journals[0]?.length;
    cluster.run(5000);
    assert.equal(cluster.journals[0]?.length, blocks, 'an idle network sends no blocks');
  });
}

for (const generationEpochs of [0, 1]) {
  test(`a committee of one says nothing anew while its journal is replayed, generations of ${generationEpochs}`, () => {
    const cluster = new ReplicaCluster(1, {}, generationEpochs > 0 ? { generationEpochs } : {});
    cluster.run(10);
    const pay = (coin: number) => {
      const tx = cluster.pay([cluster.coin(coin)], [{ amount: 990n, lock }]);
      cluster.step(0, { kind: 'submit', tx });
      cluster.run(2000);
      return tx.txid;
    };
    for (const coin of [0, 1]) pay(coin);
    const before = [...defined(cluster.journals[0], 'the only one')];
    cluster.now += 1000;
    cluster.restart(0);
    const replica = defined(cluster.replicas[0], 'the only one');
    assert.equal(replica.blocks, before.length);
    assert.deepEqual(cluster.journals[0], before);
    assert.deepEqual(replica.evidence(), []);
    assert.deepEqual(replica.status(pay(2)), { state: 'checkpointed', epoch: 3 });
  });
}

test('a double spend through two lanes: one is accepted everywhere, the loser names the winner', () => {
  const cluster = new ReplicaCluster();
  cluster.run(10);
  const coin = cluster.coin(0);
  const txs = [990n, 980n, 970n, 960n].map((amount) => cluster.pay([coin], [{ amount, lock }]));
  for (const [lane, tx] of txs.entries()) cluster.step(lane, { kind: 'submit', tx });
  while (cluster.replicas[0]?.status(defined(txs[3], 'four').txid).state === 'unknown')
    cluster.run(1);
  const [first, ...others] = txs.map(({ txid }) => txid);
  cluster.run(2);
  const status = cluster.replicas[0]?.status(defined(first, 'four'));
  assert.deepEqual(status, { state: 'admitted', rivals: others.sort() });
  cluster.run(5000);
  const statuses = txs.map((tx) => cluster.replicas.map((replica) => replica.status(tx.txid)));
  for (const row of statuses) for (const each of row) assert.deepEqual(each, row[0]);
  const winners = statuses.filter((row) => row[0]?.state === 'checkpointed');
  assert.equal(winners.length, 1);
});

test('what is given up for another transaction names it', () => {
  const cluster = new ReplicaCluster();
  cluster.run(10);
  const taken = cluster.pay([cluster.coin(0)], [{ amount: 990n, lock }]);
  cluster.step(0, { kind: 'submit', tx: taken });
  // The second one waits for the next block of its lane, and that of the first lane comes before.
  const late = cluster.pay([cluster.coin(0)], [{ amount: 980n, lock }]);
  for (const tx of [cluster.pay([cluster.coin(2)], [{ amount: 990n, lock }]), late]) {
    cluster.step(1, { kind: 'submit', tx });
  }
  // This one waits for a parent; by the time that it comes, another input is spent.
  const parent = cluster.pay([cluster.coin(1)], [{ amount: 990n, lock }]);
  const inputs = [{ txid: parent.txid, index: 0 }, cluster.coin(0)];
  const child = cluster.pay(inputs, [{ amount: 980n, lock }]);
  cluster.step(2, { kind: 'submit', tx: child });
  cluster.run(100);
  cluster.step(2, { kind: 'submit', tx: parent });
  const lost = [
    { lane: 1, txid: late.txid, code: 'input-conflict' },
    { lane: 2, txid: child.txid, code: 'input-spent' },
  ];
  for (const { lane, txid, code } of lost) {
    const status = cluster.replicas[lane]?.status(txid);
    assert.ok(status?.state === 'dropped');
    assert.deepEqual([status.problem.code, status.winner], [code, taken.txid]);
    const told = cluster.statuses[lane]?.filter((one) => one.txid === txid);
    assert.deepEqual(told, [
      { txid, kind: 'dropped', problem: status.problem, winner: taken.txid },
    ]);
  }
});

test('a validator that was down catches up and continues its lane', () => {
  const cluster = new ReplicaCluster();
  cluster.run(10);
  const first = cluster.pay([cluster.coin(1)], [{ amount: 990n, lock }]);
  cluster.step(3, { kind: 'submit', tx: first });
  cluster.run(50);
  cluster.down.add(3);
  const txs = [5, 6, 7].map((i) => cluster.pay([cluster.coin(i)], [{ amount: 990n, lock }]));
  for (const tx of txs) {
    cluster.step(0, { kind: 'submit', tx });
    cluster.run(3000);
  }
  for (const tx of txs) assert.equal(cluster.replicas[1]?.status(tx.txid).state, 'checkpointed');
  const [changes, own] = [0, 3].map((lane) => cluster.replicas[lane]?.counters().viewChanges);
  assert.equal(own, 0);
  assert.ok(defined(changes, 'a counter') > 0, 'where the one that is down should have led');
  cluster.restart(3);
  cluster.run(3000);
  for (const tx of txs) assert.equal(cluster.replicas[3]?.status(tx.txid).state, 'checkpointed');
  const last = cluster.pay([cluster.coin(9)], [{ amount: 990n, lock }]);
  cluster.step(3, { kind: 'submit', tx: last });
  cluster.run(3000);
  for (const replica of cluster.replicas)
    assert.equal(replica.status(last.txid).state, 'checkpointed');
});

test('who lacks what a quorum told of a beat ago is not ready', () => {
  const cluster = new ReplicaCluster();
  cluster.run(10);
  const [replica] = cluster.replicas;
  const heads = { kind: 'heads', generation: 0, frontier: [0, 0, 0, 5], yours: null } as const;
  const tell = () => {
    for (const lane of [1, 2]) {
      cluster.step(0, { kind: 'message', from: { kind: 'lane', lane }, message: heads });
    }
  };
  assert.equal(replica?.progress().ready, true);
  tell();
  assert.equal(replica?.progress().ready, true, 'blocks may be on their way');
  tell();
  assert.equal(replica?.progress().ready, false);
});

test('heads that are old news do nothing when they are stepped; whatever else they may be does', () => {
  const cluster = new ReplicaCluster();
  cluster.run(10);
  const tx = cluster.pay([cluster.coin(0)], [{ amount: 990n, lock }]);
  cluster.step(0, { kind: 'submit', tx });
  cluster.run(5000);
  const replica = defined(cluster.replicas[0], 'the first');
  const from = { kind: 'lane', lane: 1 } as const;
  const frontier = replica.lanes().map(({ seq }) => seq);
  const heads = { kind: 'heads', generation: 0, frontier, yours: null } as const;
  assert.ok(frontier.every((seq) => seq > 0));
  assert.ok(replica.isOldNews(from, heads));
  const before = replica.progress();
  const effects = cluster.step(0, { kind: 'message', from, message: heads });
  const { send, persist, statuses, rejected } = effects;
  assert.deepEqual([send, persist, statuses, rejected], [[], [], [], []]);
  assert.deepEqual(replica.progress(), before);
  assert.ok(replica.isOldNews(from, heads));

  const ahead = frontier.map((seq, lane) => (lane === 3 ? seq + 1 : seq));
  const behind = frontier.map((seq, lane) => (lane === 3 ? seq - 1 : seq));
  for (const change of [
    { frontier: ahead },
    { frontier: behind },
    { frontier: [] },
    { generation: 1 },
    { yours: Uint8Array.of(1) },
  ]) {
    assert.ok(!replica.isOldNews(from, { ...heads, ...change }), JSON.stringify(change));
  }
  assert.ok(!replica.isOldNews({ kind: 'observer', id: 'a stranger' }, heads));
  cluster.step(0, { kind: 'connected', peer: from });
  assert.ok(!replica.isOldNews(from, heads), 'the first ones of a link');
});

test('what waits for its parent is not judged again in every millisecond', () => {
  const policy = { ...DEFAULT_POLICY, batchTimeoutMs: 0, minBlockIntervalMs: 50 };
  const cluster = new ReplicaCluster(4, { policy });
  cluster.run(100);
  cluster.down.add(2).add(3);
  const parent = cluster.pay([cluster.coin(0)], [{ amount: 990n, lock }]);
  cluster.step(1, { kind: 'submit', tx: parent });
  cluster.run(200);
  const child = cluster.pay([{ txid: parent.txid, index: 0 }], [{ amount: 980n, lock }]);
  const { submitted } = cluster.step(0, { kind: 'submit', tx: child });
  assert.deepEqual(submitted, [{ txid: child.txid, ok: true }]);
  let looks = 0;
  for (const end = cluster.now + 1000; cluster.now < end; looks++) {
    const { wakeAtMs } = cluster.step(0, { kind: 'tick' });
    cluster.now = Math.max(cluster.now + 1, wakeAtMs ?? end);
  }
  assert.ok(looks <= 1000 / policy.minBlockIntervalMs + 20, `${looks} looks in a second`);
  assert.equal(cluster.replicas[0]?.status(child.txid).state, 'pending');
});

for (const sharedChecks of [false, true]) {
  test(`a start checks no witnesses of own blocks again, where ${sharedChecks ? 'some' : 'all'} check each`, () => {
    const count = { checks: 0 };
    const shared = sharedChecks ? { sharedChecks } : {};
    const cluster = new ReplicaCluster(4, { verifier: counting(count) }, shared);
    cluster.run(10);
    // Nobody vouches for it.
    for (const lane of [1, 2, 3]) cluster.down.add(lane);
    const tx = cluster.pay([cluster.coin(0)], [{ amount: 990n, lock }]);
    cluster.step(0, { kind: 'submit', tx });
    assert.equal(cluster.said(0).length, 1);
    count.checks = 0;
    cluster.restart(0);
    assert.equal(count.checks, 0);
  });
}

test('no output is proved in a state that is computed ahead of its checkpoint', () => {
  const cluster = new ReplicaCluster();
  const { step } = cluster;
  const proofs: unknown[] = [];
  const prove = (of: TxId) => cluster.replicas[0]?.outputProof(of);
  cluster.step = (lane, input) => {
    if (lane === 0 && input.kind === 'rooted') proofs.push(prove(cluster.coin(0).txid));
    return step.call(cluster, lane, input);
  };
  cluster.run(10);
  for (const coin of [0, 1]) {
    const tx = cluster.pay([cluster.coin(coin)], [{ amount: 990n, lock }]);
    cluster.step(0, { kind: 'submit', tx });
    cluster.run(2000);
    assert.equal(prove(tx.txid)?.unspent?.length, 1);
  }
  assert.deepEqual(proofs, [undefined, undefined]);
});

test('what has its outcome in a generation before is answered, and not taken again', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  const tx = cluster.pay([cluster.coin(0)], [{ amount: 990n, lock }]);
  cluster.step(0, { kind: 'submit', tx });
  cluster.runUntil(() => cluster.replicas[0]?.generation === 1);
  const { submitted } = cluster.step(0, { kind: 'submit', tx });
  assert.deepEqual(submitted, [{ txid: tx.txid, ok: true }]);
  assert.equal(cluster.replicas[0]?.counters().submitted, 1);
});
