import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { PacedSlices } from './paced-slices.ts';

describe('slices of work for whoever asks', () => {
  /** Time passes in slices and rests alone. */
  function setUp() {
    const spent = { working: 0, resting: 0 };
    const slices = new PacedSlices({
      now: () => spent.working + spent.resting,
      pause: async (ms) => {
        spent.resting += ms;
        await turn();
      },
    });
    return { slices, spent };
  }

  it('take a fifth of the time, however many ask, one at a time', async () => {
    const { slices, spent } = setUp();
    let running = 0;
    const asker = async () => {
      for (let slice = 0; slice < 10; slice++) {
        await slices.run(async () => {
          running += 1;
          assert.equal(running, 1);
          await turn();
          spent.working += 2;
          running -= 1;
        });
      }
    };
    await Promise.all(Array.from({ length: 20 }, asker));
    await turn();
    assert.deepEqual(spent, { working: 400, resting: 1600 });
  });

  it('come in turns', async () => {
    const { slices } = setUp();
    const order: string[] = [];
    const asker = async (name: string) => {
      for (let slice = 0; slice < 3; slice++) await slices.run(async () => void order.push(name));
    };
    await Promise.all([asker('a'), asker('b')]);
    assert.equal(order.join(''), 'ababab');
  });

  it('go on behind one that fails, and rest for no longer than half a second', async () => {
    const { slices, spent } = setUp();
    await assert.rejects(slices.run(() => Promise.reject(new Error('unreadable'))));
    await slices.run(async () => void (spent.working += 60_000));
    assert.equal(await slices.run(async () => 7), 7);
    assert.equal(spent.resting, 500);
  });
});
