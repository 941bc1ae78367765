import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../src/codec/hex.ts';
import { txidOf } from '../../src/codec/transaction.ts';
import { problem } from '../../src/types/errors.ts';
import type { TxId } from '../../src/types/ids.ts';
import { bob, payment, signed } from './fake-ledger.ts';
import { ask, joinBatch, post, serving } from './serve.ts';

const OTHER = 'ab'.repeat(32) as TxId;

describe('REST: submitting', () => {
  const served = serving();

  it('takes JSON with 202, and the same bytes again, binary, with 200 and the current status', async () => {
    const { api, node } = served;
    const body = payment(0);
    const first = await post(api, '/v1/transactions', JSON.stringify({ tx: toHex(signed(body)) }));
    assert.equal(first.status, 202);
    assert.deepEqual(first.body, { txid: txidOf(body), state: 'pending' });
    assert.equal(first.headers.get('location'), `/v1/transactions/${txidOf(body)}`);
    node.finalize(txidOf(body));
    const again = await post(api, '/v1/transactions', signed(body));
    assert.equal(again.status, 200);
    assert.deepEqual(again.body, { txid: txidOf(body), state: 'final', path: 'clean' });
  });

  it('answers a waiting submission when the level is reached', async () => {
    const { api, node } = served;
    const txid = txidOf(payment(1));
    const answer = post(api, '/v1/transactions?wait=final', signed(payment(1)));
    await node.waits(1);
    node.set(txid, { state: 'admitted', rivals: [OTHER] });
    assert.equal(node.waiting, 1, 'admitted is not final');
    node.finalize(txid);
    const { status, body } = await answer;
    assert.equal(status, 200);
    assert.deepEqual(body, { txid, state: 'final', path: 'clean' });
  });

  it('answers 202 with the current status when the wait ends early', async () => {
    const { status, body, headers } = await post(
      served.api,
      '/v1/transactions?wait=checkpointed&timeout_ms=0',
      signed(payment(2)),
    );
    assert.equal(status, 202);
    assert.deepEqual(body, { txid: txidOf(payment(2)), state: 'pending' });
    assert.equal(headers.get('retry-after'), '1');
  });

  it('ends a wait for a transaction that loses, naming the winner', async () => {
    const { api, node } = served;
    const txid = txidOf(payment(3));
    const answer = post(api, '/v1/transactions?wait=final', signed(payment(3)));
    await node.waits(1);
    node.set(txid, { state: 'rejected', reason: 'input-spent', winner: OTHER, epoch: 4 });
    const { status, body } = await answer;
    assert.equal(status, 200);
    assert.deepEqual(body, {
      txid,
      state: 'rejected',
      reason: 'input-spent',
      winner: OTHER,
      epoch: 4,
    });
  });

  it('refuses a conflict with 409 and the winner', async () => {
    const { api } = served;
    await post(api, '/v1/transactions', signed(payment(4)));
    const rival = payment(4, { validUntil: 999 });
    const { status, body, type } = await post(api, '/v1/transactions', signed(rival));
    assert.equal(status, 409);
    assert.equal(type, 'application/problem+json; charset=utf-8');
    assert.equal(body.code, 'input-conflict');
    assert.equal(body.type, 'urn:althing:problem:input-conflict');
    assert.equal(body.txid, txidOf(rival));
    assert.equal(body.winner, txidOf(payment(4)));
  });

  it('gives a batch one result per transaction, in order', async () => {
    const { api } = served;
    const good = payment(5);
    const badly = payment(6);
    const parts = [signed(good), signed(badly, bob), new Uint8Array([1, 2, 3]), signed(good)];
    const { status, body } = await post(api, '/v1/transactions/batch', joinBatch(parts));
    assert.equal(status, 200);
    assert.deepEqual(
      body.results.map(({ detail: _, ...result }: { detail: string }) => result),
      [
        { txid: txidOf(good), ok: true, state: 'pending' },
        { txid: txidOf(badly), ok: false, code: 'witness-missing' },
        { txid: null, ok: false, code: 'malformed' },
        { txid: txidOf(good), ok: true, state: 'pending' },
      ],
    );
  });

  it('takes a batch as JSON', async () => {
    const txs = [payment(7), payment(8)].map((body) => toHex(signed(body)));
    const { status, body } = await post(
      served.api,
      '/v1/transactions/batch',
      JSON.stringify({ txs }),
    );
    assert.equal(status, 200);
    assert.deepEqual(
      body.results.map((one: { ok: boolean }) => one.ok),
      [true, true],
    );
  });

  it('hands on busy with Retry-After, for one and within a batch', async () => {
    const { api, node } = served;
    node.refusal = problem('busy', 'the mempool is full');
    const one = await post(api, '/v1/transactions', signed(payment(9)));
    assert.equal(one.status, 503);
    assert.equal(one.body.code, 'busy');
    assert.equal(one.headers.get('retry-after'), '1');
    const many = await post(api, '/v1/transactions/batch', joinBatch([signed(payment(9))]));
    assert.equal(many.status, 200);
    assert.equal(many.body.results[0].code, 'busy');
    assert.equal(many.headers.get('retry-after'), '1');
    node.refusal = null;
  });

  it('lets go of a wait whose client has left', async () => {
    const { api, node } = served;
    const leave = new AbortController();
    const answer = ask(api, `/v1/transactions/${OTHER}?wait=final&timeout_ms=30000`, {
      signal: leave.signal,
    });
    await node.waits(1);
    leave.abort();
    await assert.rejects(answer);
    await node.waits(0);
  });
});
