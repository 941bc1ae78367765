import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPrng } from './prng.ts';

test('a seed gives the same stream for ever', () => {
  const prng = createPrng(1);
  // Computed by an implementation apart.
  const drawn = Array.from({ length: 4 }, () => prng.next());
  assert.deepEqual(drawn, [350175097, 640680501, 3603964963, 713971460]);
});

test('a number and its text are one seed; other seeds are other streams', () => {
  assert.deepEqual(createPrng(7).bytes(16), createPrng('7').bytes(16));
  assert.notDeepEqual(createPrng(7).bytes(16), createPrng(8).bytes(16));
});

test('a fork neither moves its parent nor depends on its position', () => {
  const parent = createPrng('s');
  const before = parent.fork('a').next();
  const first = parent.next();
  assert.equal(parent.fork('a').next(), before);
  assert.notEqual(parent.fork('b').next(), before);
  assert.equal(createPrng('s').next(), first);
});

test('below is uniform, also where 2^32 is no multiple', () => {
  const prng = createPrng('uniform');
  const counts = [0, 0, 0, 0, 0];
  for (let i = 0; i < 50_000; i++) counts[prng.below(5)]! += 1;
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, `${counts}`);
  let high = 0;
  for (let i = 0; i < 9_000; i++) if (prng.below(3 * 2 ** 30) < 2 ** 30) high += 1;
  assert.ok(Math.abs(high - 3_000) < 250, `${high}`); // a plain remainder would give 4,500
});

test('between has both ends, float is in [0, 1), chance keeps its extremes', () => {
  const prng = createPrng('ranges');
  const seen = new Set(Array.from({ length: 200 }, () => prng.between(-1, 1)));
  assert.deepEqual([...seen].sort(), [-1, 0, 1]);
  for (let i = 0; i < 1000; i++) {
    const drawn = prng.float();
    assert.ok(drawn >= 0 && drawn < 1);
    assert.equal(prng.chance(0), false);
    assert.equal(prng.chance(1), true);
  }
});

test('shuffled keeps the items and reaches every order', () => {
  const prng = createPrng('orders');
  const items = [1, 2, 3];
  const orders = new Set(Array.from({ length: 300 }, () => prng.shuffled(items).join('')));
  assert.equal(orders.size, 6);
  assert.deepEqual(items, [1, 2, 3]);
  assert.ok(items.includes(prng.pick(items)));
});
