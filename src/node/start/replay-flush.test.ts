import '../../std/polyfill.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { STORAGE_LIMITS } from '../../types/limits.ts';
import { FLUSH_BYTES } from './data.ts';
import { ReplayFlush } from './replay-flush.ts';

/** A store whose flushes end when they are told to. */
function setUp() {
  const flushes: PromiseWithResolvers<void>[] = [];
  const store = {
    backlogBytes: 0,
    flush() {
      const flush = Promise.withResolvers<void>();
      flushes.push(flush);
      return flush.promise;
    },
  };
  return { store, flushes, flush: new ReplayFlush(store) };
}

async function isWaiting(looked: Promise<void>): Promise<boolean> {
  const later = async () => {
    for (let turns = 0; turns < 9; turns++) await turn();
    return true;
  };
  return Promise.race([looked.then(() => false), later()]);
}

describe('a flush during a replay', () => {
  it('begins when there is enough to write, and the replay goes on meanwhile', async () => {
    const { store, flushes, flush } = setUp();
    store.backlogBytes = FLUSH_BYTES;
    await flush.look();
    assert.equal(flushes.length, 0);
    store.backlogBytes = STORAGE_LIMITS.backlogBytesMax.value;
    await flush.look();
    assert.equal(flushes.length, 1);
    assert.equal(await isWaiting(flush.look()), false);
    assert.equal(flushes.length, 1);
    flushes[0]?.resolve();
    await flush.look();
    await flush.look();
    assert.equal(flushes.length, 2);
  });

  it('has turns of the event loop, of which its writing is made', async () => {
    const { store, flush } = setUp();
    store.backlogBytes = FLUSH_BYTES + 1;
    await flush.look();
    let turns = 0;
    setImmediate(() => turns++);
    await flush.look();
    assert.equal(turns, 1);
  });

  it('is waited for when too much is behind it, and at the end', async () => {
    const { store, flushes, flush } = setUp();
    await flush.end();
    store.backlogBytes = STORAGE_LIMITS.backlogBytesMax.value + 1;
    await flush.look();
    const [looked, ended] = [flush.look(), flush.end()];
    assert.deepEqual([await isWaiting(looked), await isWaiting(ended)], [true, true]);
    flushes[0]?.resolve();
    await Promise.all([looked, ended]);
  });

  it('that fails ends the replay, whoever looks first', async () => {
    for (const next of ['look', 'end'] as const) {
      const { store, flushes, flush } = setUp();
      store.backlogBytes = FLUSH_BYTES + 1;
      await flush.look();
      flushes[0]?.reject(new Error('disk full'));
      await turn();
      await assert.rejects(flush[next](), /disk full/);
    }
  });
});
