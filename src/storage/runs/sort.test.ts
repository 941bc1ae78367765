import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPrng, type Prng } from '../../std/prng.ts';
import { ALL_KEYS } from './key-range.ts';
import { KEY_BYTES, keyOf, RECORD_BYTES } from './record.ts';
import { RecordList } from './record-list.ts';

/** Keys that have more or less of their beginnings in common. */
function keys(prng: Prng, count: number): string[] {
  const owner = Array.from({ length: KEY_BYTES }, () => prng.between(0, 255));
  return Array.from({ length: count }, () => {
    const same = prng.chance(0.5) ? 0 : prng.between(0, KEY_BYTES);
    const bytes = owner.map((byte, at) => (at < same ? byte : prng.between(0, 255)));
    return Buffer.from(bytes).toString('hex');
  });
}

test('records are sorted by all bytes of their keys', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const prng = createPrng(seed);
    const wanted = keys(prng, prng.between(0, 120));
    const list = new RecordList(wanted.length);
    for (const key of wanted) list.add(key, new Uint8Array(8));
    const bytes = list.sorted(ALL_KEYS);
    const found = wanted.map((_, i) => keyOf(bytes, i * RECORD_BYTES));
    assert.deepEqual(found, wanted.sort(), `seed ${seed}`);
  }
});

test('only records within the range are taken', () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const prng = createPrng(seed);
    const wanted = keys(prng, 60);
    const list = new RecordList(wanted.length);
    for (const key of wanted) list.add(key, null);
    const [from, to] = [wanted[3] as string, wanted[7] as string].sort() as [string, string];
    const range = { from: Buffer.from(from, 'hex'), to: Buffer.from(to, 'hex') };
    const bytes = list.sorted(range);
    const within = wanted.filter((key) => key >= from && key < to).sort();
    const found = within.map((_, i) => keyOf(bytes, i * RECORD_BYTES));
    assert.equal(bytes.length, within.length * RECORD_BYTES);
    assert.deepEqual(found, within, `seed ${seed}`);
  }
});

test('an entry of another size is our own mistake', () => {
  for (const [key, value] of [
    ['00', new Uint8Array(8)],
    ['00'.repeat(KEY_BYTES), new Uint8Array(7)],
    [`${'00'.repeat(KEY_BYTES - 1)}zz`, new Uint8Array(8)],
  ] as const) {
    assert.throws(() => new RecordList(1).add(key, value), /has its size/);
  }
});
