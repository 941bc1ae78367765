import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { txidOf } from '../../src/codec/transaction.ts';
import { payment, signed } from './fake-ledger.ts';
import { ask, serving } from './serve.ts';

const txid = txidOf(payment(0));

/** Rule 9.7: that of a stop checkpoint stands for those before it, which then get none any more. */
describe('REST: an epoch that rests on a later certificate', () => {
  const served = serving();

  before(async () => {
    const { node } = served;
    await node.settle(signed(payment(0)), txid);
    node.checkpoint();
    const certificate = node.certificate.bind(node);
    node.certificate = (epoch) => (epoch === 2 ? undefined : certificate(epoch));
    node.transactionProof = () => undefined;
    node.snapshots = { ...node.snapshots, ledger: () => undefined };
  });

  for (const path of [
    '/v1/epochs/2/ledger',
    '/v1/snapshots/2/pages',
    '/v1/checkpoints/2',
    `/v1/transactions/${txid}/proof`,
  ]) {
    it(`is not told to have it later, so that nobody waits for it: ${path}`, async () => {
      const { status, body } = await ask(served.api, path);
      assert.deepEqual([status, (body as { code: string }).code], [410, 'pruned']);
    });
  }

  it('hides none that is older', async () => {
    const { body } = await ask(served.api, '/v1/checkpoints');
    const { data } = body as { data: { epoch: number }[] };
    assert.deepEqual(
      data.map(({ epoch }) => epoch),
      [3, 1],
    );
  });
});
