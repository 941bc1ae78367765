import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lock, ReplicaCluster } from '../../test/replica-cluster.ts';

test('one arrival that lets more blocks in than memory keeps needs none of them from the journal yet', () => {
  const cluster = new ReplicaCluster(4, { nodeWindow: 8 });
  cluster.run(10);
  cluster.down.add(3);
  for (let i = 0; i < 6; i++) {
    cluster.step(i % 3, {
      kind: 'submit',
      tx: cluster.pay([cluster.coin(i)], [{ amount: 9n, lock }]),
    });
    cluster.run(200);
  }
  const blocks = cluster.journals[0]!.slice(cluster.journals[3]!.length);
  assert.ok(blocks.length > 30, `${blocks.length} blocks`);
  for (const bytes of [...blocks].reverse()) cluster.receive(0, 3, bytes);
  assert.ok(cluster.journals[3]!.length >= cluster.journals[0]!.length, 'all of them are in');
  cluster.down.delete(3);
  cluster.run(3000);
  const last = cluster.pay([cluster.coin(9)], [{ amount: 9n, lock }]);
  cluster.step(3, { kind: 'submit', tx: last });
  cluster.run(3000);
  for (const replica of cluster.replicas) {
    assert.equal(replica.status(last.txid).state, 'checkpointed');
  }
});
