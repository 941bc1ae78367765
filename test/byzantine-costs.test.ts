import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Digest } from '../src/types/ids.ts';
import { NODE_LIMITS } from '../src/types/limits.ts';
import { started } from './small-world.ts';

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
});
