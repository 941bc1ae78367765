import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { defaultBackOff, Redial, waitMs } from './redial.ts';

const BACK_OFF = { firstMs: 100, maxMs: 1000, stableMs: 5000 };

test('N4: waits double up to the bound, and chance takes at most half of each', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 60].map((attempt) => waitMs(BACK_OFF, attempt, 0.999999)).map(Math.round),
    [100, 200, 400, 800, 1000, 1000],
  );
  assert.equal(waitMs(BACK_OFF, 1, 0), 100);
});

/** A target that never answers, on mocked time: `dials` counts the attempts. */
function unreachable(t: TestContext, firstDialMs = 0) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const state = { dials: 0 };
  const dial = async (): Promise<void> => {
    state.dials += 1;
    throw new Error('nobody there');
  };
  const redial = new Redial(dial, BACK_OFF, () => 0.999999, firstDialMs);
  const pass = async (ms: number): Promise<void> => {
    t.mock.timers.tick(ms);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { redial, state, pass };
}

test('an unreachable target is dialled ever less often', async (t) => {
  const { redial, state, pass } = unreachable(t);
  redial.want();
  await pass(0);
  assert.equal(state.dials, 1);
  await pass(99);
  assert.equal(state.dials, 1);
  await pass(1);
  assert.equal(state.dials, 2);
  await pass(199);
  assert.equal(state.dials, 2);
  await pass(1);
  assert.equal(state.dials, 3);
});

test('news make it try at once; a connection that lasted makes the waits small again', async (t) => {
  const { redial, state, pass } = unreachable(t);
  redial.want();
  for (let turn = 0; turn < 8; turn += 1) await pass(1000);
  const before = state.dials;
  redial.hurry();
  await pass(0);
  assert.equal(state.dials, before + 1);
  redial.rest();
  await pass(5000);
  assert.equal(state.dials, before + 1);
  redial.lasted(4999);
  redial.want();
  await pass(99);
  assert.equal(state.dials, before + 1);
  redial.rest();
  redial.lasted(5000);
  redial.want();
  await pass(0);
  assert.equal(state.dials, before + 2);
});

test('one side may leave the first dial to the other', async (t) => {
  const { redial, state, pass } = unreachable(t, 50);
  redial.want();
  await pass(49);
  assert.equal(state.dials, 0);
  await pass(1);
  assert.equal(state.dials, 1);
});

test('the more members, the longer the longest wait', () => {
  assert.equal(defaultBackOff(4).maxMs, 400);
  assert.equal(defaultBackOff(64).maxMs, 3200);
});
