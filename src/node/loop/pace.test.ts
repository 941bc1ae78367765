import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from './pace.ts';

/** Spacing after so many looks at a constant load. */
function settled(share: number, looks = 20): number {
  let now = 0;
  const pace = new Pace(
    () => share,
    () => now,
  );
  for (let look = 0; look < looks; look += 1) {
    pace.spacingMs();
    now += 1000;
  }
  return pace.spacingMs();
}

test('an idle validator spaces nothing, a busier one more, never beyond the bound', () => {
  assert.equal(settled(0), 0);
  assert.ok(Math.abs(settled(0.5) - 8) < 0.01);
  assert.ok(settled(0.75) > settled(0.5));
  assert.ok(Math.abs(settled(1) - 80) < 0.01);
  assert.ok(settled(0.999) <= 80);
});

test('busy is who is at work for more than half of the time', () => {
  for (const [share, isBusy] of [
    [0, false],
    [0.4, false],
    [0.6, true],
  ] as const) {
    let now = 0;
    const pace = new Pace(
      () => share,
      () => now,
    );
    for (; now < 20_000; now += 1000) pace.spacingMs();
    assert.equal(pace.isBusy, isBusy);
  }
});

test('the load is looked at now and then, and one look does not decide alone', () => {
  let now = 0;
  let looks = 0;
  const pace = new Pace(
    () => {
      looks += 1;
      return 1;
    },
    () => now,
  );
  assert.equal(pace.spacingMs(), 40);
  assert.equal(pace.spacingMs(), 40);
  assert.equal(looks, 1);
  now = 200;
  assert.equal(pace.spacingMs(), 60);
  assert.equal(looks, 2);
});
