import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Digest } from '../src/types/ids.ts';
import { NODE_LIMITS } from '../src/types/limits.ts';
import { ByzantineLane, HONEST } from './byzantine-lane.ts';
import { lock, ReplicaCluster } from './replica-cluster.ts';
import { started, stateOf, WHILE_MS } from './small-world.ts';

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
