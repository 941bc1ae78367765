import '../std/polyfill.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTime } from './in-time.ts';

test('work that hangs is waited for up to its time, and no other', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const hung = inTime(new Promise<void>(() => undefined), 5000);
  t.mock.timers.tick(4999);
  const done = Promise.withResolvers<void>();
  const isDone = inTime(done.promise, 5000);
  const fails = assert.rejects(inTime(Promise.reject(new Error('a full disk')), 5000), /full/);
  t.mock.timers.tick(1);
  assert.equal(await hung, false);
  t.mock.timers.tick(4998);
  done.resolve();
  assert.equal(await isDone, true);
  await fails;
});
