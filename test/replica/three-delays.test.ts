import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import type { Verifier } from '../../src/types/signature.ts';
import { counting, lock, ReplicaCluster, verifier } from './replica-cluster.ts';

const DELAYS = 3;
/** Blocks leave as soon as there is a reason for them: what is counted is messages alone. */
const policy = { ...DEFAULT_POLICY, minBlockIntervalMs: 0 };

/** How many validators call a payment final after each of the first deliveries. */
function finalAfter(
  down: readonly number[],
  params: { sharedChecks?: true } = {},
  own: Verifier = verifier,
): number[] {
  const cluster = new ReplicaCluster(4, { policy, verifier: own }, params);
  cluster.run(10);
  for (const lane of down) cluster.down.add(lane);
  const tx = cluster.pay([cluster.coin(0)], [{ amount: 990n, lock }]);
  cluster.step(0, { kind: 'submit', tx });
  return Array.from({ length: DELAYS }, () => {
    cluster.run(1);
    const isFinal = (replica: ReplicaCluster['replicas'][number]): boolean =>
      replica.status(tx.txid).state === 'final';
    return cluster.replicas.filter(isFinal).length;
  });
}

describe('a payment without a rival', () => {
  it('is final after three deliveries, not before', () => {
    assert.deepEqual(finalAfter([]), [0, 0, 4]);
  });

  it('is so where a validator is away', () => {
    assert.deepEqual(finalAfter([3]), [0, 0, 3]);
  });

  it('is so on the word of the one that is drawn, without a check of the others', () => {
    const count = { checks: 0 };
    assert.deepEqual(finalAfter([], { sharedChecks: true }, counting(count)), [0, 0, 4]);
    assert.equal(count.checks, 0);
  });
});
