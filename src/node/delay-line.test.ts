import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../std/polyfill.ts';
import { DelayLine } from './delay-line.ts';

test('a delay line keeps the order, and delivers nothing before its time', async () => {
  const began = performance.now();
  const delivered: { item: number; afterMs: number }[] = [];
  const all = Promise.withResolvers<void>();
  const line = new DelayLine<number>(30, (item) => {
    delivered.push({ item, afterMs: performance.now() - began });
    if (delivered.length === 3) all.resolve();
  });
  line.push(1);
  line.push(2);
  setTimeout(() => line.push(3), 10);
  assert.deepEqual(delivered, []);
  await all.promise;
  assert.deepEqual(
    delivered.map(({ item }) => item),
    [1, 2, 3],
  );
  assert.ok(delivered.every(({ afterMs }) => afterMs >= 30));
});

test('without a delay it hands on at once, and closed it hands on nothing more', async () => {
  const seen: string[] = [];
  new DelayLine<string>(0, (item) => seen.push(item)).push('now');
  assert.deepEqual(seen, ['now']);
  const line = new DelayLine<string>(5, (item) => seen.push(item));
  line.push('never');
  line.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(seen, ['now']);
});
