import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Block } from '../../src/types/block.ts';
import type { Digest } from '../../src/types/ids.ts';
import { NODE_LIMITS } from '../../src/types/limits.ts';
import type { Transaction, Verified } from '../../src/types/transaction.ts';
import { lock, ReplicaCluster } from '../replica/replica-cluster.ts';
import { ByzantineLane, HONEST } from './lane.ts';
import { started, stateOf, WHILE_MS } from './small-world.ts';

/** Lemma 7.30, for four lanes. */
const BRANCHES_MAX = 4;

/** A lane that forks at its first block, another that names its branches, and something that does not exist. */
function naming() {
  const { cluster, liar, pay } = started();
  const other = new ByzantineLane(cluster, 2);
  const first = liar.block({ txs: [pay(0)] });
  const nowhere = { ...first, digest: 'ab'.repeat(32) as Digest };
  const lost = { ...nowhere, header: { ...first.header, lane: 1, seq: 99 } };
  const roots = Array.from({ length: 20 }, (_, i) => liar.block({ txs: [pay(i + 1)] }));
  return { cluster, liar, other, lost, first, roots, pay };
}

/** An honest block that the first replica has not got yet. */
function lateBlock(cluster: ReplicaCluster, tx: Verified<Transaction>): Block {
  cluster.step(1, { kind: 'submit', tx });
  return cluster.said(1).at(-1)!;
}

/** What the blocks of one lane cost those who hear them. */
describe('a Byzantine lane', () => {
  it('B24: signs one contradiction after the other: so many proofs are looked for as are kept', () => {
    const { cluster, liar } = started();
    const votes = [{ kind: 'viewchange', epoch: 1, view: 1 }] as const;
    const first = liar.block({ votes });
    liar.show(first, 0);
    const from = { kind: 'lane', lane: 3 } as const;
    const { value: most } = NODE_LIMITS.evidencePerLaneMax;
    const proofs = Array.from({ length: most + 3 }, (_, i) => {
      const block = liar.block({ prev: first, votes, header: { timeMs: cluster.now + i } });
      return cluster.step(0, { kind: 'block', from, block }).evidence.length;
    });
    assert.deepEqual(proofs, [...new Array(most).fill(1), 0, 0, 0]);
  });

  it('B1, B4: cannot have more branches taken by naming them itself, in blocks that wait', () => {
    const { cluster, liar, pay } = started();
    const first = liar.block({ txs: [pay(0)] });
    const nowhere = { ...first, digest: 'ab'.repeat(32) as Digest };
    const refs = [{ ...nowhere, header: { ...first.header, lane: 1, seq: 99 } }];
    const roots = Array.from({ length: 20 }, () => liar.block({ txs: [pay(1)] }));
    for (const prev of roots) liar.show(liar.block({ prev, refs }), 0);
    for (const block of [first, ...roots]) liar.show(block, 0);
    const { waitingBlocks, admittedTxs } = cluster.replicas[0]!.counters();
    // What it had, and what showed the fork.
    assert.deepEqual([waitingBlocks, admittedTxs], [roots.length, 2]);
  });

  it('B1, B4: cannot have more branches taken that have waited for one block since before the fork was known', () => {
    const { cluster, liar, pay } = started();
    const late = lateBlock(cluster, pay(0));
    const roots = Array.from({ length: 20 }, () => liar.block({ refs: [late], txs: [pay(1)] }));
    for (const block of roots) liar.show(block, 0);
    assert.equal(cluster.replicas[0]!.counters().waitingBlocks, roots.length);
    cluster.receive(1, 0, late.bytes);
    const { waitingBlocks, admittedTxs } = cluster.replicas[0]!.counters();
    // The honest payment, what came first, and what showed the fork.
    assert.deepEqual([waitingBlocks, admittedTxs], [0, 3]);
  });

  it('2.10: has so many branches taken as a correct lane may name, whoever names more and whatever it waits for', () => {
    const { cluster, liar, other, lost, first, roots } = naming();
    for (const root of roots) other.show(other.block({ refs: [lost, root] }), 0);
    for (const block of [first, ...roots]) liar.show(block, 0);
    assert.equal(cluster.replicas[0]!.counters().admittedTxs, 2 + BRANCHES_MAX);
    // What an honest lane names comes in all the same.
    const last = roots.at(-1)!;
    const state = () => cluster.replicas[0]!.status(last.txs[0]!.txid).state;
    assert.equal(state(), 'unknown');
    liar.show(last, 1);
    cluster.run(WHILE_MS);
    assert.equal(state(), 'admitted');
  });

  it('2.10: has as many taken again after a start, whose accounts are new, and keeps none out that an honest lane names', () => {
    const { cluster, liar, other, lost, first, roots } = naming();
    const name = () => {
      for (const root of roots) other.show(other.block({ refs: [lost, root] }), 0);
      for (const block of [first, ...roots]) liar.show(block, 0);
      return cluster.replicas[0]!.counters().admittedTxs;
    };
    assert.equal(name(), 2 + BRANCHES_MAX);
    cluster.restart(0);
    assert.equal(name(), 2 + 2 * BRANCHES_MAX);
    const last = roots.at(-1)!;
    const state = () => cluster.replicas[0]!.status(last.txs[0]!.txid).state;
    assert.equal(state(), 'unknown');
    liar.show(last, 1);
    cluster.run(WHILE_MS);
    assert.equal(state(), 'admitted');
  });

  it('2.10: has a branch taken as long as it is, by one name or many', () => {
    const { cluster, liar, other, lost, first, roots } = naming();
    const branch = [roots.shift()!];
    while (branch.length < 10) branch.push(liar.block({ prev: branch.at(-1)! }));
    for (const named of [...branch, ...roots]) {
      other.show(other.block({ refs: [lost, named] }), 0);
    }
    for (const block of [first, roots[0]!]) liar.show(block, 0);
    const { admittedBlocks } = cluster.replicas[0]!.counters();
    for (const block of [...branch, ...roots]) liar.show(block, 0);
    const taken = cluster.replicas[0]!.counters().admittedBlocks - admittedBlocks;
    assert.equal(taken, branch.length + BRANCHES_MAX - 1);
  });

  it('2.10: has nothing taken on the word of one that forks itself, whenever that comes out', () => {
    const { cluster, liar, other, lost, first, pay } = naming();
    const late = lateBlock(cluster, pay(1));
    const roots = Array.from({ length: 20 }, () => liar.block({ refs: [late], txs: [pay(2)] }));
    for (const root of roots) other.show(other.block({ refs: [lost, root] }), 0);
    for (const block of roots) liar.show(block, 0);
    for (const timeMs of [0, 1]) other.show(other.block({ header: { timeMs } }), 0);
    liar.show(first, 0);
    cluster.receive(1, 0, late.bytes);
    // The honest payment, the first block, and what showed the fork.
    assert.equal(cluster.replicas[0]!.counters().admittedTxs, 3);
  });

  it('2.10: has a branch taken when an honest lane names it, though it is too long to wait and no longer waits in full', () => {
    const { cluster, liar, other, lost, first, roots, pay } = naming();
    const branch = [liar.block({ txs: [pay(30)] })];
    const { value: most } = NODE_LIMITS.waitingBlocksPerLaneMax;
    while (branch.length < most + 2) branch.push(liar.block({ prev: branch.at(-1)! }));
    const last = branch.at(-1)!;
    for (const named of [...roots, last]) other.show(other.block({ refs: [lost, named] }), 0);
    for (const block of [first, ...roots, ...branch.toReversed()]) liar.show(block, 0);
    const state = () => cluster.replicas[0]!.status(branch[0]!.txs[0]!.txid).state;
    assert.equal(state(), 'unknown');
    for (const block of branch) liar.show(block, 1);
    cluster.run(WHILE_MS);
    assert.equal(state(), 'admitted');
  });

  it('A5: leaves a full block that nobody acks: others look at it as at one with a single transaction', () => {
    const looks = [1, 400].map((strays) => {
      let asked = 0;
      const cluster = new ReplicaCluster(4, {
        tamper: ({ graph }) => {
          const contains = graph.contains.bind(graph);
          graph.contains = (history, id) => {
            asked++;
            return contains(history, id);
          };
        },
      });
      const liar = new ByzantineLane(cluster);
      cluster.run(10);
      const outputs = Array.from({ length: 400 }, () => ({ amount: 2n, lock }));
      const { txid } = cluster.step(0, {
        kind: 'submit',
        tx: cluster.pay([cluster.coin(0)], outputs),
      }).submitted[0]!;
      cluster.run(WHILE_MS);
      const first = liar.block({});
      liar.show(first, ...HONEST);
      cluster.run(WHILE_MS);
      const last = liar.newestOf(0);
      const { epoch } = last.header;
      const txs = Array.from({ length: strays }, (_, index) =>
        // It cannot be proposed any more when the next epoch has begun.
        cluster.pay([{ txid, index }], [{ amount: 1n, lock }], epoch),
      );
      liar.show(liar.block({ refs: [last], txs, header: { epoch } }), ...HONEST);
      assert.deepEqual(liar.rejected, []);
      assert.equal(cluster.replicas[0]!.counters().contested, strays);
      cluster.step(0, {
        kind: 'submit',
        tx: cluster.pay([cluster.coin(1)], [{ amount: 9n, lock }]),
      });
      cluster.run(WHILE_MS);
      asked = 0;
      const tx = cluster.pay([cluster.coin(2)], [{ amount: 9n, lock }]);
      cluster.step(1, { kind: 'submit', tx });
      cluster.run(WHILE_MS);
      assert.equal(stateOf(cluster, tx.txid), 'checkpointed');
      return asked;
    });
    assert.ok(looks[1]! < 2 * looks[0]!, `${looks}`);
  });
});
