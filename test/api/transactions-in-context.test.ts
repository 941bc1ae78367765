import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { txidOf } from '../../src/codec/transaction.ts';
import { encodeAddress } from '../../src/crypto/address.ts';
import type { TxId } from '../../src/types/ids.ts';
import { addressOf, bob, GENESIS_AMOUNT, lockOf, payment, signed } from './fake-ledger.ts';
import { assertUnharmed, post, serving } from './serve.ts';

const toBob = (amount: bigint) => ({ amount, lock: lockOf(bob) });

describe('REST: transactions in their context', () => {
  const served = serving();

  it('T6: a child of a pending parent is taken', async () => {
    const { api } = served;
    const parent = payment(1);
    const child = payment(1, {
      inputs: [{ txid: txidOf(parent), index: 0 }],
      outputs: [toBob(GENESIS_AMOUNT - 20n)],
    });
    assert.equal((await post(api, '/v1/transactions', signed(parent))).status, 202);
    assert.equal((await post(api, '/v1/transactions', signed(child, bob))).status, 202);
  });

  it('T8: of rivals posted at once one is taken, the other is told by whom it lost', async () => {
    const rivals = [payment(2), payment(2, { validUntil: 999 })].map((body) => signed(body));
    const answers = await Promise.all(
      rivals.map((bytes) => post(served.api, '/v1/transactions', bytes)),
    );
    const winner = answers.find(({ status }) => status === 202);
    const loser = answers.find(({ status }) => status === 409);
    assert.equal(loser?.body.code, 'input-conflict');
    assert.equal(loser?.body.winner, winner?.body.txid);
  });

  it('T22: a refused transaction that comes again is refused again', async () => {
    const { api, node } = served;
    const before = node.fingerprint();
    const bytes = signed(payment(3, { outputs: [toBob(GENESIS_AMOUNT)] }));
    for (let n = 0; n < 3; n++) {
      const { status, body } = await post(api, '/v1/transactions', bytes);
      assert.deepEqual([status, body.code], [422, 'insufficient-fee']);
    }
    assert.equal(node.fingerprint(), before);
  });

  it('T23: one that loses after it was taken keeps its reason and winner', async () => {
    const { api, node } = served;
    const txid = txidOf(payment(4));
    await post(api, '/v1/transactions', signed(payment(4)));
    const winner = 'e'.repeat(64) as TxId;
    node.set(txid, { state: 'rejected', reason: 'input-spent', winner, epoch: null });
    const { status, body } = await post(api, '/v1/transactions', signed(payment(4)));
    assert.equal(status, 200);
    assert.deepEqual([body.state, body.reason, body.winner], ['rejected', 'input-spent', winner]);
  });
});

describe('REST: bad addresses', () => {
  const served = serving();

  it('T21: malformed, mistyped, or of another network', async () => {
    const good = addressOf(bob);
    const before = served.node.fingerprint();
    const addresses = [
      `${good.slice(0, -1)}${good.endsWith('q') ? 'p' : 'q'}`,
      good.slice(0, -1),
      `${good}q`,
      encodeAddress('alth', lockOf(bob)),
      good.replace('1', ''),
      'althdev1',
      'x',
    ];
    for (const address of addresses) {
      const body = JSON.stringify({ address, amount: '1' });
      const answer = await post(served.api, '/dev/v1/faucet', body);
      assert.deepEqual([answer.status, answer.body.code], [400, 'bad-address'], address);
      const read = await fetch(`${served.api.url}/v1/addresses/${address}`);
      assert.equal(read.status, 400, address);
    }
    await assertUnharmed(served, before);
  });
});
