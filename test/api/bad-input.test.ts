import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { txidOf } from '../../src/codec/transaction.ts';
import { problem } from '../../src/types/errors.ts';
import { BAD_BODIES } from './bad-bodies.ts';
import { BAD_REQUESTS } from './bad-requests.ts';
import { payment, signed } from './fake-ledger.ts';
import { BATCH, media, TXS } from './request-case.ts';
import { type Answer, ask, assertUnharmed, joinBatch, post, serving } from './serve.ts';

describe('REST: bad input', () => {
  const served = serving();

  for (const { id, what, expected, cases } of [...BAD_BODIES, ...BAD_REQUESTS]) {
    it(`${id}: ${what} (${cases.length})`, async () => {
      const before = served.node.fingerprint();
      for (const { path, method = 'POST', body, type, headers } of cases) {
        const answer = await ask(served.api, path, {
          method,
          headers: { ...headers, ...(type === undefined ? {} : { 'content-type': type }) },
          ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
        });
        const name = `${method} ${path} ${String(body).slice(0, 60)}`;
        assert.deepEqual([answer.status, answer.body.code], expected, name);
        assertProblem(answer);
      }
      await assertUnharmed(served, before);
      assert.equal(({} as { polluted?: number }).polluted, undefined);
    });
  }

  it('R1: no body and no type', async () => {
    const answer = await ask(served.api, TXS, { method: 'POST' });
    assert.deepEqual([answer.status, answer.body.code], media);
  });

  it('R19: the same bytes 1,000 times at once are one transaction', async () => {
    const { api, node } = served;
    const bytes = signed(payment(1));
    const batch = joinBatch(Array.from({ length: 500 }, () => bytes));
    const [one, ...many] = await Promise.all([
      post(api, TXS, bytes),
      ...[1, 2].map(() => post(api, BATCH, batch)),
      ...Array.from({ length: 50 }, () => post(api, TXS, bytes)),
    ]);
    assert.equal(one?.body.txid, txidOf(payment(1)));
    for (const { body, status } of many) {
      assert.ok(status < 300);
      for (const result of body.results ?? [body]) {
        assert.deepEqual([result.txid, result.state], [txidOf(payment(1)), 'pending']);
      }
    }
    assert.equal(node.counters().submitted, 1);
  });

  it('R20: a node that is not ready says so, and when to come back', async () => {
    const { api, node } = served;
    node.refusal = problem('not-ready', 'no quorum is connected');
    const answer = await post(api, TXS, signed(payment(2)));
    node.refusal = null;
    assert.deepEqual([answer.status, answer.body.code], [503, 'not-ready']);
    assert.equal(answer.headers.get('retry-after'), '1');
    assertProblem(answer);
  });

  it('R27: an answer opens nothing to pages of other origins', async () => {
    const { headers } = await ask(served.api, '/v1/status', {
      headers: { origin: 'http://evil.example' },
    });
    assert.equal(headers.get('access-control-allow-origin'), null);
  });

  it('R28: no client chooses the labels of metrics', async () => {
    const { api, answered } = served;
    await Promise.all([1, 2, 3].map((n) => ask(api, `/label-${n}`)));
    await ask(api, `${TXS}/${'b'.repeat(64)}`);
    const document = (await ask(api, '/openapi.json')).body;
    const known = new Set(['none', '/openapi.json', ...Object.keys(document.paths)]);
    const template = (route: string) => route.replace(/:([a-z]+)/g, '{$1}');
    for (const { route } of answered) assert.ok(known.has(template(route)), route);
    assert.ok(answered.some(({ route }) => route === 'none'));
  });
});

describe('REST: bad signatures', () => {
  const served = serving();

  it('R25: a client that sends too many is asked to wait, before its work is done', async () => {
    const { api, node } = served;
    const before = node.fingerprint();
    const forged = signed(payment(0));
    forged[forged.length - 1] = (forged[forged.length - 1] as number) ^ 1;
    const one = await post(api, TXS, forged);
    assert.deepEqual([one.status, one.body.code], [422, 'bad-signature']);
    const batch = joinBatch(Array.from({ length: 300 }, () => forged));
    const many = await post(api, BATCH, batch);
    assert.equal(many.body.results[299].code, 'bad-signature');
    const calls = node.submitCalls;
    for (const answer of [
      await post(api, BATCH, batch),
      await post(api, TXS, signed(payment(0))),
    ]) {
      assert.deepEqual([answer.status, answer.body.code], [429, 'rate-limited']);
      assert.ok(Number(answer.headers.get('retry-after')) >= 1);
      assertProblem(answer);
    }
    assert.equal(node.submitCalls, calls);
    assert.equal((await ask(api, '/v1/status')).status, 200, 'reading goes on');
    await assertUnharmed(served, before);
  });
});

function assertProblem({ type, body, status, headers }: Answer): void {
  assert.equal(type, 'application/problem+json; charset=utf-8');
  assert.equal(body.type, `urn:althing:problem:${body.code}`);
  assert.equal(body.status, status);
  assert.ok(body.title.length > 0 && body.detail.length > 0 && body.instance.length > 0);
  assert.doesNotMatch(JSON.stringify(body), /node_modules|\.ts:|\.js:|FST_/);
  if (status === 405) assert.ok(headers.get('allow'));
}
