import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoneReplica } from '../../test/replica/lone-replica.ts';
import { forged } from '../../test/replica/shared-cluster.ts';
import { DEFAULT_POLICY } from './replica-options.ts';

test('10.1: a block is sound when all its witnesses sign, not some of them', () => {
  const lone = new LoneReplica({ sharedChecks: true });
  const txs = [lone.pay(0), lone.pay(1)] as const;
  const states = () => txs.map(({ txid }) => lone.cluster.replicas[0]?.status(txid).state);
  // It is left to another to check this one, which says nothing.
  const { bytes } = lone.block(1, { txs: [txs[0], forged(txs[1])] });
  lone.cluster.receive(1, 0, bytes);
  assert.deepEqual(states(), ['admitted', 'admitted']);
  lone.said(DEFAULT_POLICY.checkPatienceMs + 1);
  assert.deepEqual(states(), ['unknown', 'unknown']);
});
