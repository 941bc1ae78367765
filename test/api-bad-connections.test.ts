import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { startApi } from '../src/api/server.ts';
import { payment, signed } from './api/fake-ledger.ts';
import {
  ask,
  askRaw,
  assertUnharmed,
  dial,
  firstAnswer,
  received,
  type Served,
  serving,
} from './api/serve.ts';

/** Rows R of the catalogue of faults: what a client can do below HTTP, or with its time. */

const get = (path: string, ...headers: readonly string[]) =>
  [`GET ${path} HTTP/1.1`, 'host: localhost', 'connection: close', ...headers, '', ''].join('\r\n');
const submission = (...headers: readonly string[]) =>
  [
    'POST /v1/transactions HTTP/1.1',
    'host: localhost',
    'content-type: application/octet-stream',
    ...headers,
    '',
    '',
  ].join('\r\n');

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
    bytes: submission('content-length: 99999999999'),
    expected: [413, 'too-large'],
  },
  {
    id: 'R12',
    what: '10,000 headers',
    bytes: get('/livez', ...Array.from({ length: 10_000 }, (_, n) => `x-${n}: 1`)),
    expected: [431, 'header-too-large'],
  },
  {
    id: 'R12',
    what: 'a header of 1 MiB',
    bytes: get('/livez', `x: ${'y'.repeat(1_048_576)}`),
    expected: [431, 'header-too-large'],
  },
  {
    id: 'R12',
    what: 'a path of 10 kB',
    bytes: get(`/${'y'.repeat(10_000)}`),
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
    bytes: `${submission('content-length: 5', 'transfer-encoding: chunked')}0\r\n\r\n`,
    expected: [400, 'invalid-request'],
  },
  {
    id: 'R12',
    what: 'two lengths',
    bytes: submission('content-length: 5', 'content-length: 6'),
    expected: [400, 'invalid-request'],
  },
  {
    id: 'R12',
    what: 'a length that is no number',
    bytes: submission('content-length: -1'),
    expected: [400, 'invalid-request'],
  },
  {
    id: 'R12',
    what: 'a chunk size that is no number',
    bytes: `${submission('transfer-encoding: chunked')}zz\r\n`,
    expected: [400, 'invalid-request'],
  },
  {
    id: 'R12',
    what: 'a header that smuggles a line',
    bytes: get('/livez', 'x: a\rb: c'),
    expected: [400, 'invalid-request'],
  },
  {
    id: 'R17',
    what: 'dots in the path, encoded or not',
    bytes: get('/v1/%2e%2e/%2e%2e/etc/passwd'),
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
    bytes: get('/v1/status').replace('GET', method),
    expected: [405, 'method-not-allowed'] as const,
  })),
  {
    id: 'R30',
    what: 'an expectation that nobody knows, on a path that is not there',
    bytes: get('/socket', 'expect: tea'),
    expected: [404, 'not-found'],
  },
  {
    id: 'R27',
    what: "another site's name for this address",
    bytes: get('/v1/status').replace('localhost', 'rebound.evil.example:4610'),
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
    bytes: get('/socket', 'upgrade: websocket', 'sec-websocket-version: 13').replace(
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
    socket.write(submission('transfer-encoding: chunked'));
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

  const isLinux = process.platform === 'linux';
  it('R27: the address that it listens on is a name of its own', { skip: !isLinux }, async () => {
    const observer = { answered() {}, refused() {}, fault() {} };
    const options = { node: served.node, port: 0, observer, hostNames: [] };
    // Elsewhere a loopback interface has the first address only.
    const api = await startApi({ ...options, host: '127.0.0.2' });
    assert.equal((await ask(api, '/livez')).status, 200);
    await api.close(0);
  });

  it('R16: 1,000 requests at once, and gone before the answers', async () => {
    const before = served.node.fingerprint();
    const socket = dial(served.api);
    const path = `/v1/transactions/${'a'.repeat(64)}?wait=final&timeout_ms=30000`;
    const one = `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
    socket.write(one.repeat(1000));
    await served.node.waitsAtLeast(1);
    socket.destroy();
    await served.node.waits(0);
    await assertUnharmed(served, before);
  });
});

describe('REST: slow clients', () => {
  const bounds = {
    headerMs: 200,
    requestMs: 300,
    idleMs: 400,
    checkMs: 20,
    connectionsMax: 8,
    bodiesBytesMax: 3100,
  };
  const served = serving(undefined, bounds);

  it('R13: a header that never ends', async () => {
    const { status, code } = await askRaw(served.api, 'GET /livez HTTP/1.1\r\nhost: ');
    assert.deepEqual([status, code], [408, 'request-timeout']);
    assert.ok(served.refused.includes(408), 'counted');
  });

  it('R13: a body that never ends, though it trickles', async () => {
    const before = served.node.fingerprint();
    const socket = dial(served.api);
    socket.write(submission('content-length: 1000'));
    const trickle = setInterval(() => socket.write('z'), 20);
    const text = await received(socket);
    clearInterval(trickle);
    assert.deepEqual(firstAnswer(text), { status: 408, code: 'request-timeout' });
    await assertUnharmed(served, before);
  });

  it('R14: a client that never reads its answer', async () => {
    const huge = new Uint8Array(4 * 1_048_576);
    served.node.evidenceFound = [{ kind: 'equivocation', lane: 1, blocks: [huge, huge] }];
    const socket = dial(served.api);
    socket.write(get('/v1/evidence/0'));
    socket.pause();
    // It is the server that gives up; the client would hold the connection for ever.
    await new Promise<void>((resolve) => {
      const poll = setInterval(() => {
        if (served.answered.some(({ route }) => route === '/v1/evidence/:index')) {
          clearInterval(poll);
          resolve();
        }
      }, 20);
    });
    socket.destroy();
    await assertUnharmed(served, served.node.fingerprint());
  });

  it('R15: connections beyond the bound are closed, those within are served', async () => {
    const idle = Array.from({ length: bounds.connectionsMax }, () => dial(served.api));
    const ends = idle.map(received);
    await Promise.all(idle.map((socket) => once(socket, 'connect')));
    assert.equal(await received(dial(served.api)), '', 'closed without a word');
    for (const socket of idle) socket.destroy();
    await Promise.all(ends);
    assert.equal((await ask(served.api, '/livez')).status, 200);
  });

  it('R15: one address gets its share of the connections, and another when it lets go', async () => {
    const few = { ...bounds, connectionsPerAddressMax: 2 };
    const node = served.node;
    const observer = { answered: () => {}, refused: () => {}, fault: () => {} };
    const api = await startApi({
      node,
      host: '127.0.0.1',
      port: 0,
      observer,
      hostNames: [],
      bounds: few,
    });
    const idle = [dial(api), dial(api)];
    const ends = idle.map(received);
    await Promise.all(idle.map((socket) => once(socket, 'connect')));
    assert.equal(await received(dial(api)), '', 'closed without a word');
    for (const socket of idle) socket.destroy();
    await Promise.all(ends);
    assert.equal((await ask(api, '/livez')).status, 200);
    await api.close(0);
  });

  it('R4: bodies beyond what may be worked on at once wait outside', async () => {
    const held = Array.from({ length: 3 }, () => dial(served.api));
    for (const socket of held) socket.write(submission('content-length: 1000'));
    const full = await untilStatus(served, 503);
    assert.deepEqual([full.status, full.code], [503, 'busy']);
    for (const socket of held) socket.destroy();
    // Who leaves makes room.
    await untilStatus(served, 422);
  });

  it('a wait outlasts the bound on idle connections', async () => {
    const waited = ask(
      served.api,
      `/v1/transactions/${'a'.repeat(64)}?wait=final&timeout_ms=${3 * bounds.idleMs}`,
    );
    assert.equal((await waited).status, 404);
  });
});

function drainedOrClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', () => resolve());
  });
}

/** Posts a small transaction until it is answered with this status: what was sent before takes effect. */
async function untilStatus(served: Served, status: number) {
  const body = signed(payment(0, { outputs: [] }));
  const head = submission('connection: close', `content-length: ${body.length}`);
  for (;;) {
    const answer = await askRaw(served.api, Buffer.concat([Buffer.from(head), body]));
    if (answer.status === status) return answer;
  }
}
