import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lock, ReplicaCluster } from '../../../test/replica/replica-cluster.ts';
import { defined } from '../../std/assert.ts';
import type { ReplicaParts } from '../generation.ts';

test('9.9: what no quorum has signed here is not begun with, but what was before it', () => {
  const parts: ReplicaParts[] = [];
  const cluster = new ReplicaCluster(
    4,
    { tamperParts: (each) => parts.push(each) },
    { generationEpochs: 1 },
  );
  cluster.run(10);
  for (const coin of [0, 1, 2]) {
    const tx = cluster.pay([cluster.coin(coin)], [{ amount: 990n, lock }]);
    cluster.step(0, { kind: 'submit', tx });
    cluster.run(3000);
  }
  const replica = defined(cluster.replicas[0], 'lane 0');
  assert.equal(replica.generation, 3);
  const kept = () => replica.keepFrom(1)?.start.epoch;
  assert.equal(kept(), 2);
  const own = parts.find(({ core }) => core.options.lane === 0);
  const { checkpoints } = defined(own, 'its parts');
  const certificate = checkpoints.certificate.bind(checkpoints);
  checkpoints.certificate = (epoch) => (epoch === 2 ? undefined : certificate(epoch));
  assert.equal(kept(), 1);
});
