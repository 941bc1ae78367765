import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Availability } from './availability.ts';
import { type BatchMax, Departures } from './departures.ts';

describe('departures', () => {
  type Posted = { readonly target: number; readonly batch: readonly number[] };

  /** Two targets, at most two posts to one at a time; each is answered when `answer` is called. */
  function departuresOf(intendedMs: readonly number[], batchMax: BatchMax, sizes: number[] = []) {
    const posted: Posted[] = [];
    const waiting: (() => void)[] = [];
    const departures = new Departures({
      intendedMs: Float64Array.from(intendedMs),
      targets: 2,
      postsMax: 2,
      batchMax,
      bytes: intendedMs.map((_, at) => new Uint8Array(sizes[at] ?? 1)),
      post: (target, batch) => {
        posted.push({ target, batch });
        return new Promise((resolve) => waiting.push(resolve));
      },
    });
    const answer = async () => {
      for (const resolve of waiting.splice(0)) resolve();
      await new Promise((turned) => setImmediate(turned));
    };
    return { departures, posted, answer };
  }

  it('are due at their times, each once, and as many as there is room for', () => {
    const { departures } = departuresOf([0, 1, 1, 2, 9], { count: 9, bytes: 1000 });
    assert.deepEqual(departures.takeDue(1, 2), [0, 1]);
    assert.deepEqual(departures.takeDue(1, 0), []);
    assert.deepEqual(departures.takeDue(2), [2, 3]);
    assert.deepEqual(departures.takeDue(8.9), []);
    assert.deepEqual(departures.takeDue(9), [4]);
    assert.deepEqual(departures.takeDue(99), []);
  });

  it('give a sender rest until the next is due, unless something waits for a target', () => {
    const { departures } = departuresOf([10, 11, 30, 900], { count: 9, bytes: 1000 });
    const tick = 3;
    assert.deepEqual(
      [departures.restMs(0), departures.restMs(1.2), departures.restMs(9.5)],
      [10, 9, tick],
    );
    departures.takeDue(11);
    assert.equal(departures.restMs(11), 19);
    departures.post(0, 1);
    assert.equal(departures.restMs(11), tick);
    departures.flushAll();
    assert.equal(departures.restMs(11), 19);
    departures.takeDue(30);
    assert.equal(departures.restMs(30), 50, 'what else a sender does is not far between');
    departures.takeDue(900);
    assert.equal(departures.restMs(900), tick);
  });

  it('without times are due whenever there is room', () => {
    const { departures } = departuresOf([NaN, NaN, NaN], { count: 9, bytes: 1000 });
    assert.deepEqual([departures.takeDue(0, 1), departures.takeDue(0)], [[0], [1, 2]]);
  });

  it('leave in batches of so many and so many bytes, two under way to one target', async () => {
    const sizes = [6, 6, 6, 1, 1, 1, 1, 99];
    const times = sizes.map(() => 0);
    const { departures, posted, answer } = departuresOf(times, { count: 3, bytes: 20 }, sizes);
    for (const at of sizes.keys()) departures.post(at, 1);
    departures.flush(0);
    assert.deepEqual([posted, departures.queued], [[], 8]);
    departures.flushAll();
    departures.flushAll();
    // Each counts 4 bytes more for its length.
    const first = [
      { target: 1, batch: [0, 1] },
      { target: 1, batch: [2, 3, 4] },
    ];
    assert.deepEqual([posted, departures.queued], [first, 3]);
    await answer();
    departures.flushAll();
    const second = [
      { target: 1, batch: [5, 6] },
      // Too large by itself: that is for the target to say.
      { target: 1, batch: [7] },
    ];
    assert.deepEqual([posted.slice(2), departures.queued], [second, 0]);
  });

  it('are due again after a while', () => {
    const { departures } = departuresOf([0, 0], { count: 9, bytes: 1000 });
    departures.postAgain(1, 0, 1000);
    assert.deepEqual(departures.takeAgain(1249), []);
    assert.deepEqual(
      departures.takeAgain(1250).map(({ at, target }) => [at, target]),
      [[1, 0]],
    );
    assert.deepEqual(departures.takeAgain(9999), []);
  });
});

describe('the availability of targets', () => {
  it('leaves out what did not answer until it is ready again', async () => {
    let isReady = false;
    const asked: number[] = [];
    const availability = new Availability(3, async (target) => {
      asked.push(target);
      return isReady;
    });
    assert.deepEqual(
      [availability.pick(1), availability.pick(5), availability.pick(1, 1)],
      [1, 2, 2],
    );
    availability.lost(1);
    availability.lost(1);
    assert.deepEqual([availability.pick(1), availability.pick(1, 2)], [2, 0]);
    while (asked.length < 1) await new Promise((later) => setTimeout(later, 20));
    assert.equal(availability.pick(1), 2);
    isReady = true;
    while (availability.pick(1) === 2) await new Promise((later) => setTimeout(later, 20));
    assert.deepEqual(asked, [1, 1]);
    for (const target of [0, 1, 2]) availability.lost(target);
    assert.equal(availability.pick(4), 1);
    availability.close();
  });
});
