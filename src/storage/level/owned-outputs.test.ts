import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../../test/storage/open-store.ts';
import { temporaryFolder } from '../../../test/system/temporary-folder.ts';
import { PAGE_TABLE } from '../layout.ts';
import { isOfPages } from '../pages/page-files.ts';
import { isRunName } from '../runs/run.ts';
import { openLevelStore } from './open-level-store.ts';

/** In the next turn of the event loop. */
const later = (resolve: (value: false) => void) => setImmediate(() => resolve(false));

/** An entry of the table that is kept in runs. */
const owned = (owner: number, coin: number) => {
  const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');
  const value = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, coin);
  return { key: `a${hex(owner, 66)}${hex(coin, 68)}`, value };
};

test('a scan of owned outputs during a flush finds each once, and none that is deleted', async (t) => {
  const store = await openStore(path.join(temporaryFolder(t), 'store'), true);
  const coins = Array.from({ length: 1000 }, (_, coin) => owned(coin % 2, coin));
  const prefix = owned(1, 0).key.slice(0, 67);
  const mine = coins.filter(({ key }) => key.startsWith(prefix)).slice(1);
  store.putLater(coins.length, function* () {
    yield* coins;
  });
  const flushed = store.flush();
  let scans = 0;
  for (let isDone = false; !isDone; scans += 1) {
    if (scans === 0) store.delete(owned(1, 1).key);
    isDone = await Promise.race([flushed.then(() => true), new Promise<false>(later)]);
    assert.deepEqual(await store.scan(prefix, { limit: 1000 }), mine);
    const values: Uint8Array[] = [];
    await store.each(prefix, (value) => values.push(value) > 0);
    assert.deepEqual(
      values,
      mine.map(({ value }) => value),
    );
  }
  assert.ok(scans > 1, 'the flush takes more than one turn');
  await store.flush();
  assert.deepEqual(await store.scan(prefix, { limit: 1000 }), mine);
  await store.close();
});

test('D12: owned outputs are in the folder when the store is still, in files that it names', async (t) => {
  const folder = path.join(temporaryFolder(t), 'store');
  const copy = path.join(temporaryFolder(t), 'copy');
  const store = await openStore(folder, true);
  t.after(() => store.close());
  store.put(owned(1, 1).key, owned(1, 1).value);
  await store.flush();
  store.put(owned(1, 2).key, owned(1, 2).value);
  await store.still(async (still) => {
    assert.equal(still.path, folder);
    const files = readdirSync(folder).filter((name) => name.endsWith('.run'));
    const named = still.files.map(({ name }) => name);
    assert.deepEqual(named.filter(isRunName).sort(), files);
    cpSync(folder, copy, { recursive: true });
  });
  const again = await openStore(copy, false);
  t.after(() => again.close());
  assert.deepEqual(await again.scan('a', { limit: 9 }), [owned(1, 1), owned(1, 2)]);
});

test('a store that is wiped has no runs, and no pages, of the one before', async (t) => {
  const folder = path.join(temporaryFolder(t), 'store');
  const store = await openStore(folder, true);
  store.put(owned(1, 1).key, owned(1, 1).value);
  store.put(PAGE_TABLE, new Uint8Array(40));
  await store.close();
  const wiped = await openStore(folder, true);
  t.after(() => wiped.close());
  assert.deepEqual(await wiped.scan('a', { limit: 9 }), []);
  assert.equal(wiped.get(PAGE_TABLE), undefined);
  assert.ok(!readdirSync(folder).some((name) => isRunName(name) || isOfPages(name)));
});

test('D6: a damaged run is an error of the disk, which says what to do', async (t) => {
  const folder = path.join(temporaryFolder(t), 'store');
  const store = await openStore(folder, true);
  store.put(owned(1, 1).key, owned(1, 1).value);
  await store.close();
  const run = path.join(folder, readdirSync(folder).find((name) => name.endsWith('.run'))!);
  const bytes = readFileSync(run);
  writeFileSync(run, Buffer.from(bytes).fill(bytes[3]! ^ 1, 3, 4));
  const damaged = await openStore(folder, false);
  await assert.rejects(damaged.scan('a', { limit: 9 }), /Start again: it is made anew/);
  await damaged.close();
  rmSync(run);
  const opened = await openLevelStore(folder, { wipe: false });
  assert.equal(opened.ok ? 'open' : opened.error.code, 'disk-error');
});

test('D6: a store without savepoints reads its runs when it is opened, and can be begun anew', async (t) => {
  const folder = path.join(temporaryFolder(t), 'store');
  const open = (wipe: boolean) => openLevelStore(folder, { wipe, atomic: true });
  const first = await open(true);
  assert.ok(first.ok);
  first.value.put(owned(1, 1).key, owned(1, 1).value);
  await first.value.close();
  const again = await open(false);
  assert.ok(again.ok);
  await again.value.close();
  const run = path.join(folder, readdirSync(folder).find((name) => name.endsWith('.run'))!);
  const bytes = readFileSync(run);
  writeFileSync(run, Buffer.from(bytes).fill(bytes[3]! ^ 1, 3, 4));
  const damaged = await open(false);
  assert.equal(damaged.ok ? 'open' : damaged.error.code, 'disk-error');
  const anew = await open(true);
  assert.ok(anew.ok, 'nothing holds its lock');
  await anew.value.close();
});
