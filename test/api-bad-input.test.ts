import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../src/codec/hex.ts';
import { txidOf } from '../src/codec/transaction.ts';
import { problem } from '../src/types/errors.ts';
import { API_LIMITS } from '../src/types/limits.ts';
import { addressOf, bob, payment, signed } from './api/fake-node.ts';
import { type Answer, ask, assertUnharmed, joinBatch, post, serving } from './api/serve.ts';

/** Rows R of the catalogue of faults: what a client can send that is wrong, over well-formed HTTP. */

type Expected = readonly [status: number, code: string];
type Row = {
  readonly id: string;
  readonly what: string;
  readonly expected: Expected;
  readonly cases: readonly Case[];
};
type Case = {
  readonly path: string;
  readonly method?: string;
  readonly type?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
};

const TXS = '/v1/transactions';
const BATCH = '/v1/transactions/batch';
const FAUCET = '/dev/v1/faucet';
const hex = toHex(signed(payment(0)));
const json = (body: string, path = TXS): Case => ({ path, body, type: 'application/json' });
const binary = (body: Uint8Array, path = TXS): Case => ({
  path,
  body,
  type: 'application/octet-stream',
});
const typed = (type: string): Case => ({ path: TXS, body: JSON.stringify({ tx: hex }), type });
const get = (path: string): Case => ({ path, method: 'GET' });
const faucet = (amount: string): Case =>
  json(`{"address":"${addressOf(bob)}","amount":${amount}}`, FAUCET);
const of = <T>(make: (value: T) => Case, ...values: readonly T[]) =>
  values.map((value) => make(value));

const invalid: Expected = [400, 'invalid-request'];
const media: Expected = [415, 'unsupported-media-type'];
const large: Expected = [413, 'too-large'];
const absent: Expected = [404, 'not-found'];

const STRANGE_TEXTS = [
  '\u0000',
  '\u202Eabc',
  '\uFF10\uFF11',
  "'; DROP TABLE coins; --",
  '../../etc/passwd',
  '<script>alert(1)</script>',
  'a\r\nset-cookie: x',
  '\u{1F469}\u200D\u{1F52C}',
  '%s%n',
  'undefined.',
];

const ROWS: readonly Row[] = [
  {
    id: 'R1',
    what: 'a body of no or another type',
    expected: media,
    cases: of(typed, 'text/plain', 'text/xml', 'application/x-www-form-urlencoded', 'text/json'),
  },
  {
    id: 'R1',
    what: 'an empty JSON body',
    expected: invalid,
    cases: [json(''), json('', BATCH), json(' '), json('null'), json('[]'), json('"tx"')],
  },
  {
    id: 'R1',
    what: 'an empty binary body',
    expected: [400, 'malformed'],
    cases: [binary(new Uint8Array()), binary(new Uint8Array(), BATCH)],
  },
  {
    id: 'R2',
    what: 'what is not JSON',
    expected: invalid,
    cases: of(
      json,
      `{"tx":"${hex}"`,
      `{"tx":"${hex}"}x`,
      `{"tx":"${hex}",}`,
      `{"tx":"${hex}"}{}`,
      `{tx:"${hex}"}`,
      `{'tx':'${hex}'}`,
      `{"tx" "${hex}"}`,
      `{"tx"::"${hex}"}`,
      `{"tx":"${hex}" /* why */}`,
      `\uFEFF{"tx":"${hex}"}`,
      '{"tx":"',
      '{"tx":"\\"}',
      '{"tx":"\\x00"}',
      '{"tx":"\\u00"}',
      '{"tx":"\n"}',
      '{"tx":NaN}',
      '{"tx":Infinity}',
      '{"tx":01}',
      '{"tx":1.}',
      '{"tx":+1}',
      '{"tx":tru}',
      '{"tx":[1,]}',
      '{"tx":[1}',
      '{"tx":1]',
      '}{',
      ']',
      '{"a":"b"]}',
      '{,}',
      '"',
      '\\',
    ),
  },
  {
    id: 'R2',
    what: 'bytes that are not UTF-8',
    expected: invalid,
    cases: of(
      (bytes: readonly number[]) => ({
        ...binary(new Uint8Array(bytes)),
        type: 'application/json',
      }),
      [0x22, 0xff, 0x22],
      [0x22, 0xc0, 0xaf, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
    ),
  },
  {
    id: 'R3',
    what: 'nesting of 200,000 levels',
    expected: invalid,
    cases: [
      json('['.repeat(200_000)),
      json(`{"tx":${'['.repeat(9)}${']'.repeat(9)}}`),
      json(`${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`),
    ],
  },
  {
    id: 'R4',
    what: 'a body one byte over the bound',
    expected: large,
    cases: [
      json(`{"tx":"${hex}"}`.padEnd(API_LIMITS.jsonBytesMax.value + 1)),
      binary(new Uint8Array(API_LIMITS.batchBytesMax.value + 1), BATCH),
      binary(new Uint8Array(100_001)),
      binary(joinBatch([new Uint8Array(100_001)]), BATCH),
      binary(joinBatch(Array.from({ length: 501 }, () => new Uint8Array([1]))), BATCH),
    ],
  },
  {
    id: 'R4',
    what: 'a batch whose framing is wrong',
    expected: [400, 'malformed'],
    cases: of(
      (bytes: readonly number[]) => binary(new Uint8Array(bytes), BATCH),
      [0, 0, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 2, 1],
      [0, 0, 0, 1, 1, 0],
    ),
  },
  {
    id: 'R5',
    what: 'a key twice, in any spelling',
    expected: invalid,
    cases: of(
      json,
      `{"tx":"${hex}","tx":"${hex}"}`,
      `{"tx":"${hex}","\\u0074x":"${hex}"}`,
      `{"tx":"${hex}","a":{"b":1,"b":2}}`,
    ),
  },
  {
    id: 'R6',
    what: 'an unknown field',
    expected: invalid,
    cases: [
      json(`{"tx":"${hex}","fee":"1"}`),
      json(`{"txs":["${hex}"],"wait":"final"}`, BATCH),
      get('/v1/checkpoints?order=asc'),
      get('/readyz?verbos'),
      { ...binary(signed(payment(0))), path: `${TXS}?Wait=final` },
    ],
  },
  {
    id: 'R7',
    what: 'an amount that is no canonical decimal string',
    expected: invalid,
    cases: of(
      faucet,
      '5',
      'null',
      'true',
      '[7]',
      '["7"]',
      '{}',
      '"5 "',
      '" 5"',
      '"05"',
      '"+5"',
      '"-1"',
      '"-0"',
      '"1e3"',
      '"0x10"',
      '""',
      '"5\\n"',
      '"\uFF15"',
      '"5.0"',
      '"1_000"',
    ),
  },
  {
    id: 'R8',
    what: 'an amount out of range',
    expected: invalid,
    cases: of(
      faucet,
      '"18446744073709551616"',
      '"99999999999999999999"',
      '"0"',
      `"${'9'.repeat(21)}"`,
    ),
  },
  {
    id: 'R9',
    what: 'hex that is not lower-case pairs of digits',
    expected: invalid,
    cases: of(
      (text: string) => json(JSON.stringify({ tx: text })),
      hex.slice(1),
      `0x${hex}`,
      hex.toUpperCase(),
      `${hex}zz`,
      `${hex.slice(2)}g0`,
      ` ${hex}`,
      `${hex}\n`,
      '',
    ),
  },
  {
    id: 'R10',
    what: 'keys that poison prototypes',
    expected: invalid,
    cases: of(
      json,
      `{"tx":"${hex}","__proto__":{"polluted":1}}`,
      `{"tx":"${hex}","\\u005f\\u005fproto__":{"polluted":1}}`,
      `{"tx":"${hex}","constructor":{"prototype":{"polluted":1}}}`,
      `{"__proto__":{"tx":"${hex}"}}`,
    ),
  },
  {
    id: 'R11',
    what: 'strange text in a body',
    expected: invalid,
    cases: [
      ...STRANGE_TEXTS.map((text) => json(JSON.stringify({ tx: text }))),
      ...STRANGE_TEXTS.map((address) => json(JSON.stringify({ address, amount: '1' }), FAUCET)),
      json('{"tx":"\\ud800"}'),
    ],
  },
  {
    id: 'R11',
    what: 'strange text in a path',
    expected: invalid,
    cases: STRANGE_TEXTS.map((text) => get(`${TXS}/${encodeURIComponent(text)}`)),
  },
  {
    id: 'R14',
    what: 'a page larger than its bound',
    expected: invalid,
    cases: of(
      get,
      '/v1/checkpoints?limit=1001',
      '/v1/checkpoints?limit=1000000000',
      '/v1/feed?limit=9999',
    ),
  },
  {
    id: 'R17',
    what: 'an unknown path',
    expected: absent,
    cases: of(
      get,
      '/',
      '/v1',
      '/v1/',
      '/V1/status',
      '/v1/status/',
      '//v1/status',
      '/v1//status',
      '/etc/passwd',
      '/v1/%2e%2e/status',
      '/v1/status%00',
      '/docs',
      `${TXS}/${'a'.repeat(200)}`,
    ),
  },
  {
    id: 'R17',
    what: 'a path that is badly encoded',
    expected: invalid,
    cases: of(get, `${TXS}/%zz`, '/%'),
  },
  {
    id: 'R17',
    what: 'a method that the path does not have',
    expected: [405, 'method-not-allowed'],
    cases: [
      { path: TXS, method: 'GET' },
      { path: TXS, method: 'DELETE' },
      { path: TXS, method: 'PUT', type: 'text/plain', body: 'x' },
      { path: '/v1/status', method: 'POST', type: 'application/json', body: '{' },
      { path: `${TXS}/${'a'.repeat(64)}`, method: 'PATCH' },
      { path: '/livez', method: 'OPTIONS' },
      { path: '/openapi.json', method: 'POST' },
    ],
  },
  {
    id: 'R18',
    what: 'a number that is none',
    expected: invalid,
    cases: [
      ...of(
        get,
        '/v1/epochs/NaN',
        '/v1/epochs/-1',
        '/v1/epochs/1e9',
        '/v1/epochs/9223372036854775808',
        '/v1/epochs/01',
        '/v1/epochs/+1',
        '/v1/epochs/1.5',
      ),
      ...of(
        get,
        '/v1/checkpoints?limit=0',
        '/v1/checkpoints?limit=-1',
        '/v1/checkpoints?limit=1e2',
        '/v1/checkpoints?limit=',
        '/v1/checkpoints?limit=1&limit=2',
      ),
      ...of(get, `${TXS}/${'a'.repeat(64)}?timeout_ms=30001`, `${TXS}/${'a'.repeat(64)}?wait=soon`),
      ...of(
        get,
        '/v1/checkpoints?cursor=xyz',
        `/v1/addresses/${addressOf(bob)}/outputs?cursor=abcd`,
      ),
      get(`/v1/outputs/${'a'.repeat(64)}/-1`),
      get('/v1/feed?states=lost'),
    ],
  },
  {
    id: 'R18',
    what: 'an epoch that is not yet',
    expected: [404, 'not-yet'],
    cases: of(
      get,
      '/v1/epochs/1000000000',
      '/v1/epochs/999999999999999',
      '/v1/checkpoints/7',
      '/v1/checkpoints/latest',
    ),
  },
  {
    id: 'R22',
    what: 'a transaction that the node has never seen',
    expected: absent,
    cases: of(
      get,
      `${TXS}/${'a'.repeat(64)}`,
      `${TXS}/${'a'.repeat(64)}/raw`,
      `${TXS}/${'a'.repeat(64)}/proof`,
    ),
  },
  {
    id: 'R24',
    what: 'a read that would be older than the client knows',
    expected: [503, 'not-ready'],
    cases: of(
      get,
      `/v1/addresses/${addressOf(bob)}?at_least_epoch=1`,
      `/v1/addresses/${addressOf(bob)}/outputs?at_least_epoch=1`,
    ),
  },
  {
    id: 'R27',
    what: 'a preflight of a browser',
    expected: [405, 'method-not-allowed'],
    cases: [
      {
        path: TXS,
        method: 'OPTIONS',
        headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
      },
    ],
  },
  {
    id: 'R29',
    what: 'a content type that only looks like one',
    expected: media,
    cases: of(
      typed,
      'application/json\ta',
      'application/json garbage',
      'application/json;',
      'application/json; charset=utf-16',
      'application/json, text/plain',
      'application/jsonx',
      'application/problem+json',
      'constructor',
    ),
  },
  {
    id: 'R29',
    what: 'an encoded body',
    expected: media,
    cases: [{ ...typed('application/json'), headers: { 'content-encoding': 'gzip' } }],
  },
];

describe('REST: bad input', () => {
  const served = serving();

  for (const { id, what, expected, cases } of ROWS) {
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
