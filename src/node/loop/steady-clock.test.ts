import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SteadyClock } from './steady-clock.ts';

describe('steady clock', () => {
  function clockAt(start: number) {
    const time = { wall: start, monotonic: 50 };
    const clock = new SteadyClock(
      () => time.wall,
      () => time.monotonic,
    );
    return { time, clock };
  }

  it('runs with the wall clock while both agree', () => {
    const { time, clock } = clockAt(1_000_000);
    for (let i = 1; i <= 100; i += 1) {
      time.wall += 10;
      time.monotonic += 10;
      assert.equal(clock.now(), 1_000_000 + 10 * i);
    }
  });

  it('C1, C2: neither stands still, runs back nor jumps when the wall clock is set', () => {
    for (const jump of [-3_600_000, 3_600_000]) {
      const { time, clock } = clockAt(10_000_000);
      time.wall += jump;
      let before = clock.now();
      for (let i = 0; i < 100; i += 1) {
        time.wall += 100;
        time.monotonic += 100;
        const now = clock.now();
        assert.ok(now - before >= 94 && now - before <= 106, `${now - before}`);
        before = now;
      }
    }
  });

  it('comes back to the wall clock after a small error', () => {
    const { time, clock } = clockAt(10_000_000);
    time.wall += 200;
    for (let i = 0; i < 100; i += 1) {
      time.wall += 100;
      time.monotonic += 100;
      clock.now();
    }
    assert.equal(clock.now(), time.wall);
  });
});
