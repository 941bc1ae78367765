import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { LinkedStore } from '../../storage/savepoint/savepoint-folder.ts';
import type { SavepointWriter } from '../../storage/savepoint/savepoint-head.ts';
import { silentLogger } from '../log/logger.ts';
import { Savepoints, type SavepointsParts } from './savepoints.ts';

const HEAD = { version: '1', layout: 1, ledgerId: '00'.repeat(32) } as unknown as SavepointWriter;
const LINKED: LinkedStore = {
  manifestName: 'MANIFEST-000001',
  manifest: new Uint8Array(),
  files: [],
};

type Life = {
  readonly blockBytes?: number;
  readonly isBusy?: boolean;
  readonly unsaved?: number;
  /** What each savepoint takes, and reads. */
  readonly tookMs?: number;
  readonly readBytes?: number;
  /** So many fail at first. */
  readonly failing?: number;
  readonly isReadOnly?: boolean;
  /** What the process has of a core. */
  readonly share?: number;
};

/** Savepoints of a validator that gets blocks of `blockBytes`, one each millisecond. */
function setUp(lane: number, life: Life = {}) {
  const { blockBytes = 0, isBusy = true, unsaved = 0, tookMs = 0, failing = 0 } = life;
  const { readBytes = 1, share = 0, isReadOnly = false } = life;
  let blocks = 0;
  let lateMs = 0;
  let isStill = false;
  /** How many had been written each time. */
  const cleared: number[] = [];
  const written: { readonly blocks: number; readonly isStill: boolean }[] = [];
  const parts: SavepointsParts = {
    replica: {
      get blocks() {
        return blocks;
      },
      save: () => new Uint8Array(),
    },
    journal: {
      get bytes() {
        return blocks * blockBytes;
      },
      link: () => '00'.repeat(16),
      append: async () => {},
    },
    store: {
      isFlushing: false,
      still: async (take) => {
        isStill = true;
        const taken = await take({ path: '', files: [] }, new Uint8Array());
        isStill = false;
        return taken;
      },
    },
    folder: {
      link: async () => LINKED,
      write: async (_, { head }) => {
        written.push({ blocks: head.blocks, isStill });
        lateMs += tookMs;
        if (written.length <= failing) throw new Error('the disk is full');
        return { readBytes, writtenBytes: 0 };
      },
      clear: async () => {
        if (isReadOnly) throw new Error('the disk is read-only');
        cleared.push(written.length);
      },
    },
    head: { ...HEAD, lane },
    unsaved,
    isBusy: () => isBusy,
    clocks: { now: () => blocks + lateMs, cpuMs: () => share * (blocks + lateMs) },
    log: silentLogger(),
  };
  const savepoints = new Savepoints(parts);
  const run = async (upTo: number, step: number) => {
    for (; blocks < upTo; blocks += step) {
      savepoints.look();
      await turn();
    }
    return written.map((one) => one.blocks);
  };
  return { run, written, cleared, savepoints };
}

describe('savepoints of one network', () => {
  it('are written by one lane after the other, though all have the same blocks', async () => {
    const at = [0, 1, 2, 3, 4].map((lane) => setUp(lane).run(9000, 64));
    assert.deepEqual(await Promise.all(at), [
      [4096, 8192],
      [3072, 7168],
      [2048, 6144],
      [1024, 5120],
      [4096, 8192],
    ]);
  });

  it('are due after so many bytes as well, and sooner where there is time to spare', async () => {
    assert.deepEqual(await setUp(0, { blockBytes: 16_384 }).run(2100, 64), [1024, 2048]);
    assert.deepEqual(await setUp(2, { isBusy: false }).run(700, 64), [128, 384, 640]);
  });

  it('make up for what a start had to do', async () => {
    assert.deepEqual(await setUp(0, { unsaved: 4096 }).run(200, 64), [0]);
  });

  it('rest for twenty times as long as the last one took, but not until a start has too much to replay', async () => {
    assert.deepEqual(await setUp(0, { tookMs: 300 }).run(20_000, 64), [4096, 10_112, 16_128]);
    assert.deepEqual(
      await setUp(0, { tookMs: 2000 }).run(30_000, 64),
      [4096, 12_352, 20_608, 28_864],
    );
    const dear = { tookMs: 2000, blockBytes: 65_536 };
    assert.deepEqual(await setUp(0, dear).run(6000, 64), [256, 2304, 4352]);
  });

  it('rest no longer than twenty times their work, where they take long for want of cores', async () => {
    // 40 MB are 200 ms of work: rests of 4 s on one core, of 8 s on a half.
    const short = { tookMs: 2000, readBytes: 40_000_000, isBusy: false };
    assert.deepEqual(await setUp(0, { ...short, share: 1 }).run(9000, 64), [256, 4288, 8320]);
    assert.deepEqual(await setUp(0, { ...short, share: 0.5 }).run(9000, 64), [256, 8256]);
    const idle = { ...short, tookMs: 20, share: 0.01 };
    assert.deepEqual(await setUp(0, idle).run(900, 64), [256, 704]);
  });

  it('rest for a minute where one failed, though a start has too much to replay, and its work is not known', async () => {
    const failing = { tookMs: 100, isBusy: false, share: 1, failing: 2 };
    assert.deepEqual(await setUp(0, failing).run(120_400, 64), [256, 60_288, 120_320]);
  });

  it('hold the store still no longer than until its tables are linked', async () => {
    const { run, written } = setUp(0);
    await run(5000, 64);
    assert.deepEqual(written, [{ blocks: 4096, isStill: false }]);
  });

  it('are none any more, not even at the end, when the store is damaged', async () => {
    const { run, written, cleared, savepoints } = setUp(0, { unsaved: 4096 });
    savepoints.look();
    await savepoints.discard();
    assert.deepEqual([written.length, cleared], [1, [1]], 'the one under way is waited for');
    await run(9000, 64);
    await savepoints.close();
    assert.deepEqual([written.length, cleared], [1, [1]]);
  });

  it('do not keep a damaged node from its end where they cannot be removed', async () => {
    const { cleared, savepoints } = setUp(0, { isReadOnly: true });
    await savepoints.discard();
    assert.deepEqual(cleared, []);
  });
});
