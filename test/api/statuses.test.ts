import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { txidOf } from '../../src/codec/transaction.ts';
import { problem } from '../../src/types/errors.ts';
import type { TxId } from '../../src/types/ids.ts';
import { payment, signed } from './fake-ledger.ts';
import { ask, post, read, serving } from './serve.ts';

const OTHER = 'ab'.repeat(32) as TxId;

describe('REST: statuses', () => {
  const served = serving();
  const body = payment(0);
  const txid = txidOf(body);

  before(() => served.node.settle(signed(body), txid));

  const get = (path: string) => read(served.api, path);

  it('the status of a transaction, waiting for one that nobody has seen', async () => {
    const { api, node } = served;
    assert.deepEqual(await get(`/v1/transactions/${txid}`), {
      txid,
      state: 'checkpointed',
      epoch: 1,
    });
    const unseen = await ask(api, `/v1/transactions/${OTHER}`);
    assert.equal(unseen.status, 404);
    assert.equal(unseen.body.code, 'not-found');
    const waited = ask(api, `/v1/transactions/${OTHER}?wait=admitted`);
    await node.waits(1);
    node.set(OTHER, { state: 'admitted', rivals: [txid] });
    assert.deepEqual((await waited).body, { txid: OTHER, state: 'admitted', rivals: [txid] });
  });

  it('a dropped transaction with its reason', async () => {
    const gone = 'cd'.repeat(32) as TxId;
    const late = { state: 'dropped', problem: problem('unknown-input', 'too late') } as const;
    served.node.set(gone, { ...late, winner: null });
    assert.deepEqual(await get(`/v1/transactions/${gone}`), {
      txid: gone,
      state: 'dropped',
      code: 'unknown-input',
      detail: 'too late',
    });
    const lost = { state: 'dropped', problem: problem('input-conflict', 'second') } as const;
    served.node.set(gone, { ...lost, winner: txid });
    assert.deepEqual(await get(`/v1/transactions/${gone}`), {
      txid: gone,
      state: 'dropped',
      winner: txid,
      code: 'input-conflict',
      detail: 'second',
    });
  });

  it('many statuses at once, waiting for all', async () => {
    const { api, node } = served;
    const late = 'ef'.repeat(32) as TxId;
    const json = JSON.stringify({ txids: [txid, late] });
    const now = await post(api, '/v1/transactions/query', json);
    assert.deepEqual(
      now.body.results.map((one: { state: string }) => one.state),
      ['checkpointed', 'unknown'],
    );
    const waited = post(api, '/v1/transactions/query?wait=final', json);
    await node.waits(1);
    node.set(late, { state: 'final', path: 'contested' });
    assert.deepEqual((await waited).body.results[1], {
      txid: late,
      state: 'final',
      path: 'contested',
    });
  });

  it('the feed: what changed since a cursor, waiting for what is wanted', async () => {
    const { api, node } = served;
    const { cursor } = await get('/v1/feed');
    const waiting = ask(api, `/v1/feed?cursor=${cursor}&wait_ms=20000&states=final,rejected`);
    await node.readers(1);
    node.statusLog.append([{ txid, kind: 'admitted' }], 1000);
    await node.readers(1);
    node.statusLog.append(
      [
        { txid, kind: 'final', path: 'clean' },
        { txid: OTHER, kind: 'rejected', reason: 'input-spent', winner: txid },
      ],
      1001,
    );
    const { body } = await waiting;
    assert.equal(body.gap, false);
    assert.deepEqual(body.data, [
      { txid, state: 'final', at_ms: 1001, path: 'clean' },
      { txid: OTHER, state: 'rejected', at_ms: 1001, reason: 'input-spent', winner: txid },
    ]);
    node.statusLog.append(
      [
        { txid, kind: 'checkpointed', epoch: 3 },
        { txid: OTHER, kind: 'dropped', problem: problem('expired', ''), winner: null },
        { txid: OTHER, kind: 'dropped', problem: problem('input-conflict', ''), winner: txid },
      ],
      1002,
    );
    assert.deepEqual((await get(`/v1/feed?cursor=${body.cursor}`)).data, [
      { txid, state: 'checkpointed', at_ms: 1002, epoch: 3 },
      { txid: OTHER, state: 'dropped', at_ms: 1002, code: 'expired' },
      { txid: OTHER, state: 'dropped', at_ms: 1002, winner: txid, code: 'input-conflict' },
    ]);
    assert.equal((await get(`/v1/feed?cursor=${'0'.repeat(24)}`)).gap, true);
  });
});
