import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Input } from '../../replica/effects.ts';
import { ClockWatch } from './clock-watch.ts';

const LOOK_MS = 30_000;
const OFF = 'the clock of this validator is not that of the others';
const RIGHT = 'the clock of this validator is that of the others again';

/** A validator of four on mocked time, whose clock is at 100 s. */
function watching(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const said: string[] = [];
  const state = { isCaughtUp: true };
  const watch = new ClockWatch({
    now: () => 100_000,
    othersMin: 2,
    isCaughtUp: () => state.isCaughtUp,
    log: {
      warn: (_: object, text: string) => said.push(text),
      info: (text: string) => said.push(text),
    } as unknown as ConstructorParameters<typeof ClockWatch>[0]['log'],
  });
  /** One look, before which these blocks have come: of which lane, how far ahead, by whom. */
  const look = (...blocks: (readonly [lane: number, aheadMs: number, from?: number])[]) => {
    for (const [lane, aheadMs, from = lane] of blocks) {
      const block = { header: { lane, timeMs: 100_000 + aheadMs } };
      watch.heard({ kind: 'block', from: { kind: 'lane', lane: from }, block } as unknown as Input);
    }
    t.mock.timers.tick(LOOK_MS);
    return watch.offsetMs;
  };
  return { look, said, state, watch };
}

test('a clock that is away from those of the others is told at the second look, and when it is right again', (t) => {
  const { look, said } = watching(t);
  assert.equal(look([1, 7000], [2, 7200], [3, 6800]), 7000);
  assert.deepEqual(said, []);
  look([1, 7000], [2, 7200]);
  assert.deepEqual(said, [OFF]);
  look([1, -7000], [2, -7200]);
  assert.deepEqual(said, [OFF]);
  assert.equal(look([1, 40], [2, -20]), -20);
  assert.deepEqual(said, [OFF, RIGHT]);
  look([1, 4900], [2, 5000]);
  look([1, 4900], [2, 5000]);
  assert.deepEqual(said, [OFF, RIGHT]);
});

test('it is told again every hour', (t) => {
  const { look, said } = watching(t);
  for (let looks = 0; looks < 250; looks += 1) look([1, -9000], [2, -9000]);
  assert.deepEqual(said, [OFF, OFF, OFF]);
});

test('one that lies moves nothing, nor does one block that was delayed', (t) => {
  const { look } = watching(t);
  assert.equal(look([1, 9_000_000], [2, 10], [3, 20]), 20);
  assert.equal(look([1, 9_000_000], [2, 10]), 10);
  assert.equal(look([1, -9_000_000], [3, -20]), -20);
  assert.equal(look([1, -60_000], [1, -10], [1, -50_000], [2, -30], [2, -80_000]), -10);
});

test('too few, blocks that another one brings, and those of a time that is over say nothing', (t) => {
  const { look, said, state } = watching(t);
  assert.equal(look([1, 300], [2, 300]), 300);
  for (let looks = 0; looks < 3; looks += 1) {
    assert.equal(look([1, 9000]), 300);
    assert.equal(look([1, 9000, 3], [2, 9000, 3]), 300);
  }
  state.isCaughtUp = false;
  for (let looks = 0; looks < 3; looks += 1) look([1, -9000], [2, -9000]);
  state.isCaughtUp = true;
  assert.equal(look([1, 300], [2, 300]), 300);
  assert.deepEqual(said, []);
});

test('once it is stopped nobody looks', (t) => {
  const { look, watch } = watching(t);
  watch.stop();
  assert.equal(look([1, 7000], [2, 7000]), 0);
});
