import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LostPower } from '../../../test/storage/lost-power.ts';
import { temporaryFolder } from '../../../test/system/temporary-folder.ts';
import { defined } from '../../std/assert.ts';
import { createPrng } from '../../std/prng.ts';
import { setFailpointHook } from '../failpoint.ts';
import { PageLog, type PageSizes } from './page-log.ts';

/** Small, so that each turn writes some files and empties others. */
const SIZES: PageSizes = {
  waitingBytesMax: 600,
  cacheBytesMax: 1000,
  fileBytesMax: 1000,
  slackBytesMax: 2000,
  filesMax: 12,
};
const PAGES = 40;

const keyOf = (number: number) => `n${number.toString(16).padStart(3, '0')}`;

/** A row that LevelDB may come back with, and what the log held when it was made. */
type Saved = { readonly row: Uint8Array; readonly pages: ReadonlyMap<string, Uint8Array> };
/** What a power cut leaves, and the rows that may be found with it. */
type Cut = { readonly left: string; readonly rows: readonly Saved[]; readonly when: string };

test('D4: a power cut leaves the pages of each row that may count, whenever it comes', async (t) => {
  const folder = temporaryFolder(t);
  const disk = await LostPower.over(t, folder);
  const log = new PageLog(folder, SIZES);
  t.after(() => log.close());
  const prng = createPrng(11);
  const pages = new Map<string, Uint8Array>();
  const cuts: Cut[] = [];
  let rows: readonly Saved[] = [];
  const cut = (when: string): void => {
    const left = temporaryFolder(t);
    disk.leave(left);
    cuts.push({ left, rows, when });
  };
  setFailpointHook(cut);
  t.after(() => setFailpointHook(null));
  for (let round = 0; round < 24; round += 1) {
    for (let i = 0; i < 20; i += 1) {
      const [key, page] = [keyOf(prng.below(PAGES)), prng.bytes(40 + prng.below(60))];
      log.put(key, page);
      pages.set(key, page);
    }
    await log.write();
    await log.clean();
    cut(`round ${round}, written`);
    if (round % 3 !== 0) continue;
    log.turn();
    const turned = new Map(pages);
    await log.write();
    const row = defined(await log.save(), 'something was put');
    rows = [...rows, { row, pages: turned }];
    cut(`round ${round}, saved`);
    rows = rows.slice(-1);
    await log.saved();
    cut(`round ${round}, durable`);
  }
  for (const one of cuts) await holds(one);
});

async function holds({ left, rows, when }: Cut): Promise<void> {
  for (const { row, pages } of rows) {
    const log = new PageLog(left, SIZES);
    await assert.doesNotReject(log.load(row), when);
    for (const [key, page] of pages) assert.deepEqual(log.get(key), page, when);
    await log.close();
  }
}
