import '../std/polyfill.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Effects, Input } from '../replica/effects.ts';
import type { Sliced } from '../std/slices.ts';
import type { Digest, TxId } from '../types/ids.ts';
import { Driver, type DriverParts, ReplicaHalt } from './driver.ts';
import type { Roots } from './root-jobs.ts';

const NOTHING: Effects = {
  persist: [],
  send: [],
  statuses: [],
  submitted: [],
  work: [],
  certified: [],
  evidence: [],
  rejected: [],
  wakeAtMs: null,
  halt: null,
};
const ZERO = '00'.repeat(32) as Digest;
const turn = () => new Promise((next) => setImmediate(next));
const observer = (id: string): Input => ({ kind: 'connected', peer: { kind: 'observer', id } });

/** A driver around a scripted replica, which notes everything that happens in order. */
function setUp(
  step: (input: Input) => Partial<Effects> | Sliced<Partial<Effects>>,
  over: Partial<DriverParts> = {},
) {
  const events: string[] = [];
  const syncs: (() => void)[] = [];
  const parts: DriverParts = {
    replica: {
      *stepInSlices(_now, input) {
        const name = input.kind === 'connected' && input.peer.kind === 'observer';
        events.push(`step ${name ? input.peer.id : input.kind}`);
        const effects = step(input);
        return { ...NOTHING, ...(isSliced(effects) ? yield* effects : effects) };
      },
    },
    journal: {
      append(blocks, patient) {
        events.push(`append ${blocks[0]?.[0]}${patient ? '' : ' now'}`);
        return new Promise((done) => syncs.push(done));
      },
      hurry: () => void events.push('hurry'),
    },
    store: { backlogBytes: 0, flush: async () => void events.push('flush') },
    now: () => 0,
    spacingMs: () => 0,
    roots: () => [][Symbol.iterator]() as Iterator<void, Roots>,
    between: () => {},
    stepped: () => {},
    release: (effects) => void events.push(`release ${effects.persist[0]?.[0] ?? 'none'}`),
    failed: (cause) => void events.push(`failed ${(cause as Error).message}`),
    ...over,
  };
  return { driver: new Driver(parts), events, syncs };
}

function isSliced(
  effects: Partial<Effects> | Sliced<Partial<Effects>>,
): effects is Sliced<Partial<Effects>> {
  return Symbol.iterator in effects;
}

/** Longer than the driver keeps the event loop in one turn. */
function* long(effects: Partial<Effects>): Sliced<Partial<Effects>> {
  for (let slice = 1; slice <= 3; slice++) {
    const end = performance.now() + 9;
    while (performance.now() < end);
    yield;
  }
  return effects;
}

const rejected = [
  { from: { kind: 'lane', lane: 1 }, code: 'malformed', detail: '' },
] as const satisfies Effects['rejected'];

describe('driver', () => {
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

  it('releases effects in order, and only when their blocks are durable', async () => {
    let count = 0;
    const { driver, events, syncs } = setUp(() => {
      count += 1;
      return { persist: [Uint8Array.of(count)] };
    });
    driver.input(observer('a'));
    await turn();
    driver.input(observer('b'));
    driver.input(observer('c'));
    await turn();
    assert.deepEqual(events, ['step a', 'append 1', 'step b', 'append 2', 'step c', 'append 3']);
    syncs.shift()?.();
    await turn();
    assert.deepEqual(events.slice(6), ['release 1']);
    // The disk may answer out of order; what leaves does not.
    syncs.pop()?.();
    await turn();
    assert.deepEqual(events.slice(7), []);
    syncs.shift()?.();
    await turn();
    assert.deepEqual(events.slice(7), ['release 2', 'release 3']);
    assert.equal(syncs.length, 0);
  });

  it('says when what was stepped so far is durable, whatever is stepped afterwards', async () => {
    const { driver, syncs } = setUp(() => ({ persist: [Uint8Array.of(1)] }));
    await driver.durable();
    driver.input(observer('a'));
    await turn();
    let isDurable = false;
    const told = driver.durable().then(() => {
      isDurable = true;
    });
    driver.input(observer('b'));
    await turn();
    assert.equal(isDurable, false);
    syncs.shift()?.();
    await told;
    assert.equal(syncs.length, 1);
  });

  it('keeps effects without blocks behind those that wait for the disk', async () => {
    const { driver, events, syncs } = setUp((input) =>
      input.kind === 'tick' ? { rejected } : { persist: [Uint8Array.of(7)] },
    );
    driver.input(observer('a'));
    driver.input({ kind: 'tick' });
    await turn();
    assert.ok(!events.some((event) => event.startsWith('release')));
    syncs.shift()?.();
    await turn();
    assert.deepEqual(events.slice(-2), ['release 7', 'release none']);
  });

  it('is in no hurry to make durable what was only received, until it has something to say', async () => {
    const admitted = { txid: ZERO as string as TxId, kind: 'admitted' } as const;
    const told = [
      { persist: [Uint8Array.of(1)] },
      { persist: [Uint8Array.of(2)], statuses: [admitted] },
      { persist: [Uint8Array.of(3)], rejected },
      { rejected },
      { persist: [Uint8Array.of(4)], statuses: [{ ...admitted, kind: 'final', path: 'clean' }] },
    ] as const;
    let at = 0;
    const { driver, events } = setUp(() => told[at++] ?? {});
    for (let i = 0; i < told.length; i++) driver.input({ kind: 'tick' });
    // On a slow machine the inputs do not fit into one turn.
    while (at < told.length) await turn();
    await turn();
    const seen = events.filter((event) => event !== 'step tick');
    assert.deepEqual(seen, ['append 1', 'append 2', 'append 3 now', 'hurry', 'append 4 now']);
    driver.durable();
    assert.equal(events.at(-1), 'hurry');
  });

  it('releases at once what waits for no disk, every time', async () => {
    const { driver, events } = setUp(() => ({ rejected }));
    driver.input(observer('a'));
    await turn();
    driver.input(observer('b'));
    await turn();
    assert.deepEqual(events, ['step a', 'release none', 'step b', 'release none']);
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

  it('halts at once: no later step, nothing released, the reason told', async () => {
    const { driver, events, syncs } = setUp((input) =>
      input.kind === 'tick'
        ? { halt: { code: 'own-signature-unknown', detail: 'restore the newest copy' } }
        : { persist: [Uint8Array.of(1)] },
    );
    driver.input(observer('a'));
    await turn();
    driver.input({ kind: 'tick' });
    driver.input(observer('late'));
    await turn();
    syncs.shift()?.();
    await turn();
    assert.deepEqual(events.slice(2), [
      'step tick',
      'failed own-signature-unknown: restore the newest copy',
    ]);
    driver.input(observer('later'));
    await turn();
    assert.equal(events.length, 4);
  });

  it('O2, D8: fails when a step throws and when the disk does', async () => {
    const thrower = setUp(() => {
      throw new ReplicaHalt('assertion', 'a bug');
    });
    thrower.driver.input({ kind: 'tick' });
    await turn();
    assert.deepEqual(thrower.events, ['step tick', 'failed assertion: a bug']);

    const disk = setUp(() => ({ persist: [Uint8Array.of(1)] }), {
      journal: { append: () => Promise.reject(new Error('EIO')), hurry: () => {} },
    });
    disk.driver.input({ kind: 'tick' });
    await turn();
    await turn();
    assert.deepEqual(disk.events, ['step tick', 'failed EIO']);
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

  it('stops with everything stepped released and flushed, and can stop twice', async () => {
    const { driver, events, syncs } = setUp(() => ({ persist: [Uint8Array.of(1)] }));
    driver.input({ kind: 'tick' });
    await turn();
    const stopped = driver.stop();
    syncs.shift()?.();
    await stopped;
    await driver.stop();
    assert.deepEqual(events, ['step tick', 'append 1', 'hurry', 'release 1', 'flush']);
  });
});
