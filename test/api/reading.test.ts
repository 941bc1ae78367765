import '../../src/std/polyfill.ts';
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { checkpointDigest } from '../../src/codec/checkpoint.ts';
import {
  certificateFromJson,
  certificateToJson,
  outputProofFromJson,
  outputProofToJson,
  transactionProofFromJson,
  transactionProofToJson,
} from '../../src/codec/proof-json.ts';
import { txidOf } from '../../src/codec/transaction.ts';
import type { Certificate } from '../../src/types/ledger.ts';
import type { OutputProof, TransactionProof } from '../../src/types/proof.ts';
import {
  addressOf,
  alice,
  bob,
  coinKeys,
  GENESIS_AMOUNT,
  genesis,
  ledgerId,
  lockOf,
  payment,
  signed,
} from './fake-ledger.ts';
import { FakeNode } from './fake-node.ts';
import { ask, post, read, serving } from './serve.ts';

describe('REST: reading', () => {
  const served = serving();
  const body = payment(0);
  const txid = txidOf(body);

  before(() => served.node.settle(signed(body), txid));

  const get = (path: string) => read(served.api, path);

  it('the bytes of a transaction', async () => {
    assert.deepEqual(await get(`/v1/transactions/${txid}/raw`), signed(body));
  });

  it('nothing of the ledger before what was read is durable; health at any time', async () => {
    const { node } = served;
    const sync = Promise.withResolvers<void>();
    node.disk = sync.promise;
    let isTold = false;
    const told = get(`/v1/addresses/${addressOf(alice)}`).then(() => {
      isTold = true;
    });
    await get('/livez');
    await new Promise((later) => setTimeout(later, 50));
    assert.equal(isTold, false);
    sync.resolve();
    await told;
  });

  it('nothing of half a step', async () => {
    const { node } = served;
    const path = `/v1/transactions/${txid}`;
    const step = Promise.withResolvers<void>();
    node.midStep = step.promise;
    let isRead = false;
    const { status } = node;
    node.status = (asked) => {
      isRead = true;
      return status.call(node, asked);
    };
    const told = get(path);
    await get('/livez');
    await new Promise((later) => setTimeout(later, 50));
    assert.equal(isRead, false);
    node.midStep = null;
    step.resolve();
    await told;
    assert.equal(isRead, true);
    node.status = status;
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

  it('R24: never a balance older than the client asks for', async () => {
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
    const blocks = [new Uint8Array([1, 2]), new Uint8Array([3])];
    const proof = { kind: 'equivocation', lane: 2 } as const;
    served.node.evidenceFound = [{ ...proof, blocks }];
    assert.deepEqual((await get('/v1/evidence')).data, [{ index: 0, ...proof, bytes: [2, 1] }]);
    assert.deepEqual(await get('/v1/evidence/0'), {
      format: 'althing-evidence',
      version: 1,
      ledger_id: ledgerId,
      ...proof,
      blocks: ['0102', '03'],
    });
    assert.equal((await ask(served.api, '/v1/evidence/1')).status, 404);
  });

  it('the status page', async () => {
    const status = await get('/v1/status');
    assert.equal(status.ready, true);
    assert.equal(status.validators_online, 3);
    assert.equal(status.peers, 2, 'lane 3 is away, lane 0 is this node');
    assert.equal(status.counters.final_clean, 3);
    assert.deepEqual(status.epochs, { decided: 2, applied: 2, stable: 2, view: 0 });
  });

  it('health apart from readiness', async () => {
    const { api, node } = served;
    assert.deepEqual(await get('/readyz'), { ready: true });
    assert.equal((await get('/readyz?verbose')).checks.length, 1);
    node.checks = [{ name: 'quorum', ok: false, detail: '2 of 4 connected' }];
    const notReady = await ask(api, '/readyz');
    assert.equal(notReady.status, 503);
    assert.equal(notReady.body.code, 'not-ready');
    assert.match(notReady.body.detail, /quorum: 2 of 4/);
    assert.equal(notReady.headers.get('retry-after'), '1');
    assert.equal((await get('/v1/status')).ready, false);
    assert.deepEqual(await get('/livez'), { alive: true });
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
