import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lock, ReplicaCluster, secrets, verifier } from '../../../test/replica/replica-cluster.ts';
import { decodeSnapshotPage } from '../../codec/snapshot.ts';
import { createSigner } from '../../crypto/sign.ts';
import { COIN_TABLE } from '../../ledger/coins.ts';
import { MemoryStore } from '../../storage/memory-store.ts';
import type { Epoch, Outpoint } from '../../types/ids.ts';
import { NODE_LIMITS } from '../../types/limits.ts';
import type { Transaction, Verified } from '../../types/transaction.ts';
import { Replica } from '../replica.ts';
import { DEFAULT_POLICY } from '../replica-options.ts';
import { StopInstallation } from './beginning.ts';
import { SnapshotPage } from './snapshot.ts';

/** Pays with this coin, and waits until all have that in a certified checkpoint. */
function paid(
  cluster: ReplicaCluster,
  coin: Outpoint,
  amount: bigint,
  validUntil?: Epoch,
): Verified<Transaction> {
  const tx = cluster.pay([coin], [{ amount, lock }], validUntil);
  cluster.step(1, { kind: 'submit', tx });
  cluster.run(3000);
  return tx;
}

test('9.10: who begins at a stop checkpoint tells of what is gone what it knows, or that nobody here can tell', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  const kept = paid(cluster, cluster.coin(0), 990n);
  const spent = paid(cluster, cluster.coin(1), 990n);
  paid(cluster, { txid: spent.txid, index: 0 }, 980n);
  const replica = beginningAt(cluster, 3, [kept, spent]);
  const told = [
    ...replica.step(cluster.now, { kind: 'tick' }).statuses,
    ...replica.step(cluster.now, { kind: 'submit', tx: kept }).statuses,
    ...replica.step(cluster.now + NODE_LIMITS.orphanMs.value + 1000, { kind: 'tick' }).statuses,
  ];
  assert.deepEqual(replica.status(kept.txid), { state: 'checkpointed', epoch: 1 });
  const status = replica.status(spent.txid);
  assert.ok(status.state === 'dropped' && status.problem.code === 'pruned', 'nobody here can tell');
  assert.deepEqual(told, [
    { txid: spent.txid, kind: 'dropped', problem: status.problem, winner: null },
  ]);
});

test('9.10: what expired while it was away is told as given up only if no ledger that it missed can have it', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  const taken = paid(cluster, cluster.coin(0), 990n, 1);
  const never = cluster.pay([cluster.coin(5)], [{ amount: 990n, lock }], 1);
  paid(cluster, { txid: taken.txid, index: 0 }, 980n);
  const replica = beginningAt(cluster, 2, [taken, never]);
  const told = replica.step(cluster.now, { kind: 'tick' }).statuses;
  const codes = told.map((each) => each.kind === 'dropped' && [each.txid, each.problem.code]);
  assert.deepEqual(codes, [
    [taken.txid, 'pruned'],
    [never.txid, 'expired'],
  ]);
});

test('9.6: of two rivals that were left over the second one is given up, and names the first', () => {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  paid(cluster, cluster.coin(0), 990n);
  const rivals = [990n, 980n].map((amount) => cluster.pay([cluster.coin(1)], [{ amount, lock }]));
  const [first, second] = rivals as [Verified<Transaction>, Verified<Transaction>];
  const replica = beginningAt(cluster, 1, rivals);
  const told = replica.step(cluster.now, { kind: 'tick' }).statuses;
  const status = replica.status(second.txid);
  assert.ok(status.state === 'dropped');
  assert.deepEqual([status.problem.code, status.winner], ['input-conflict', first.txid]);
  const { txid } = second;
  assert.deepEqual(told, [{ txid, kind: 'dropped', problem: status.problem, winner: first.txid }]);
});

/** Takes up the state of this stop checkpoint; these had no outcome where it comes from. */
function beginningAt(
  cluster: ReplicaCluster,
  epoch: number,
  left: readonly Verified<Transaction>[],
): Replica {
  const { genesis, ledgerId, committee } = cluster;
  const store = new MemoryStore();
  const certificate = cluster.replicas[0]?.certificate(epoch);
  assert.ok(certificate !== undefined);
  const trust = { ledgerId, committee, verifier };
  const begun = StopInstallation.begin({ store, genesis, trust }, certificate);
  assert.ok(begun.ok);
  const page = new SnapshotPage(epoch);
  for (const entry of (cluster.stores[0] as MemoryStore).list(COIN_TABLE, { limit: 1000 })) {
    page.add(entry);
  }
  const leaves = decodeSnapshotPage(page.encode());
  assert.ok(leaves.ok && begun.value.add(leaves.value).ok);
  const start = begun.value.finish(0);
  assert.ok(start.ok);
  return new Replica({
    genesis,
    ledgerId,
    committee,
    verifier,
    store,
    policy: DEFAULT_POLICY,
    lane: 0,
    signer: createSigner(secrets[0] as Uint8Array),
    archive: { read: () => assert.fail('nothing is journalled') },
    beginning: {
      start: start.value,
      left: left.map((tx) => ({ tx, own: true })),
      nowMs: cluster.now,
    },
  });
}
