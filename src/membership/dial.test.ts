import '../std/polyfill.ts';
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { dialLimits, dialWithin } from './dial.ts';

const LIMITS = { connectMs: 100, handshakeMs: 500 };

/** A dial that ends when it is told to, on mocked time. */
function dialled(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const pass = (ms: number): void => t.mock.timers.tick(ms);
  const connected = Promise.withResolvers<string>();
  let options: Parameters<Parameters<typeof dialWithin>[1]>[0] | undefined;
  const dial = dialWithin(LIMITS, (given) => {
    options = given;
    given.signal.addEventListener('abort', () => connected.reject(new Error('aborted')));
    return connected.promise;
  });
  const progress = (type: string) => options?.onProgress({ type, detail: null } as never);
  return { dial, pass, progress, connected };
}

test('a dial that nobody answers ends early', async (t) => {
  const { dial, pass, progress } = dialled(t);
  progress('tcp:open-connection');
  pass(LIMITS.connectMs);
  await assert.rejects(dial, /aborted/);
});

test('one that was answered has time for its handshake, and no more', async (t) => {
  const { dial, pass, progress, connected } = dialled(t);
  pass(LIMITS.connectMs - 1);
  progress('upgrader:encrypt-outbound-connection');
  pass(LIMITS.handshakeMs - 1);
  connected.resolve('there');
  assert.equal(await dial, 'there');
});

test('a handshake that does not end is ended', async (t) => {
  const { dial, pass, progress } = dialled(t);
  progress('upgrader:encrypt-outbound-connection');
  pass(LIMITS.connectMs);
  pass(LIMITS.handshakeMs);
  await assert.rejects(dial, /aborted/);
});

test('the nearer the other machine is known to be, the sooner a dial gives up', () => {
  assert.equal(dialLimits(null).connectMs, 1400);
  assert.equal(dialLimits(2).connectMs, 400);
  assert.equal(dialLimits(200).connectMs, 600);
  assert.equal(dialLimits(5000).connectMs, 1400);
});
