import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Digest } from '../../types/ids.ts';
import { NODE_LIMITS } from '../../types/limits.ts';
import { Evicted } from './evicted.ts';
import { NOBODY, only } from './lanes.ts';

const name = { from: { kind: 'lane', lane: 1 }, sponsors: only(2) } as const;
const digest = (i: number) => `${i}` as Digest;

/** So many, the first of which went first. */
function evicted(count: number): Evicted {
  const gone = new Evicted();
  for (let i = 0; i < count; i++) gone.add(digest(i), name);
  return gone;
}

it('what went last is asked for first, and once more only when all others have been', () => {
  const gone = evicted(6);
  const order = () => [...gone.next()].map(([each]) => Number(each));
  assert.deepEqual(order(), [5, 4, 3, 2, 1, 0]);
  gone.asked(new Set([5, 4].map(digest)));
  assert.deepEqual(order(), [3, 2, 1, 0, 5, 4]);
  gone.delete(digest(1));
  gone.asked(new Set([digest(9)]));
  assert.deepEqual(order(), [3, 2, 0, 5, 4]);
  assert.deepEqual([gone.has(digest(1)), gone.has(digest(0))], [false, true]);
});

it('their sponsors are known as long as they are', () => {
  const gone = evicted(2);
  gone.add(digest(2), { ...name, sponsors: only(2) | only(3) });
  gone.delete(digest(1));
  const sponsors = [0, 1, 2].map((i) => gone.sponsorsOf(digest(i)));
  assert.deepEqual(sponsors, [only(2), NOBODY, only(2) | only(3)]);
});

it('the oldest names are forgotten beyond the bound', () => {
  const most = NODE_LIMITS.evictedPerLaneMax.value;
  const gone = evicted(2 * most);
  assert.ok(gone.has(digest(0)));
  gone.add(digest(2 * most), name);
  const held = Array.from({ length: 2 * most + 1 }, (_, i) => gone.has(digest(i)));
  assert.deepEqual([held.indexOf(true), held.filter(Boolean).length], [most + 1, most]);
  assert.equal([...gone.next()].length, most);
});
