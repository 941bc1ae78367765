import assert from 'node:assert/strict';
import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ChainedBatchWriteOptions } from 'classic-level';
import { LostPower } from '../../../test/storage/lost-power.ts';
import { temporaryFolder } from '../../../test/system/temporary-folder.ts';
import { isOfPages } from '../pages/page-files.ts';
import { PageLog } from '../pages/page-log.ts';
import { PAGES_ROW } from '../pages/pages-row.ts';
import { RUNS_ROW } from '../runs/manifest.ts';
import { isRunName } from '../runs/run.ts';
import { SortedRuns } from '../runs/sorted-runs.ts';
import { KeySieve } from './key-sieve.ts';
import { type Level, openLevel, storedRow } from './level.ts';
import { LevelStore } from './level-store.ts';

const SIZES = { youngMax: 8, chunkRecords: 2, fanOut: 2 };
const keyOf = (coin: number): string => `a${String(coin).padStart(134, '0')}`;
const pageKeyOf = (coin: number): string => `n${'0'.repeat(coin / 10)}`;
const isBesideLevel = (name: string): boolean => isRunName(name) || isOfPages(name);

/**
 * What a power cut may leave: LevelDB as it was after any write since the last durable one, with the files beside it
 * that are left at that moment. The folders are given out once.
 */
function leftOf(t: TestContext, level: Level, disk: LostPower): () => readonly string[] {
  let written: string[] = [];
  let left: string[] = [];
  const take = (): void => {
    for (const copy of written) {
      const both = path.join(temporaryFolder(t), 'left');
      cpSync(copy, both, { recursive: true });
      disk.leave(both, isBesideLevel);
      left.push(both);
    }
  };
  const keep = (isDurable: boolean): void => {
    const copy = path.join(temporaryFolder(t), 'written');
    const isOwn = (place: string): boolean => !/LOCK$/.test(place) && !isBesideLevel(place);
    cpSync(level.location, copy, { recursive: true, filter: isOwn });
    written = isDurable ? [copy] : [...written, copy];
    take();
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
  return () => {
    take();
    const all = left;
    left = [];
    return all;
  };
}

test('D4: the files that rows of LevelDB name are there, however much of its log a power cut takes', async (t) => {
  const place = path.join(temporaryFolder(t), 'store');
  const level = await openLevel(place, { createIfMissing: true });
  const left = leftOf(t, level, await LostPower.over(t, place));
  const options = { cacheBytesMax: 1000, sieve: new KeySieve(8), atomic: false, runSizes: SIZES };
  const store = new LevelStore(level, options);
  const removed = { runs: 0, pages: 0 };
  let seen: string[] = [];
  for (let coin = 0; coin < 200; coin += 10) {
    for (let at = coin; at < coin + 10; at += 1) store.put(keyOf(at), new Uint8Array(8).fill(at));
    store.put(pageKeyOf(coin), new Uint8Array(40).fill(coin));
    await store.flush();
    if (coin % 30 === 0) await store.still(async () => {});
    const names = readdirSync(place).filter(isBesideLevel);
    const gone = seen.filter((name) => !names.includes(name));
    removed.runs += gone.filter(isRunName).length;
    removed.pages += gone.filter(isOfPages).length;
    seen = names;
    for (const folder of left()) await opens(folder);
  }
  assert.ok(removed.runs > 10 && removed.pages > 4, JSON.stringify(removed));
  await store.close();
});

/** With all files that the rows of its LevelDB name, and those whole. */
async function opens(folder: string): Promise<void> {
  const level = await openLevel(folder);
  const runs = new SortedRuns(folder, SIZES);
  const pages = new PageLog(folder);
  try {
    const manifest = await storedRow(level, RUNS_ROW);
    const row = await storedRow(level, PAGES_ROW);
    if (manifest !== undefined) runs.load(manifest);
    runs.check();
    if (row === undefined) return;
    await pages.load(row);
    assert.ok([...pages.entries()].length > 0);
  } finally {
    await runs.close();
    await pages.close();
    await level.close();
  }
}
