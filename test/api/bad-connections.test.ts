import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { startApi } from '../../src/api/server.ts';
import { SECOND_HOST, withoutSecondHost } from '../system/second-host.ts';
import { getText, submissionHead } from './request-text.ts';
import { ask, askRaw, assertUnharmed, dial, firstAnswer, received, serving } from './serve.ts';

/** Rows R of the catalogue of faults: what a client can send below HTTP, or beside it. */

type Row = {
  readonly id: string;
  readonly what: string;
  readonly bytes: string | Uint8Array;
  readonly expected: readonly [status: number, code: string];
};

const ROWS: readonly Row[] = [
  {
    id: 'R4',
    what: 'a length beyond the bound, before the body is sent',
    bytes: submissionHead('content-length: 99999999999'),
    expected: [413, 'too-large'],
  },
  {
    id: 'R12',
    what: '10,000 headers',
    bytes: getText('/livez', ...Array.from({ length: 10_000 }, (_, n) => `x-${n}: 1`)),
    expected: [431, 'header-too-large'],
  },
  {
    id: 'R12',
    what: 'a header of 1 MiB',
    bytes: getText('/livez', `x: ${'y'.repeat(1_048_576)}`),
    expected: [431, 'header-too-large'],
  },
  {
    id: 'R12',
    what: 'a path of 10 kB',
    bytes: getText(`/${'y'.repeat(10_000)}`),
    expected: [431, 'header-too-large'],
  },
  {
    id: 'R12',
    what: 'no Host',
    bytes: 'GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n',
    expected: [400, 'invalid-request'],
  },
  {
    id: 'R12',
    what: 'a length and chunks',
    bytes: `${submissionHead('content-length: 5', 'transfer-encoding: chunked')}0\r\n\r\n`,
    expected: [400, 'invalid-request'],
  },
  {
    id: 'R12',
    what: 'two lengths',
    bytes: submissionHead('content-length: 5', 'content-length: 6'),
    expected: [400, 'invalid-request'],
  },
  {
    id: 'R12',
    what: 'a length that is no number',
    bytes: submissionHead('content-length: -1'),
    expected: [400, 'invalid-request'],
  },
  {
    id: 'R12',
    what: 'a chunk size that is no number',
    bytes: `${submissionHead('transfer-encoding: chunked')}zz\r\n`,
    expected: [400, 'invalid-request'],
  },
  {
    id: 'R12',
    what: 'a header that smuggles a line',
    bytes: getText('/livez', 'x: a\rb: c'),
    expected: [400, 'invalid-request'],
  },
  {
    id: 'R17',
    what: 'dots in the path, encoded or not',
    bytes: getText('/v1/%2e%2e/%2e%2e/etc/passwd'),
    expected: [404, 'not-found'],
  },
  {
    id: 'R17',
    what: 'a method that does not exist',
    bytes: 'STEAL /v1/status HTTP/1.1\r\nhost: localhost\r\n\r\n',
    expected: [400, 'invalid-request'],
  },
  ...['TRACE', 'QUERY'].map((method) => ({
    id: 'R17',
    what: `${method}, of a path that has other methods`,
    bytes: getText('/v1/status').replace('GET', method),
    expected: [405, 'method-not-allowed'] as const,
  })),
  {
    id: 'R30',
    what: 'an expectation that nobody knows, on a path that is not there',
    bytes: getText('/socket', 'expect: tea'),
    expected: [404, 'not-found'],
  },
  {
    id: 'R27',
    what: "another site's name for this address",
    bytes: getText('/v1/status').replace('localhost', 'rebound.evil.example:4610'),
    expected: [400, 'invalid-request'],
  },
  {
    id: 'R30',
    what: 'the preface of HTTP/2',
    bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    expected: [400, 'invalid-request'],
  },
  {
    id: 'R30',
    what: 'the hello of TLS',
    bytes: new Uint8Array([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, ...new Array(64).fill(7)]),
    expected: [400, 'invalid-request'],
  },
  {
    id: 'R30',
    what: 'an upgrade to a websocket',
    bytes: getText('/socket', 'upgrade: websocket', 'sec-websocket-version: 13').replace(
      'connection: close',
      'connection: close, upgrade',
    ),
    expected: [404, 'not-found'],
  },
];

describe('REST: bad connections', () => {
  const served = serving();

  for (const { id, what, bytes, expected } of ROWS) {
    it(`${id}: ${what}`, async () => {
      const before = served.node.fingerprint();
      const { status, code } = await askRaw(served.api, bytes);
      assert.deepEqual([status, code], expected);
      await assertUnharmed(served, before);
    });
  }

  it('R4: chunks without end are cut off at the bound', async () => {
    const before = served.node.fingerprint();
    const socket = dial(served.api);
    const answer = received(socket);
    socket.write(submissionHead('transfer-encoding: chunked'));
    const chunk = `10000\r\n${'z'.repeat(0x10000)}\r\n`;
    let sent = 0;
    while (!socket.destroyed && sent < 100) {
      sent += 1;
      const isFlowing = socket.write(chunk);
      if (!isFlowing) await drainedOrClosed(socket);
    }
    socket.destroy();
    const text = await answer;
    if (text !== '') assert.deepEqual(firstAnswer(text), { status: 413, code: 'too-large' });
    assert.ok(sent < 100, 'the server reads on');
    await assertUnharmed(served, before);
  });

  it('R27: the address that it listens on is a name of its own', {
    skip: withoutSecondHost,
  }, async () => {
    const observer = { answered() {}, refused() {}, fault() {} };
    const options = { node: served.node, port: 0, observer, hostNames: [] };
    const api = await startApi({ ...options, host: SECOND_HOST });
    assert.equal((await ask(api, '/livez')).status, 200);
    await api.close(0);
  });
});

function drainedOrClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', () => resolve());
  });
}
