import '../../std/polyfill.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { NodeOptions, RunningNode } from '../node.ts';
import { Life } from './life.ts';

type Told = Pick<NodeOptions, 'failed' | 'again'>;

/** A life whose starts and stops are made to end by the test. */
function setUp({ stopMs = 60_000 } = {}) {
  const starts: (Told & PromiseWithResolvers<RunningNode>)[] = [];
  const stopped = Promise.withResolvers<void>();
  const faults: unknown[] = [];
  const said: string[] = [];
  const node: RunningNode = {
    rest: '',
    metrics: '',
    p2p: [],
    ready: Promise.resolve(),
    stop: () => stopped.promise,
    fail: (cause) => void faults.push(cause),
  };
  const life = new Life({
    start: (told) => {
      const start = { ...told, ...Promise.withResolvers<RunningNode>() };
      starts.push(start);
      return start.promise;
    },
    started: () => said.push('started'),
    stopping: (why) => said.push(why),
    stopMs,
  });
  const ended = life.run();
  const up = async () => {
    starts.at(-1)?.resolve(node);
    await turn();
  };
  return { life, ended, starts, stopped, faults, said, up };
}

const FULL = new Error('the disk is full');

describe('the life of a node', () => {
  it('ends by a signal, cleanly', async () => {
    const { life, ended, stopped, said, up } = setUp();
    await up();
    life.signal('SIGTERM');
    stopped.resolve();
    assert.deepEqual(await ended, { kind: 'stopped' });
    assert.deepEqual(said, ['started', 'SIGTERM']);
  });

  it('ends by a signal that comes while it starts, however long that takes', async () => {
    const { life, ended, starts, said } = setUp();
    life.signal('SIGTERM');
    assert.deepEqual(await ended, { kind: 'stopped' });
    starts[0]?.reject(FULL);
    await turn();
    assert.deepEqual(said, ['SIGTERM'], 'what becomes of the start is nobody’s matter');
  });

  it('says that it was late when a stop takes too long', async () => {
    const { life, ended, up } = setUp({ stopMs: 1 });
    await up();
    life.signal('SIGTERM');
    assert.deepEqual(await ended, { kind: 'late' });
  });

  it('starts once more where it is told to, unless a signal has come meanwhile', async () => {
    const { life, ended, starts, stopped, up } = setUp();
    await up();
    stopped.resolve();
    starts[0]?.again();
    await turn();
    assert.equal(starts.length, 2);
    await up();
    life.signal('SIGINT');
    starts[1]?.again();
    assert.deepEqual(await ended, { kind: 'stopped' });
    assert.equal(starts.length, 2);
  });

  it('ends by a fault, of the start and of what runs, also of what nobody caught', async () => {
    const starting = setUp();
    starting.starts[0]?.reject(FULL);
    assert.deepEqual(await starting.ended, { kind: 'failed', cause: FULL });
    const uncaught = setUp();
    uncaught.life.fault(FULL);
    assert.deepEqual(await uncaught.ended, { kind: 'failed', cause: FULL });
    const running = setUp();
    await running.up();
    running.starts[0]?.failed(FULL);
    assert.deepEqual(await running.ended, { kind: 'failed', cause: FULL });
  });

  it('leaves it to a node that runs what it does about a fault that nobody caught', async () => {
    const { life, faults, ended, starts, up } = setUp();
    await up();
    life.fault(FULL);
    assert.deepEqual(faults, [FULL]);
    starts[0]?.failed('kept and told');
    assert.deepEqual(await ended, { kind: 'failed', cause: 'kept and told' });
  });

  it('is no clean end when something fails while it stops', async () => {
    const lost = setUp();
    await lost.up();
    lost.life.signal('SIGTERM');
    lost.stopped.reject(FULL);
    assert.deepEqual(await lost.ended, { kind: 'failed', cause: FULL });
    const told = setUp();
    await told.up();
    told.life.signal('SIGTERM');
    await turn();
    told.starts[0]?.failed(FULL);
    told.stopped.resolve();
    assert.deepEqual(await told.ended, { kind: 'failed', cause: FULL });
  });
});
