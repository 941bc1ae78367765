import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '../../types/ids.ts';
import type { PeerId } from '../effects.ts';
import { PullTimer } from './pull-timer.ts';

const RESYNC_MS = 500;
const GRACE_MS = 50;
const PATIENCE_MS = 2 * RESYNC_MS + GRACE_MS;
const [ONE, OTHER, THIRD]: PeerId[] = [
  { kind: 'lane', lane: 1 },
  { kind: 'lane', lane: 2 },
  { kind: 'lane', lane: 3 },
];
const [A, B] = ['aa', 'bb'] as Digest[];

function timer() {
  const graph = { size: 0 };
  return { graph, timer: new PullTimer(RESYNC_MS, graph) };
}

/** Asks whenever it is due until this time, always with an answer at once; when. */
function askedMs(it: PullTimer, wanted: Digest, peers: number, untilMs: number): number[] {
  const asked: number[] = [];
  for (let nowMs = it.dueAtMs; nowMs < untilMs; nowMs = it.dueAtMs) {
    it.turn(wanted, peers, nowMs);
    it.asked(ONE!, false, nowMs);
    it.answered(ONE!, nowMs);
    asked.push(nowMs);
  }
  return asked;
}

test('nothing is due while nothing waits', () => {
  const { timer: it } = timer();
  assert.equal(it.dueAtMs, Number.POSITIVE_INFINITY);
  it.waits(10);
  assert.equal(it.dueAtMs, 10 + GRACE_MS);
  assert.equal(it.turn(null, 3, 60), 'nobody');
  assert.equal(it.dueAtMs, Number.POSITIVE_INFINITY);
});

test('the first block that waits says when', () => {
  const { timer: it } = timer();
  it.waits(10);
  it.waits(40);
  assert.equal(it.dueAtMs, 10 + GRACE_MS);
});

test('the grace is longer for a busy machine', () => {
  const { timer: it } = timer();
  it.paced(40);
  it.waits(0);
  assert.equal(it.dueAtMs, GRACE_MS + 12 * 40);
});

test('who sent the block that waits is asked first, then the next ones in turn', () => {
  const { timer: it } = timer();
  assert.equal(it.turn(A!, 3, 50), 'sender');
  it.asked(ONE!, false, 50);
  it.answered(ONE!, 50);
  assert.equal(it.turn(A!, 3, 100), 'next');
  assert.equal(it.turn(B!, 3, 150), 'sender');
  it.asked(ONE!, false, 150);
  // No answer came.
  assert.equal(it.turn(A!, 3, 150 + PATIENCE_MS), 'next');
});

test('with nobody connected nobody is asked, and it is tried again', () => {
  const { timer: it } = timer();
  assert.equal(it.turn(A!, 0, 50), 'nobody');
  assert.equal(it.dueAtMs, 50 + RESYNC_MS);
  assert.equal(it.turn(A!, 1, 50 + RESYNC_MS), 'sender');
});

test('what nobody gives is asked for twice of each, then once a beat', () => {
  const { timer: it } = timer();
  it.waits(0);
  const soon = [50, 100, 150, 200, 250];
  assert.deepEqual(askedMs(it, A!, 2, 3000), [...soon, 750, 1250, 1750, 2250, 2750]);
});

test('something that comes in, or something else that is missing, begins anew', () => {
  const { timer: it, graph } = timer();
  it.waits(0);
  assert.deepEqual(askedMs(it, A!, 1, 600), [50, 100, 150]);
  graph.size = 1;
  assert.deepEqual(askedMs(it, A!, 1, 1200), [650, 700, 750]);
  assert.deepEqual(askedMs(it, B!, 1, 1800), [1250, 1300, 1350]);
});

test('one pull is under way: its answer is awaited, with patience', () => {
  const { timer: it } = timer();
  assert.ok(!it.isAwaiting(0));
  it.waits(0);
  it.asked(ONE!, false, 100);
  assert.equal(it.pulls, 1);
  assert.ok(it.isAwaiting(100 + PATIENCE_MS - 1));
  assert.ok(!it.isAwaiting(100 + PATIENCE_MS));
  assert.equal(it.dueAtMs, 100 + PATIENCE_MS);
});

test('a busy machine awaits an answer longer', () => {
  const { timer: it } = timer();
  it.paced(40);
  it.asked(ONE!, false, 0);
  assert.ok(it.isAwaiting(PATIENCE_MS + 12 * 40 - 1));
  assert.ok(!it.isAwaiting(PATIENCE_MS + 12 * 40));
});

test('blocks of the one that was asked prolong the patience, not for ever', () => {
  const { timer: it } = timer();
  it.asked(ONE!, false, 0);
  it.brought(OTHER!, 1000);
  assert.ok(!it.isAwaiting(PATIENCE_MS));
  it.brought(ONE!, 1000);
  assert.ok(it.isAwaiting(1000 + PATIENCE_MS - 1));
  assert.ok(!it.isAwaiting(1000 + PATIENCE_MS));
  it.brought(ONE!, 9500);
  assert.ok(it.isAwaiting(9999));
  assert.ok(!it.isAwaiting(20 * RESYNC_MS));
});

test('an answer counts from the one that was asked, once, and says what it was asked for', () => {
  const { timer: it } = timer();
  assert.equal(it.answered(ONE!, 0), 'nothing');
  it.asked(ONE!, false, 0);
  assert.equal(it.answered(OTHER!, 0), 'nothing');
  assert.equal(it.answered(ONE!, 0), 'named');
  assert.equal(it.answered(ONE!, 0), 'nothing');
  it.asked(ONE!, true, 0);
  assert.equal(it.answered(ONE!, 0), 'everything');
});

test('of one that is gone no answer is awaited', () => {
  const { timer: it } = timer();
  it.asked(ONE!, false, 0);
  it.gone(OTHER!);
  assert.ok(it.isAwaiting(0));
  it.gone(ONE!);
  assert.ok(!it.isAwaiting(0));
});

test('an answer that let nothing in is barren, until one did', () => {
  const { timer: it, graph } = timer();
  assert.ok(!it.isBarren);
  it.asked(ONE!, false, 0);
  it.answered(ONE!, 0);
  assert.ok(it.isBarren);
  it.asked(ONE!, true, 0);
  graph.size = 1;
  it.answered(ONE!, 0);
  assert.ok(!it.isBarren);
});

test('after a pull in vain a beat passes', () => {
  const { timer: it, graph } = timer();
  assert.ok(!it.isTooSoon(0), 'nobody was asked');
  it.asked(ONE!, true, 0);
  assert.ok(it.isTooSoon(RESYNC_MS - 1));
  assert.ok(!it.isTooSoon(RESYNC_MS));
  graph.size = 1;
  assert.ok(!it.isTooSoon(0));
});

test('who was asked longest ago is next, whatever came in meanwhile', () => {
  const { timer: it, graph } = timer();
  const all = [ONE!, OTHER!];
  assert.equal(it.next([]), undefined);
  assert.equal(it.next(all), ONE);
  it.asked(ONE!, true, 0);
  assert.equal(it.next(all), OTHER);
  it.asked(OTHER!, true, 1);
  graph.size = 1;
  assert.equal(it.next(all), ONE);
});

/** One that was asked at this time and brings a block now and then, until its answer ends. */
function trickles(it: PullTimer, peer: PeerId, fromMs: number, endMs: number): void {
  it.asked(peer, true, fromMs);
  for (let nowMs = fromMs; nowMs < endMs; nowMs += RESYNC_MS) it.brought(peer, nowMs);
  assert.equal(it.answered(peer, endMs), 'everything');
}

test('who took long rests for as much time as the others may have, who come first', () => {
  const { timer: it } = timer();
  const all = [ONE!, OTHER!, THIRD!];
  const beats = 10;
  let nowMs = beats * RESYNC_MS;
  trickles(it, ONE!, 0, nowMs);
  for (let left = 2 * (beats - 1); left >= 0; left--) {
    assert.equal(it.isResting(ONE!, all.length, nowMs), left > 0);
    const next = it.next(all);
    assert.deepEqual(next, all[1 + (left % 2)]);
    trickles(it, next!, nowMs, nowMs + RESYNC_MS);
    nowMs += RESYNC_MS;
  }
  assert.equal(it.next(all), ONE);
});

test('it rests shorter where there are fewer others, and not where there is nobody else', () => {
  const { timer: it } = timer();
  trickles(it, ONE!, 0, 3 * RESYNC_MS);
  const restBeats = (peers: number) => {
    let beats = 0;
    while (it.isResting(ONE!, peers, (3 + beats) * RESYNC_MS)) beats++;
    return beats;
  };
  assert.deepEqual([1, 2, 3].map(restBeats), [0, 2, 4]);
  assert.equal(it.next([ONE!]), ONE);
});

test('who answers within a beat does not rest', () => {
  const { timer: it } = timer();
  trickles(it, ONE!, 0, RESYNC_MS);
  assert.ok(!it.isResting(ONE!, 100, RESYNC_MS));
});

test('who falls silent, leaves, or answers when it is too late, took as long as it was waited for', () => {
  const endings: readonly ((it: PullTimer) => void)[] = [
    () => {},
    (it) => it.gone(ONE!),
    (it) => it.answered(ONE!, 100 * RESYNC_MS),
  ];
  for (const end of endings) {
    const { timer: it } = timer();
    it.asked(ONE!, true, 0);
    for (let nowMs = 0; nowMs <= 8 * RESYNC_MS; nowMs += RESYNC_MS) it.brought(ONE!, nowMs);
    end(it);
    const endMs = 8 * RESYNC_MS + PATIENCE_MS;
    const restMs = endMs - RESYNC_MS;
    assert.ok(it.isResting(ONE!, 2, endMs + restMs - 1));
    assert.ok(!it.isResting(ONE!, 2, endMs + restMs));
  }
});

test('a validator that comes again is the one that was asked, a stranger is a new one', () => {
  const { timer: it } = timer();
  const stranger: PeerId = { kind: 'observer', id: 'x' };
  for (const who of [stranger, ONE!]) {
    it.asked(who, true, 0);
    it.gone(who);
  }
  assert.equal(it.next([ONE!, OTHER!]), OTHER);
  it.asked(OTHER!, true, 0);
  assert.equal(it.next([ONE!, OTHER!, stranger]), stranger);
  assert.equal(it.next([OTHER!, ONE!]), ONE);
});
