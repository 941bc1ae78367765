import '../std/polyfill.ts';
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TxId } from '../types/ids.ts';
import { Fleet } from './fleet.ts';
import { Flights } from './flights.ts';
import { Rescue } from './rescue.ts';
import { Sender } from './sender.ts';

const TXID = 'ab'.repeat(32) as TxId;
const BYTES = Uint8Array.of(1);
/** In a batch. */
const FRAME_BYTES = 4 + BYTES.length;

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A run of one payment, of which the first validator says nothing, and the second that a rival came first. */
async function endingBeside(t: TestContext, silence: RequestListener) {
  const silent = await serve(t, silence);
  let posts = 0;
  const other = await serve(t, async (request, response) => {
    const isQuestion = request.url?.endsWith('/query') === true;
    let bytes = 0;
    for await (const chunk of request) bytes += chunk.length;
    const spent = posts > 0;
    if (!isQuestion) posts += 1;
    const asked = { txid: TXID, state: 'dropped', code: 'input-conflict' };
    // True of this validator alone, and then of all.
    const posted = { txid: TXID, ok: false, code: spent ? 'input-spent' : 'input-conflict' };
    const results = isQuestion ? [asked] : Array(bytes / FRAME_BYTES).fill(posted);
    response.end(JSON.stringify({ results }));
  });
  const fleet = new Fleet([silent, other]);
  t.after(() => fleet.close());
  const flights = new Flights([TXID], Float64Array.of(0));
  const now = () => performance.now();
  const sender = new Sender({
    fleet,
    flights,
    bytes: [BYTES],
    routes: [[0]],
    now,
    inFlightMax: Number.POSITIVE_INFINITY,
    signal: new AbortController().signal,
  });
  const rescue = new Rescue(fleet, flights, sender, 0);
  await sender.run();
  while (flights.state(0) === 'sent') {
    sender.pump();
    await rescue.look(now());
    await sleep(5);
  }
  return flights.endings[0];
}

const SPENT = { state: 'refused', reason: 'input-spent', winner: null };

test('who may be at a validator that cut it off is not refused by one to which a rival came first', async (t) => {
  const cut = await endingBeside(t, (request) => request.socket.destroy());
  assert.deepEqual(cut, SPENT);
});

test('nor who waits for the answer of a validator that can be asked no more', async (t) => {
  const waiting = await endingBeside(t, (request) => {
    if (!request.url?.endsWith('/batch')) request.socket.destroy();
  });
  assert.deepEqual(waiting, SPENT);
});
