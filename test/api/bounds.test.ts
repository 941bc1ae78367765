import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutpointKey, TxId } from '../../src/types/ids.ts';
import { API_LIMITS } from '../../src/types/limits.ts';
import { addressOf, bob, coinKeys } from './fake-ledger.ts';
import { FakeNode } from './fake-node.ts';
import { ask, serving } from './serve.ts';

const OTHER = 'ab'.repeat(32) as TxId;

describe('REST: bounds', () => {
  const served = serving(() => {
    const node = new FakeNode();
    const key = coinKeys[0] as OutpointKey;
    node.addresses = {
      // Asked apart from what was read it is that of a later ledger.
      epoch: () => 100,
      unspent: async (_lock, _after, limit) => ({
        epoch: 2,
        entries: Array(limit).fill({ key, amount: 4n }),
      }),
      balance: async (_lock, outputs) => {
        return { epoch: 2, amount: 4n * BigInt(outputs), outputs, complete: false };
      },
    };
    return node;
  });

  it('the balance of an owner with endless outputs is cut off, and says so', async () => {
    const { body } = await ask(served.api, `/v1/addresses/${addressOf(bob)}`);
    assert.deepEqual([body.balance, body.outputs, body.complete], ['40000', 10_000, false]);
  });

  it('what is told of an owner names the ledger in which it was read', async () => {
    const { body } = await ask(served.api, `/v1/addresses/${addressOf(bob)}`);
    assert.equal(body.as_of.epoch, 2);
    const outputs = await ask(served.api, `/v1/addresses/${addressOf(bob)}/outputs?limit=1`);
    assert.deepEqual([outputs.body.data[0].amount, outputs.body.as_of.epoch], ['4', 2]);
  });

  it('R15: more is not waited for than may be, and a wait that ends makes room', async () => {
    const { api, node } = served;
    const perCall = API_LIMITS.batchTxsMax.value;
    const calls = Math.floor(API_LIMITS.waitsMax.value / perCall);
    const leave = new AbortController();
    const query = (signal: AbortSignal) =>
      ask(api, '/v1/transactions/query?wait=final&timeout_ms=30000', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ txids: Array(perCall).fill(OTHER) }),
        signal,
      });
    const waiting = Array.from({ length: calls }, () => query(leave.signal));
    await node.waits(calls * perCall);
    const refused = await query(new AbortController().signal);
    assert.deepEqual([refused.status, refused.body.code], [503, 'busy']);
    leave.abort();
    await Promise.allSettled(waiting);
    await node.waits(0);
    const taken = query(new AbortController().signal);
    await node.waits(perCall);
    node.set(OTHER, { state: 'final', path: 'clean' });
    assert.equal((await taken).status, 200);
  });
});
