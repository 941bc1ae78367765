import '../std/polyfill.ts';
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Stream } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { createLibp2p, type Libp2p } from 'libp2p';
import { tellListenersOnly } from './heard-events.ts';
import { boundedYamux } from './muxer.ts';
import { quickNoise } from './quick-noise.ts';
import { Tolls } from './tolls.ts';

test('who listens is told what it was told before, and nobody else', () => {
  const told: unknown[] = [];
  const listeners = new Map([['drain', 1]]);
  const teller = {
    listenerCount: (type: string) => listeners.get(type) ?? 0,
    safeDispatchEvent: (type: string, detail?: object) => told.push([type, detail]) > 1,
  };
  tellListenersOnly(teller);
  assert.equal(teller.safeDispatchEvent('idle'), true);
  assert.deepEqual(told, []);
  const detail = { detail: 7 };
  assert.equal(teller.safeDispatchEvent('drain', detail), false);
  assert.deepEqual(told, [['drain', detail]]);
  listeners.set('idle', 1);
  assert.equal(teller.safeDispatchEvent('idle'), true);
  assert.deepEqual(told[1], ['idle', undefined]);
});

async function nodeFor(t: TestContext): Promise<Libp2p> {
  const tolls = new Tolls();
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [quickNoise(tolls)],
    streamMuxers: [boundedYamux(tolls, '/echo')],
  });
  t.after(() => node.stop());
  return node;
}

/** Resolves when something has come. */
function answered(stream: Stream): Promise<void> {
  return new Promise((resolve) => {
    stream.addEventListener('message', () => resolve(), { once: true });
  });
}

test('a message makes no event that nobody hears, at any layer', { timeout: 60_000 }, async (t) => {
  const [from, to] = [await nodeFor(t), await nodeFor(t)];
  await to.handle('/echo', (stream) => {
    stream.addEventListener('message', ({ data }) => stream.send(data));
  });
  const stream = await from.dialProtocol(to.getMultiaddrs(), '/echo');
  const first = answered(stream);
  stream.send(new Uint8Array(10));
  await first;

  const made: string[] = [];
  const { CustomEvent: Made } = globalThis;
  t.after(() => Object.assign(globalThis, { CustomEvent: Made }));
  globalThis.CustomEvent = class<T> extends Made<T> {
    constructor(...given: ConstructorParameters<typeof Made<T>>) {
      super(...given);
      made.push(given[0]);
    }
  } as typeof Made;
  stream.send(new Uint8Array(300));
  assert.deepEqual(made, []);

  // Somebody who waits for it is told, as a close does that has bytes left.
  let heard = 0;
  stream.addEventListener('idle', () => {
    heard += 1;
  });
  stream.send(new Uint8Array(300));
  assert.equal(heard, 1);
});
