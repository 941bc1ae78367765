import assert from 'node:assert/strict';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { ChainedBatchWriteOptions } from 'classic-level';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { openLevel } from './level.ts';
import { LevelStore } from './level-store.ts';
import { RUNS_ROW } from './runs/manifest.ts';
import { isRunName } from './runs/run.ts';
import { SortedRuns } from './runs/sorted-runs.ts';

const SIZES = { youngMax: 8, chunkRecords: 2, fanOut: 2 };
const keyOf = (coin: number): string => `a${String(coin).padStart(134, '0')}`;

test('D4: the runs that a row of LevelDB names are there, however much of its log a crash takes', async (t) => {
  const folder = temporaryFolder(t);
  const place = path.join(folder, 'store');
  const level = await openLevel(place, { createIfMissing: true });
  /** LevelDB as it was after each write since the last durable one: what a crash may leave of it. */
  let left: string[] = [];
  const keep = (isDurable: boolean): void => {
    const copy = path.join(temporaryFolder(t), 'left');
    cpSync(place, copy, { recursive: true, filter: (name) => !/run$|LOCK$/.test(name) });
    left = isDurable ? [copy] : [...left, copy];
  };
  keep(true);
  const batch = level.batch.bind(level) as () => ReturnType<typeof level.batch>;
  t.mock.method(level, 'batch', () => {
    const one = batch();
    const write = one.write.bind(one);
    one.write = async (options: ChainedBatchWriteOptions = {}) => {
      await write(options);
      keep(options.sync === true);
    };
    return one;
  });
  const options = { cacheBytesMax: 1000, sieve: null, atomic: false, runSizes: SIZES };
  const store = new LevelStore(level, options);
  let removed = 0;
  const seen = new Set<string>();
  for (let coin = 0; coin < 200; coin += 10) {
    for (let at = coin; at < coin + 10; at += 1) store.put(keyOf(at), new Uint8Array(8).fill(at));
    await store.flush();
    const runs = readdirSync(place).filter(isRunName);
    removed += [...seen].filter((name) => !runs.includes(name)).length;
    for (const name of seen) if (!runs.includes(name)) seen.delete(name);
    for (const name of runs) seen.add(name);
    for (const copy of left) await opens(copy, place, runs);
  }
  assert.ok(removed > 10, `${removed} runs were removed`);
  await store.close();
});

/** That LevelDB with the runs that are there now. */
async function opens(copy: string, place: string, runs: readonly string[]): Promise<void> {
  for (const name of runs) cpSync(path.join(place, name), path.join(copy, name));
  const level = await openLevel(copy);
  const manifest = await level.get(RUNS_ROW);
  const found = new SortedRuns(copy, SIZES);
  try {
    if (manifest !== undefined) found.load(manifest);
  } finally {
    await found.close();
    await level.close();
    for (const name of runs) rmSync(path.join(copy, name));
  }
}
