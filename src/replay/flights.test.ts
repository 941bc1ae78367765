import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TxId } from '../types/ids.ts';
import { longestPauseMs, slowestSecond } from './create-report.ts';
import { endingOf, Flights, quantile } from './flights.ts';
import { Owners } from './owners.ts';
import { processorTicks } from './processes.ts';
import { routesOf } from './routes.ts';
import { intendedTimes, parsePace } from './schedule.ts';
import { synthesizeTrace } from './trace/synthesize.ts';

const txids = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(32) as TxId);

test('latency counts from the intended time, so a stalled driver or ledger shows', () => {
  const flights = new Flights(txids, Float64Array.of(0, 10, 20));
  flights.posted(0, 0, 1);
  flights.posted(1, 1, 510);
  flights.end(0, { state: 'final', path: 'clean' }, 5);
  flights.end(1, { state: 'final', path: 'clean' }, 520);
  assert.deepEqual([...flights.latenciesMs()], [5, 510]);
  assert.deepEqual([...flights.lagsMs()], [1, 500]);
  assert.equal(flights.inFlight, 0);
});

test('an outcome is noted once, and only of what was sent', async () => {
  const flights = new Flights(txids.slice(0, 1), null);
  flights.end(0, { state: 'final', path: null }, 1);
  assert.equal(flights.counts.final, 0);
  flights.posted(0, 2, 3);
  flights.end(0, { state: 'rejected', reason: 'input-spent', winner: null }, 4);
  flights.end(0, { state: 'final', path: null }, 5);
  assert.deepEqual(flights.counts, { sent: 1, ended: 1, final: 0, rejected: 1, refused: 0 });
  await flights.done;
});

test('posted once more, it keeps its first time', () => {
  const flights = new Flights(txids, null);
  flights.posted(1, 0, 7);
  flights.posted(1, 3, 90);
  assert.equal(flights.sentMs[1], 7);
  assert.equal(flights.intendedMs[1], 7);
  assert.equal(flights.postedTo[1], 3);
  assert.equal(flights.counts.sent, 1);
});

test('a pause is time without an outcome while something was due', () => {
  const run = (intended: number[], ended: number[]) => {
    const flights = new Flights(txids, Float64Array.from(intended));
    ended.forEach((time, at) => {
      flights.posted(at, 0, intended[at]!);
      flights.end(at, { state: 'final', path: 'clean' }, time);
    });
    return longestPauseMs(flights);
  };
  // Nothing was due between 5 and 500.
  assert.equal(run([0, 500, 501], [5, 507, 508]), 7);
  // All three were due, and nothing came for 400.
  assert.equal(run([0, 1, 2], [5, 405, 406]), 400);
});

test('the slowest second is one of the whole ones behind the first in which something was due', () => {
  const run = (intended: number[], ended: number[]) => {
    const names = intended.map((_, at) => `${at}`.padStart(64, '0') as TxId);
    const flights = new Flights(names, Float64Array.from(intended));
    ended.forEach((time, at) => {
      flights.posted(at, 0, intended[at]!);
      flights.end(at, { state: 'final', path: 'clean' }, time);
    });
    return slowestSecond(flights);
  };
  assert.deepEqual(run([0, 900, 1100, 1200, 2100, 3000], [20, 1050, 1150, 1250, 2150, 3050]), {
    final: 1,
    mean: 2,
  });
  assert.deepEqual(run([0, 2000, 3000], [10, 3010, 3020]), { final: 0, mean: 0 });
  assert.equal(run([0, 900], [10, 910]), null);
});

test('quantiles are of the values themselves', () => {
  const values = Float64Array.from({ length: 100 }, (_, at) => at + 1);
  assert.equal(quantile(values, 0.5), 50);
  assert.equal(quantile(values, 0.99), 99);
  assert.equal(quantile(values, 1), 100);
  assert.equal(quantile(Float64Array.of(3), 0.01), 3);
  assert.ok(Number.isNaN(quantile(new Float64Array(0), 0.5)));
});

test('only ends of the ledger end a flight', () => {
  const [txid] = txids as [TxId];
  for (const state of ['unknown', 'pending', 'admitted', 'dropped'] as const) {
    assert.equal(endingOf({ txid, state }), null);
  }
  assert.deepEqual(endingOf({ txid, state: 'checkpointed', epoch: 3 }), {
    state: 'final',
    path: null,
  });
});

test('rivals are meant for one instant and for different validators', () => {
  const trace = synthesizeTrace({ kind: 'double-spends', transactions: 40, seed: 's' });
  const times = intendedTimes(trace, { kind: 'rate', perSecond: 100 });
  assert.ok(times.ok && times.value !== null);
  const routes = routesOf(trace, 4, 'spread');
  for (let at = 0; at < 40; at += 2) {
    assert.equal(times.value[at], at * 10);
    assert.equal(times.value[at + 1], at * 10);
    assert.notDeepEqual(routes[at], routes[at + 1]);
  }
  assert.deepEqual(new Set(routes.flat()), new Set([0, 1, 2, 3]));
});

test('a race: each rival goes to half of the validators', () => {
  const trace = synthesizeTrace({ kind: 'mixed', transactions: 100, seed: 's' });
  const routes = routesOf(trace, 5, 'race');
  let pairs = 0;
  for (const [at, { rivals }] of trace.txs.entries()) {
    const [rival] = rivals;
    if (rival === undefined) continue;
    pairs += 1;
    assert.deepEqual(
      [routes[rival], routes[at]],
      [
        [0, 2, 4],
        [1, 3],
      ],
    );
  }
  assert.equal(pairs, 20);
  assert.equal(routes.filter((route) => route.length === 1).length, 60);
  assert.ok(routesOf(trace, 1, 'race').every((route) => route.length === 1));
});

test('sticky: a child goes where its parent went', () => {
  const trace = synthesizeTrace({ kind: 'chains', transactions: 100, seed: 's' });
  const routes = routesOf(trace, 4, 'sticky');
  trace.txs.forEach(({ inputs }, at) => {
    if (inputs[0]!.tx >= 0) assert.equal(routes[at], routes[inputs[0]!.tx]);
  });
});

test('a trace without times needs a rate', () => {
  const trace = synthesizeTrace({ kind: 'uniform', transactions: 2, seed: 's' });
  assert.equal(intendedTimes(trace, { kind: 'trace', speed: 1 }).ok, false);
  const timed = { ...trace, txs: trace.txs.map((tx, at) => ({ ...tx, atMs: at * 100 })) };
  const times = intendedTimes(timed, { kind: 'trace', speed: 10 });
  assert.ok(times.ok && times.value?.[1] === 10);
});

test('a pace is a rate or "max"', () => {
  assert.deepEqual(parsePace('2500/s'), { kind: 'rate', perSecond: 2500 });
  assert.deepEqual(parsePace('0.5'), { kind: 'rate', perSecond: 0.5 });
  assert.equal(parsePace('max')?.kind, 'max');
  for (const text of ['', '0', '-1', 'fast', '5/m']) assert.equal(parsePace(text), null);
});

test("processor time is read behind the process's name, whatever that is", () => {
  const stat = `42 (a) b (c) S 1 42 42 0 -1 4194560 900 0 0 0 250 75 0 0 20 0 11 0 100 1000 10`;
  assert.equal(processorTicks(stat), 325);
});

test('owners have other keys in another run, and the same in the same', () => {
  const seed = 'ab'.repeat(32);
  const lock = (run: string, owner: number) => new Owners(seed, run).lock(owner);
  assert.equal(lock('one', 3), lock('one', 3));
  assert.notEqual(lock('one', 3), lock('two', 3));
  assert.notEqual(lock('one', 3), lock('one', 4));
  assert.notEqual(lock('one', 3), new Owners('cd'.repeat(32), 'one').lock(3));
});
