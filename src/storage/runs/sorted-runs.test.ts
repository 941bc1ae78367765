import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../../../test/system/temporary-folder.ts';
import { createPrng } from '../../std/prng.ts';
import { levelRange } from '../level/level-key.ts';
import { ALL_KEYS, keyRange } from './key-range.ts';
import { RecordList } from './record-list.ts';
import { SortedRuns } from './sorted-runs.ts';

/** So small that a few hundred entries make runs of several classes. */
const SIZES = { youngMax: 16, chunkRecords: 3, fanOut: 3 };

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');
/** Keys of few owners, so that many begin alike, also behind the owner. */
const keyOf = (owner: number, coin: number) =>
  `01${hex(owner, 64)}${hex((coin * 37) & 0xf0, 2)}${hex(coin, 8).padEnd(66, '0')}`;
const amount = (amount: number) => Uint8Array.of(0, 0, 0, 0, 0, 0, amount >> 8, amount);
const prefixOf = (owner: number) => `a${keyOf(owner, 0).slice(0, 66)}`;

/** What a flush of the store does with its entries. */
async function flush(
  runs: SortedRuns,
  entries: readonly (readonly [string, Uint8Array | null])[],
  whole = false,
): Promise<Uint8Array | null> {
  for (const [key, value] of entries) {
    if (runs.isFull) await runs.spill();
    runs.add(key, value);
  }
  if (whole) await runs.spill();
  await runs.settle();
  const manifest = runs.manifest();
  await runs.written();
  return manifest;
}

async function all(runs: SortedRuns, changes: RecordList | null = null) {
  const found = await runs.scan(ALL_KEYS, 100_000, changes);
  return found.map(({ key, value }) => [key, value] as const);
}

const sorted = (entries: ReadonlyMap<string, Uint8Array>) =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : 1));

test('a table in runs holds what a map holds, whatever is put, deleted, merged and opened again', async (t) => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const prng = createPrng(seed);
    const folder = temporaryFolder(t);
    let runs = new SortedRuns(folder, SIZES);
    const model = new Map<string, Uint8Array>();
    let coin = 0;
    for (let round = 0; round < 60; round += 1) {
      const entries: [string, Uint8Array | null][] = [];
      for (let i = prng.between(0, 24); i > 0; i -= 1) {
        const keys = [...model.keys()];
        if (prng.chance(0.4) && keys.length > 0) {
          const key = keys[prng.between(0, keys.length - 1)] as string;
          entries.push([key, null]);
          model.delete(key);
        } else {
          coin += 1;
          const key = keyOf(prng.between(0, 4), coin * 7919);
          entries.push([key, amount(coin)]);
          model.set(key, amount(coin));
        }
      }
      const isWhole = prng.chance(0.2);
      const manifest = await flush(runs, entries, isWhole);
      assert.deepEqual(await all(runs), sorted(model), `seed ${seed}, round ${round}`);
      const owner = prefixOf(round % 5);
      const mine = await runs.scan(keyRange(levelRange(owner, { limit: 1 })), 1000, null);
      const keys = sorted(model).map(([key]) => key);
      assert.deepEqual(
        mine.map(({ key }) => key),
        keys.filter((key) => `a${key}`.startsWith(owner)),
      );
      if (!isWhole || manifest === null) continue;
      await runs.close();
      runs = new SortedRuns(folder, SIZES);
      runs.load(manifest);
      await runs.tidy();
      assert.deepEqual(await all(runs), sorted(model), `seed ${seed}, opened in round ${round}`);
      const named = runs.files.map(({ name }) => name).sort();
      assert.deepEqual(readdirSync(folder).sort(), named, 'no file is left over');
    }
    await runs.close();
  }
});

test("a scan finds an owner's entries, behind a key, as many as are asked for, under newer changes", async (t) => {
  const runs = new SortedRuns(temporaryFolder(t), SIZES);
  t.after(() => runs.close());
  const coins = Array.from({ length: 90 }, (_, i) => i);
  await flush(
    runs,
    coins.map((coin) => [keyOf(coin % 3, coin), amount(coin)]),
  );
  const scan = async (prefix: string, options: { limit: number; after?: string }) => {
    const changes = new RecordList(2);
    changes.add(keyOf(1, 4), null);
    changes.add(keyOf(1, 1000), amount(1000));
    const range = keyRange(levelRange(prefix, options));
    return (await runs.scan(range, options.limit, changes)).map(({ key }) => key);
  };
  const mine = coins.filter((coin) => coin % 3 === 1 && coin !== 4);
  const keys = [...mine, 1000].map((coin) => keyOf(1, coin)).sort();
  assert.deepEqual(await scan(prefixOf(1), { limit: 100 }), keys);
  assert.deepEqual(await scan(prefixOf(1), { limit: 5 }), keys.slice(0, 5));
  const after = `a${keys[6] as string}`;
  assert.deepEqual(await scan(prefixOf(1), { limit: 4, after }), keys.slice(7, 11));
  assert.deepEqual(await scan(prefixOf(7), { limit: 4 }), []);
  assert.equal((await scan('a', { limit: 1000 })).length, 90);
  const last = `a${keyOf(1, 0).slice(0, 66)}${'ff'.repeat(34)}`;
  assert.deepEqual(await scan(prefixOf(1), { limit: 4, after: last }), []);
});

test('runs stay few', async (t) => {
  const folder = temporaryFolder(t);
  const runs = new SortedRuns(folder, SIZES);
  t.after(() => runs.close());
  let most = 0;
  for (let coin = 0; coin < 3000; coin += 10) {
    const coins = Array.from({ length: 10 }, (_, i) => coin + i);
    await flush(
      runs,
      coins.map((at) => [keyOf(at % 5, at), amount(at)]),
    );
    most = Math.max(most, runs.files.length);
  }
  // Two of each class, and those that are being merged.
  assert.ok(most >= 6 && most <= 18, `${most} runs`);
  assert.equal(readdirSync(folder).length, runs.files.length);
  for (const { name, bytes } of runs.files) {
    assert.equal(readFileSync(path.join(folder, name)).length, bytes);
  }
});

test('what was put and deleted leaves the runs', async (t) => {
  const runs = new SortedRuns(temporaryFolder(t), SIZES);
  t.after(() => runs.close());
  for (let coin = 0; coin < 1000; coin += 1) {
    await flush(runs, [
      [keyOf(coin % 5, coin), amount(coin)],
      ...(coin >= 20 ? [[keyOf((coin - 20) % 5, coin - 20), null] as const] : []),
    ]);
  }
  const bytes = runs.files.reduce((sum, file) => sum + file.bytes, 0);
  assert.ok(bytes < 200 * 76, `${bytes} B of 20 entries`);
});

test('a scan goes on in the files that a merge has replaced meanwhile', async (t) => {
  const folder = temporaryFolder(t);
  const runs = new SortedRuns(folder, { youngMax: 2048, chunkRecords: 3, fanOut: 2 });
  t.after(() => runs.close());
  const coins = Array.from({ length: 6144 }, (_, i) => i);
  const entries = coins.map((coin) => [keyOf(coin % 5, coin), amount(coin)] as const);
  for (const [key, value] of entries.slice(0, 2048)) runs.add(key, value);
  await runs.spill();
  const before = readdirSync(folder);
  let goOn = (): void => {};
  const holds = t.mock.method(globalThis, 'setImmediate', (next: () => void) => {
    goOn = next;
  });
  const scanned = runs.scan(ALL_KEYS, 100_000, null);
  holds.mock.restore();
  await flush(runs, entries.slice(2048), true);
  const kept = () => readdirSync(folder).filter((name) => before.includes(name));
  assert.ok(!runs.files.some(({ name }) => before.includes(name)), 'it was merged');
  assert.deepEqual(kept(), before, 'it is still read');
  goOn();
  assert.equal((await scanned).length, 2048);
  await runs.written();
  assert.deepEqual(kept(), [], 'nobody reads it any more');
  assert.equal((await all(runs)).length, 6144);
});

async function oneRun(t: TestContext): Promise<{ place: string; manifest: Uint8Array }> {
  const folder = temporaryFolder(t);
  const runs = new SortedRuns(folder, SIZES);
  const entries = [1, 2, 3, 4, 5].map((coin) => [keyOf(1, coin), amount(coin)] as const);
  const manifest = await flush(runs, entries, true);
  await runs.close();
  assert.ok(manifest !== null);
  return { place: path.join(folder, readdirSync(folder)[0] as string), manifest };
}

test('D6: a flipped bit of a run is found wherever it is, and a file of another length', async (t) => {
  const { place, manifest } = await oneRun(t);
  const bytes = readFileSync(place);
  const readAll = async () => {
    const runs = new SortedRuns(path.dirname(place), SIZES);
    try {
      runs.load(manifest);
      return (await all(runs)).length;
    } finally {
      await runs.close();
    }
  };
  assert.equal(await readAll(), 5);
  for (let at = 0; at < bytes.length; at += 1) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] as number) ^ (1 << (at % 8));
    writeFileSync(place, damaged);
    await assert.rejects(readAll(), /is damaged at byte/, `byte ${at}`);
  }
  const longer = Buffer.concat([bytes, Buffer.alloc(1)]);
  for (const length of [0, 1, bytes.length - 1, bytes.length + 1]) {
    writeFileSync(place, longer.subarray(0, length));
    await assert.rejects(readAll(), /bytes instead of/, `${length} bytes`);
  }
});

test('scans go on one after the other, a slice in each turn of the event loop', async (t) => {
  const runs = new SortedRuns(temporaryFolder(t));
  for (let coin = 0; coin < 8000; coin += 1) runs.add(keyOf(1, coin), amount(1));
  const range = keyRange(levelRange(prefixOf(1), { limit: 1 }));
  let taken = 0;
  let most = 0;
  let isOver = false;
  const turn = () => {
    most = Math.max(most, taken);
    taken = 0;
    if (!isOver) setImmediate(turn);
  };
  const scans = Array.from({ length: 10 }, () =>
    runs.each(range, null, () => {
      taken += 1;
      return true;
    }),
  );
  // The first slice of each is where it began.
  taken = 0;
  setImmediate(turn);
  await Promise.all(scans);
  isOver = true;
  assert.ok(most >= 1024, `${most} records in a turn`);
  // The turn's own place among those of the scans may lie before or behind.
  assert.ok(most <= 2048, `${most} records in a turn`);
  await runs.close();
});
