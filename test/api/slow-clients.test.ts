import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApi } from '../../src/api/server.ts';
import type { TxId } from '../../src/types/ids.ts';
import { API_LIMITS } from '../../src/types/limits.ts';
import { payment, signed } from './fake-ledger.ts';
import { getText, submissionHead } from './request-text.ts';
import {
  type Answered,
  ask,
  askRaw,
  assertUnharmed,
  dial,
  firstAnswer,
  received,
  type Served,
  serving,
} from './serve.ts';

/** Rows R of the catalogue of faults: what a client can do with its time and its connections. */

describe('REST: slow clients', () => {
  const bounds = { headerMs: 200, requestMs: 300, idleMs: 400, checkMs: 20 };
  const served = serving(undefined, bounds);

  it('R13: a header that never ends', async () => {
    const { status, code } = await askRaw(served.api, 'GET /livez HTTP/1.1\r\nhost: ');
    assert.deepEqual([status, code], [408, 'request-timeout']);
    assert.ok(served.refused.includes(408), 'counted');
  });

  it('R13: a body that never ends, though it trickles', async () => {
    const before = served.node.fingerprint();
    const socket = dial(served.api);
    socket.write(submissionHead('content-length: 1000'));
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
    socket.write(getText('/v1/evidence/0'));
    socket.pause();
    // It is the server that gives up; the client would hold the connection for ever.
    await noted('/v1/evidence/:index');
    socket.destroy();
    await assertUnharmed(served, served.node.fingerprint());
  });

  it('a wait outlasts the bound on idle connections', async () => {
    const waited = ask(
      served.api,
      `/v1/transactions/${'a'.repeat(64)}?wait=final&timeout_ms=${3 * bounds.idleMs}`,
    );
    assert.equal((await waited).status, 404);
    const { seconds } = await noted('/v1/transactions/:txid');
    assert.ok(seconds * 1000 > bounds.idleMs, 'it counts with the time that it took');
  });

  it('R15: waits of one connection outlast it too, though the first one of them ends', async () => {
    const txid = 'a'.repeat(64);
    const wait = (ms: number) => getText(`/v1/transactions/${txid}?wait=final&timeout_ms=${ms}`);
    const open = wait(1).replace('connection: close\r\n', '');
    const socket = dial(served.api);
    socket.write(open + wait(3 * bounds.idleMs));
    const answers = (await received(socket)).match(/HTTP\/1\.1 404/g);
    assert.equal(answers?.length, 2);
  });

  /** The observer hears of an answer when it is over, which its client may know before. */
  async function noted(path: string): Promise<Answered> {
    for (;;) {
      const answer = served.answered.find(({ route }) => route === path);
      if (answer !== undefined) return answer;
      await sleep(20);
    }
  }
});

describe('REST: clients that take room', () => {
  /** Who takes it keeps it until he leaves, however slow this machine is. */
  const patient = { headerMs: 240_000, requestMs: 240_000, idleMs: 240_000 };
  const bounds = { ...patient, connectionsMax: 8, bodiesBytesMax: 3100 };
  const served = serving(undefined, bounds);

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
    for (const socket of held) socket.write(submissionHead('content-length: 1000'));
    const full = await untilStatus(served, 503);
    assert.deepEqual([full.status, full.code], [503, 'busy']);
    for (const socket of held) socket.destroy();
    // Who leaves makes room.
    await untilStatus(served, 422);
  });
});

describe('REST: clients that leave', () => {
  const served = serving();

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

describe('REST: clients that ask ahead', () => {
  const served = serving();

  it('requests of one connection beyond the bound are busy, and there is room again behind them', async () => {
    const txid = 'a'.repeat(64) as TxId;
    const { value: most } = API_LIMITS.requestsAheadMax;
    const wait = getText(`/v1/transactions/${txid}?wait=final&timeout_ms=30000`);
    const open = wait.replace('connection: close\r\n', '');
    const socket = dial(served.api);
    const answers: number[] = [];
    const statuses = new StatusLines(socket, (status) => answers.push(status));
    // In one piece, so that none is answered before the last one is read.
    socket.write(open.repeat(most + 5));
    await served.node.waitsAtLeast(most);
    served.node.set(txid, { state: 'final', path: 'clean' });
    await statuses.until(most + 5);
    assert.deepEqual(answers, [...Array(most).fill(200), ...Array(5).fill(503)]);
    socket.write(wait);
    await statuses.until(most + 6);
    assert.equal(answers.at(-1), 200);
  });
});

/** The statuses of the answers on a connection. */
class StatusLines {
  #text = '';
  #count = 0;
  #look = () => {};

  constructor(socket: Socket, told: (status: number) => void) {
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
      const found = [...this.#text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].slice(this.#count);
      for (const [, status] of found) told(Number(status));
      this.#count += found.length;
      this.#look();
    });
  }

  async until(count: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#look = () => {
        if (this.#count >= count) resolve();
      };
      this.#look();
    });
  }
}

/** Posts a small transaction until it is answered with this status: what was sent before takes effect. */
async function untilStatus(served: Served, status: number) {
  const body = signed(payment(0, { outputs: [] }));
  const head = submissionHead('connection: close', `content-length: ${body.length}`);
  for (;;) {
    const answer = await askRaw(served.api, Buffer.concat([Buffer.from(head), body]));
    if (answer.status === status) return answer;
  }
}
