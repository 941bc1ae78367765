import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { checkpointDigest } from '../src/codec/checkpoint.ts';
import { toHex } from '../src/codec/hex.ts';
import {
  certificateFromJson,
  certificateToJson,
  outputProofFromJson,
  outputProofToJson,
  transactionProofFromJson,
  transactionProofToJson,
} from '../src/codec/proof-json.ts';
import { txidOf } from '../src/codec/transaction.ts';
import { problem } from '../src/types/errors.ts';
import type { TxId } from '../src/types/ids.ts';
import type { Certificate } from '../src/types/ledger.ts';
import type { OutputProof, TransactionProof } from '../src/types/proof.ts';
import {
  addressOf,
  alice,
  bob,
  coinKeys,
  FakeNode,
  GENESIS_AMOUNT,
  genesis,
  ledgerId,
  lockOf,
  payment,
  signed,
} from './api/fake-node.ts';
import { ask, joinBatch, post, serving } from './api/serve.ts';

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

describe('REST: reading', () => {
  const served = serving();
  const body = payment(0);
  const txid = txidOf(body);

  beforeEach(async () => {
    if (served.node.status(txid).state !== 'unknown') return;
    await served.node.submit([signed(body)]);
    served.node.finalize(txid);
    served.node.checkpoint(txid);
    served.node.checkpoint();
  });

  const get = async (path: string) => {
    const answer = await ask(served.api, path);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };

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
    served.node.set(gone, { state: 'dropped', problem: problem('unknown-input', 'too late') });
    assert.deepEqual(await get(`/v1/transactions/${gone}`), {
      txid: gone,
      state: 'dropped',
      code: 'unknown-input',
      detail: 'too late',
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
        { txid: OTHER, kind: 'dropped', problem: problem('expired', '') },
      ],
      1002,
    );
    assert.deepEqual((await get(`/v1/feed?cursor=${body.cursor}`)).data, [
      { txid, state: 'checkpointed', at_ms: 1002, epoch: 3 },
      { txid: OTHER, state: 'dropped', at_ms: 1002, code: 'expired' },
    ]);
    assert.equal((await get(`/v1/feed?cursor=${'0'.repeat(24)}`)).gap, true);
  });

  it('the bytes of a transaction', async () => {
    assert.deepEqual(await get(`/v1/transactions/${txid}/raw`), signed(body));
  });

  it('proofs that read back as they were', async () => {
    const { node } = served;
    const proof = await get(`/v1/transactions/${txid}/proof`);
    assert.deepEqual(
      proof,
      transactionProofToJson(node.transactionProof(txid) as TransactionProof),
    );
    assert.equal(transactionProofFromJson(proof).ok, true);
    const output = await get(`/v1/outputs/${txid}/0/proof`);
    assert.deepEqual(output, outputProofToJson(node.outputProof(txid) as OutputProof));
    assert.equal(outputProofFromJson(output).ok, true);
    const certificate = await get('/v1/checkpoints/1');
    assert.deepEqual(certificate, certificateToJson(node.certificate(1) as Certificate));
    assert.equal(certificateFromJson(certificate).ok, true);
  });

  it('says not-yet for a proof before the checkpoint', async () => {
    const { api, node } = served;
    await node.submit([signed(payment(1))]);
    const { status, body } = await ask(api, `/v1/transactions/${txidOf(payment(1))}/proof`);
    assert.equal(status, 404);
    assert.equal(body.code, 'not-yet');
  });

  it('an output: spent, pending, unspent and absent', async () => {
    const spent = await get(`/v1/outputs/${coinKeys[0]?.slice(0, 64)}/0`);
    assert.deepEqual(spent, {
      txid: coinKeys[0]?.slice(0, 64),
      index: 0,
      amount: GENESIS_AMOUNT.toString(),
      address: addressOf(alice),
      lock: lockOf(alice),
      state: 'spent',
      accepted_epoch: 0,
      spent_by: txid,
      spent_epoch: null,
      as_of: { epoch: 2, checkpoint: digestOf(served.node, 2) },
    });
    assert.equal((await get(`/v1/outputs/${txid}/0`)).state, 'unspent');
    for (const index of [1, 65_535, 65_536, 4_294_967_295]) {
      const { status, body } = await ask(served.api, `/v1/outputs/${txid}/${index}`);
      assert.deepEqual([status, body.code], [404, 'not-found']);
    }
  });

  it('a balance, and as of what', async () => {
    assert.deepEqual(await get(`/v1/addresses/${addressOf(bob)}`), {
      address: addressOf(bob),
      lock: lockOf(bob),
      balance: '999990',
      outputs: 1,
      complete: true,
      as_of: { epoch: 2, checkpoint: digestOf(served.node, 2) },
    });
    const many = await get(`/v1/addresses/${addressOf(alice)}`);
    assert.ok(many.outputs >= 1190);
    assert.equal(many.balance, (BigInt(many.outputs) * GENESIS_AMOUNT).toString());
  });

  it('never a balance older than the client asks for', async () => {
    const { status, body, headers } = await ask(
      served.api,
      `/v1/addresses/${addressOf(bob)}?at_least_epoch=3`,
    );
    assert.deepEqual([status, body.code], [503, 'not-ready']);
    assert.equal(headers.get('retry-after'), '1');
    await get(`/v1/addresses/${addressOf(bob)}?at_least_epoch=2`);
  });

  it('pages of outputs: each one once, none after the last', async () => {
    const seen: string[] = [];
    let cursor = '';
    for (;;) {
      const page = await get(`/v1/addresses/${addressOf(alice)}/outputs?limit=500${cursor}`);
      seen.push(...page.data.map((one: { txid: string; index: number }) => one.txid + one.index));
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    assert.equal(new Set(seen).size, seen.length);
    assert.equal(seen.length, (await get(`/v1/addresses/${addressOf(alice)}`)).outputs);
  });

  it('epochs by number and the latest one', async () => {
    assert.equal((await get('/v1/epochs/1')).state, 'checkpointed');
    assert.equal((await get('/v1/epochs/latest')).epoch, 2);
    assert.deepEqual(await get('/v1/epochs/3'), { epoch: 3, state: 'open', checkpoint: null });
    const future = await ask(served.api, '/v1/epochs/4');
    assert.deepEqual([future.status, future.body.code], [404, 'not-yet']);
  });

  it('checkpoints newest first, paged, each with the digest that was signed', async () => {
    const first = await get('/v1/checkpoints?limit=1');
    assert.deepEqual(
      first.data.map((one: { epoch: number; digest: string }) => [one.epoch, one.digest]),
      [[2, digestOf(served.node, 2)]],
    );
    const second = await get(`/v1/checkpoints?limit=1&cursor=${first.next}`);
    assert.equal(second.data[0].epoch, 1);
    assert.equal(second.next, null);
    const latest = await get('/v1/checkpoints/latest');
    assert.equal(latest.checkpoint.epoch, 2);
    assert.equal(latest.signatures.length, 3);
    const absent = await ask(served.api, '/v1/checkpoints/3');
    assert.deepEqual([absent.status, absent.body.code], [404, 'not-yet']);
  });

  it('what a wallet needs', async () => {
    const params = await get('/v1/params');
    assert.equal(params.ledger_id, ledgerId);
    assert.equal(params.min_fee, '10');
    assert.equal(params.address_prefix, genesis.addressPrefix);
    assert.equal(params.epoch, 2);
    assert.equal(params.limits.transaction_bytes_max, 100_000);
  });

  it('validators, lanes and evidence', async () => {
    const validators = (await get('/v1/validators')).data;
    assert.deepEqual(
      validators.map((one: { self: boolean; online: boolean }) => [one.self, one.online]),
      [
        [true, true],
        [false, true],
        [false, true],
        [false, false],
      ],
    );
    assert.equal((await get('/v1/lanes')).data.length, 4);
    const first = new Uint8Array([1, 2]);
    const second = new Uint8Array([3]);
    served.node.evidenceFound = [{ lane: 2, first, second }];
    assert.deepEqual((await get('/v1/evidence')).data, [{ index: 0, lane: 2, bytes: [2, 1] }]);
    assert.deepEqual(await get('/v1/evidence/0'), { lane: 2, first: '0102', second: '03' });
    assert.equal((await ask(served.api, '/v1/evidence/1')).status, 404);
  });

  it('the status page', async () => {
    const status = await get('/v1/status');
    assert.equal(status.ready, true);
    assert.equal(status.validators_online, 3);
    assert.equal(status.counters.final_clean, 3);
    assert.deepEqual(status.epochs, { decided: 2, applied: 2, stable: 2, view: 0 });
  });

  it('health apart from readiness', async () => {
    const { api, node } = served;
    assert.deepEqual(await get('/readyz'), { ready: true });
    assert.equal((await get('/readyz?verbose')).checks.length, 2);
    node.checks = [{ name: 'quorum', ok: false, detail: '2 of 4 connected' }];
    const notReady = await ask(api, '/readyz');
    assert.equal(notReady.status, 503);
    assert.equal(notReady.body.code, 'not-ready');
    assert.match(notReady.body.detail, /quorum: 2 of 4/);
    assert.equal(notReady.headers.get('retry-after'), '1');
    assert.equal((await get('/v1/status')).ready, false);
    assert.deepEqual(await get('/livez'), { alive: true });
    node.haltedBecause = 'own-signature-unknown: restore the journal';
    assert.equal((await ask(api, '/livez')).status, 503);
    node.haltedBecause = null;
  });

  it('the faucet pays, and is no route where there is none', async () => {
    const { api } = served;
    const json = JSON.stringify({ address: addressOf(bob), amount: '500' });
    const paid = await post(api, '/dev/v1/faucet', json);
    assert.equal(paid.status, 202);
    assert.equal((await get(`/v1/outputs/${paid.body.txid}/0`)).amount, '500');
  });
});

describe('REST: a node without faucet', () => {
  const served = serving(() => {
    const node = new FakeNode();
    node.faucet = null;
    return node;
  });

  it('has no such path, nor describes it', async () => {
    const { api } = served;
    const asked = await post(api, '/dev/v1/faucet', '{}');
    assert.equal(asked.status, 404);
    const { body } = await ask(api, '/openapi.json');
    assert.equal(body.paths['/dev/v1/faucet'], undefined);
  });
});

function digestOf(node: FakeNode, epoch: number): string {
  const certificate = node.certificate(epoch);
  assert.ok(certificate);
  return checkpointDigest(certificate.checkpoint);
}
