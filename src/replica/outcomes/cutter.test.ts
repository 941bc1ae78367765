import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OtherLanes, speaking } from '../../../test/replica/other-lanes.ts';
import { lock } from '../../../test/replica/replica-cluster.ts';

test('6.9: what is contested waits for a rival that some lane saw before it and that is in no cut yet', () => {
  const lone = speaking();
  const others = new OtherLanes(lone);
  const pay = (amount: bigint) => lone.cluster.pay([lone.cluster.coin(0)], [{ amount, lock }]);
  const [tx, rival] = [pay(9n), pay(8n)];
  others.says(others.next(1, { txs: [tx] }));
  others.says(others.next(3, { txs: [rival], refs: [] }));
  // Lane 2 has seen the one, and not yet the other.
  others.says(others.next(2, { refs: [others.head(1)] }));
  // All three give a verdict on the one; on the other so far lane 1 alone, in the cut itself.
  others.says(others.next(3, { prev: others.head(3), refs: [others.head(2)] }));
  others.says(others.next(1), others.next(2, { prev: others.head(2), refs: [others.head(3)] }));
  others.decide();
  const [replica] = lone.cluster.replicas;
  assert.equal(replica?.progress().applied, 1);
  const states = [tx, rival].map(({ txid }) => replica?.status(txid).state);
  assert.deepEqual(states, ['admitted', 'admitted']);
});
