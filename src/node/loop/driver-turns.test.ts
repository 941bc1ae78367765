import '../../std/polyfill.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NOTHING, observer, rejected, setUp, turn } from '../../../test/node/scripted-driver.ts';
import type { Effects } from '../../replica/effects.ts';
import type { Sliced } from '../../std/slices.ts';
import type { Digest } from '../../types/ids.ts';

const ZERO = '00'.repeat(32) as Digest;

/** Longer than the driver keeps the event loop in one turn. */
function* long(effects: Partial<Effects>): Sliced<Partial<Effects>> {
  for (let slice = 1; slice <= 3; slice++) {
    const end = performance.now() + 9;
    while (performance.now() < end);
    yield;
  }
  return effects;
}

describe('driver, when the event loop turns', () => {
  it('tells each step how far apart own blocks must be at the load of the moment', async () => {
    const told: number[] = [];
    let spacing = 3;
    const { driver } = setUp(() => ({}), {
      spacingMs: () => spacing++,
      replica: {
        *stepInSlices(_now, _input, _more, spacingMs) {
          told.push(spacingMs);
          yield;
          return NOTHING;
        },
      },
    });
    for (const id of ['a', 'b']) driver.input(observer(id));
    await turn();
    assert.deepEqual(told, [3, 4]);
  });

  it('lets the event loop turn in a long step, and nothing else happen to the replica', async () => {
    const { driver, events, syncs } = setUp((input) =>
      input.kind === 'tick' ? long({ persist: [Uint8Array.of(1)] }) : { rejected },
    );
    driver.input({ kind: 'tick' });
    driver.input(observer('b'));
    let isWhole = false;
    let isDurable = false;
    await turn();
    for (let turns = 0; driver.isMidStep; turns++) {
      assert.deepEqual([events, isWhole, isDurable], [['step tick'], false, false]);
      if (turns === 0) {
        void driver.betweenSteps().then(() => {
          isWhole = true;
        });
        void driver.durable().then(() => {
          isDurable = true;
        });
      }
      await turn();
    }
    assert.deepEqual(events.slice(0, 2), ['step tick', 'append 1']);
    await turn();
    assert.equal(events[2], 'step b');
    assert.deepEqual([isWhole, isDurable], [true, false]);
    syncs.shift()?.();
    await turn();
    assert.equal(isDurable, true);
  });

  it('is not between two steps where the next one has begun in the same turn', async () => {
    let ticks = 0;
    const { driver } = setUp(() => {
      ticks += 1;
      return long({});
    });
    driver.input({ kind: 'tick' });
    driver.input({ kind: 'tick' });
    await turn();
    assert.ok(driver.isMidStep);
    await driver.betweenSteps();
    assert.deepEqual([driver.isMidStep, ticks], [false, 2]);
  });

  it('ends a step that has begun before it stops', async () => {
    const { driver, events, syncs } = setUp(() => long({ persist: [Uint8Array.of(1)] }));
    driver.input({ kind: 'tick' });
    driver.input(observer('never'));
    await turn();
    const stopped = driver.stop();
    syncs.shift()?.();
    await stopped;
    assert.deepEqual(events, ['step tick', 'append 1', 'hurry', 'release 1', 'flush']);
  });

  it('ticks at the time of the last step asked for', async () => {
    const ticked = Promise.withResolvers<void>();
    const { driver, events } = setUp((input) => {
      if (input.kind !== 'tick') return { wakeAtMs: 2 };
      ticked.resolve();
      return {};
    });
    driver.input(observer('a'));
    await ticked.promise;
    assert.deepEqual(events, ['step a', 'step tick']);
    await driver.stop();
  });

  it('computes roots in slices between the steps, one epoch after the other', async () => {
    const rooted: number[] = [];
    const both = Promise.withResolvers<void>();
    const { driver, events } = setUp(
      (input) => {
        if (input.kind === 'rooted' && rooted.push(input.epoch) === 2) both.resolve();
        return input.kind === 'tick' ? { work: [{ epoch: 1 }, { epoch: 2 }] } : {};
      },
      {
        *roots() {
          for (let i = 0; i < 3; i += 1) {
            const end = performance.now() + 9;
            while (performance.now() < end);
            yield undefined;
          }
          return { txRoot: ZERO, stateRoot: ZERO };
        },
      },
    );
    driver.input({ kind: 'tick' });
    await turn();
    driver.input(observer('between'));
    await both.promise;
    assert.deepEqual(rooted, [1, 2]);
    assert.deepEqual(events, ['step tick', 'step between', 'step rooted', 'step rooted']);
  });

  it('waits for a flush while the store has too much unwritten', async () => {
    const store = { backlogBytes: 0, flush: async () => void (store.backlogBytes = 0) };
    const { driver, events } = setUp(
      () => {
        store.backlogBytes = 2 ** 30;
        return {};
      },
      { store },
    );
    driver.input(observer('a'));
    driver.input(observer('b'));
    await turn();
    assert.deepEqual(events, ['step a']);
    await turn();
    assert.deepEqual(events, ['step a', 'step b']);
  });
});
