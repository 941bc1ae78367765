import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockingBudget } from './blocking-budget.ts';

/** A disk that takes so long each time, asked every so often for a while: how often this thread waited, and how long. */
async function asked(disk: { takesMs: number; everyMs: number; forMs: number }) {
  let nowMs = 1000;
  const budget = new BlockingBudget(() => nowMs);
  const done = { here: 0, elsewhere: 0 };
  const endMs = nowMs + disk.forMs;
  while (nowMs < endMs) {
    const nextMs = nowMs + disk.everyMs;
    await budget.spend(
      () => {
        done.here += 1;
        nowMs += disk.takesMs;
      },
      async () => {
        done.elsewhere += 1;
      },
    );
    nowMs = Math.max(nowMs, nextMs);
  }
  return done;
}

test('a quick disk is always waited for here', async () => {
  const done = await asked({ takesMs: 0.5, everyMs: 5, forMs: 10_000 });
  assert.deepEqual(done, { here: 2000, elsewhere: 0 });
});

test('a slow disk holds this thread up for a fifth of its time at most', async () => {
  for (const takesMs of [5, 10, 40]) {
    const { here, elsewhere } = await asked({ takesMs, everyMs: 12, forMs: 60_000 });
    assert.ok(elsewhere > here, `${takesMs} ms`);
    assert.ok(here * takesMs > 0.15 * 60_000, `${takesMs} ms: ${here} times`);
    assert.ok(here * takesMs <= 0.2 * 60_000 + 20 + takesMs, `${takesMs} ms: ${here} times`);
  }
});

test('what a disk did not need is not saved up without bound', async () => {
  let nowMs = 0;
  let waitedMs = 0;
  const budget = new BlockingBudget(() => nowMs);
  nowMs = 3_600_000;
  for (let i = 0; i < 100; i += 1) {
    const slow = () => {
      nowMs += 8;
      waitedMs += 8;
    };
    await budget.spend(slow, async () => undefined);
  }
  assert.ok(waitedMs > 0 && waitedMs <= 40, `${waitedMs} ms at once`);
});

test('a failure here is a rejection, as elsewhere, and costs its time', async () => {
  let nowMs = 0;
  const budget = new BlockingBudget(() => nowMs);
  const failing = () => {
    nowMs += 500;
    throw new Error('EIO');
  };
  await assert.rejects(
    budget.spend(failing, async () => undefined),
    /EIO/,
  );
  await assert.rejects(
    budget.spend(
      () => undefined,
      async () => {
        throw new Error('EIO elsewhere');
      },
    ),
    /EIO elsewhere/,
  );
});
