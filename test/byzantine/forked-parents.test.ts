import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TxStatus } from '../../src/replica/view.ts';
import type { TxId } from '../../src/types/ids.ts';
import { NODE_LIMITS } from '../../src/types/limits.ts';
import { lock, type ReplicaCluster } from '../replica/replica-cluster.ts';
import { HONEST } from './lane.ts';
import { started, stateOf, WHILE_MS } from './small-world.ts';

/** Lane 3 has shown a block that the others name: what it shows beside that block, they never do. */
function forking() {
  const world = started();
  const { cluster, liar, pay } = world;
  liar.show(liar.block({ txs: [pay(1)] }), ...HONEST);
  cluster.run(WHILE_MS);
  return world;
}

function childOf({ spend }: ReturnType<typeof started>, txid: TxId, index = 0) {
  return spend({ txid, index });
}

function tell({ replicas }: ReplicaCluster, lane: number, txid: TxId): string | undefined {
  const status: TxStatus | undefined = replicas[lane]?.status(txid);
  return status?.state === 'dropped' ? status.problem.code : status?.state;
}

function assertNobodyWaits({ replicas }: ReplicaCluster): void {
  for (const lane of HONEST) {
    const { mempoolTxs, orphans } = replicas[lane]!.counters();
    assert.deepEqual([mempoolTxs, orphans], [0, 0]);
  }
}

describe('8.1: what waits for a payment that stands in a fork alone', () => {
  it('is given up when a ledger has its rival, and refused from then on', () => {
    const world = forking();
    const { cluster, liar, pay } = world;
    const [winner, loser] = [pay(0), pay(0)];
    // The first one is cut at once, the next waits for the next cut.
    for (const tx of [pay(2), winner]) {
      cluster.step(0, { kind: 'submit', tx });
      cluster.run(50);
    }
    assert.equal(stateOf(cluster, winner.txid), 'final');
    liar.show(liar.block({ txs: [loser] }), 1, 2);
    const [waits, late] = [childOf(world, loser.txid), childOf(world, loser.txid)];
    const { submitted } = cluster.step(1, { kind: 'submit', tx: waits });
    assert.deepEqual(submitted, [{ txid: waits.txid, ok: true }]);
    cluster.run(WHILE_MS);
    assert.equal(stateOf(cluster, winner.txid), 'checkpointed');
    assert.equal(tell(cluster, 1, loser.txid), 'admitted', 'it has no outcome');
    assert.equal(tell(cluster, 1, waits.txid), 'parent-rejected');
    const [refused] = cluster.step(2, { kind: 'submit', tx: late }).submitted;
    assert.equal(refused?.ok === false && refused.problem.code, 'parent-rejected');
    assertNobodyWaits(cluster);
  });

  it('is given up, as children of unknown ones are, when that has expired', () => {
    const world = forking();
    const { cluster, liar, pay, spend } = world;
    for (const coin of [2, 3]) {
      cluster.step(0, { kind: 'submit', tx: pay(coin) });
      cluster.run(WHILE_MS);
    }
    const expired = cluster.pay([cluster.coin(0)], [{ amount: 980n, lock }], 1);
    liar.show(liar.block({ txs: [expired] }), ...HONEST);
    const child = spend({ txid: expired.txid, index: 0 });
    cluster.step(1, { kind: 'submit', tx: child });
    cluster.run(WHILE_MS);
    assert.equal(tell(cluster, 1, expired.txid), 'admitted', 'it has no outcome');
    assert.equal(tell(cluster, 1, child.txid), 'pending');
    cluster.now += NODE_LIMITS.orphanMs.value;
    cluster.run(200);
    assert.equal(tell(cluster, 1, child.txid), 'unknown-input');
    assertNobodyWaits(cluster);
  });

  it('is taken up when others have named that, though it could not be told what becomes of it', () => {
    const world = started();
    const { cluster, liar, spend } = world;
    const outputs = Array.from({ length: 65 }, () => ({ amount: 15n, lock }));
    const parts = cluster.pay([cluster.coin(0)], outputs);
    cluster.step(0, { kind: 'submit', tx: parts });
    cluster.run(100);
    const inputs = outputs.map((_, index) => ({ txid: parts.txid, index }));
    const parent = cluster.pay(inputs, [{ amount: 970n, lock }]);
    const refs = HONEST.map((lane) => liar.newestOf(lane));
    const header = { epoch: 1 };
    const named = liar.block({ refs, header, txs: [parent] });
    liar.show(liar.block({ refs, header }), 0);
    liar.show(named, ...HONEST);
    const child = spend({ txid: parent.txid, index: 0 });
    cluster.step(0, { kind: 'submit', tx: child });
    assert.equal(cluster.replicas[0]!.counters().orphans, 1);
    cluster.run(WHILE_MS);
    assert.deepEqual(liar.rejected, []);
    for (const { txid } of [parent, child]) assert.equal(stateOf(cluster, txid), 'checkpointed');
    assertNobodyWaits(cluster);
  });
});
