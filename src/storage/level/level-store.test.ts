import assert from 'node:assert/strict';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { openStore } from '../../../test/storage/open-store.ts';
import { temporaryFolder } from '../../../test/system/temporary-folder.ts';
import { defined } from '../../std/assert.ts';
import { StorageFault } from '../fault.ts';
import { openLevel, storedRow } from './level.ts';
import { encodeKey } from './level-key.ts';
import { LevelStore } from './level-store.ts';
import { openLevelStore } from './open-level-store.ts';
import { readStoreCopy } from './store-copy.ts';

/** A database whose methods a test can watch. */
const levelIn = (t: TestContext) => openLevel(path.join(temporaryFolder(t), 'store'));

async function attempt(folder: string, wipe: boolean): Promise<string> {
  const opened = await openLevelStore(folder, { wipe });
  if (!opened.ok) return opened.error.code;
  await opened.value.close();
  return 'open';
}

test('D4: what was flushed is there after a restart, unless the store is wiped', async (t) => {
  const folder = path.join(temporaryFolder(t), 'store');
  const first = await openStore(folder, true);
  first.put('t01', Uint8Array.of(1));
  first.put('t02', Uint8Array.of(2));
  first.delete('t02');
  await first.close();
  const second = await openStore(folder, false);
  assert.deepEqual(second.get('t01'), Uint8Array.of(1));
  assert.equal(second.get('t02'), undefined);
  await second.close();
  const third = await openStore(folder, true);
  assert.equal(third.get('t01'), undefined);
  await third.close();
});

test('what is put later is made when it is scanned or written, and not if it is gone before', async (t) => {
  const store = await openStore(path.join(temporaryFolder(t), 'store'), true);
  let made = 0;
  const rows = function* (prefix: string) {
    for (const key of ['t01', 't02', 't0203']) {
      if (!key.startsWith(prefix)) continue;
      made += 1;
      yield { key, value: Uint8Array.of(key.length) };
    }
  };
  const keys = async (prefix: string) =>
    (await store.scan(prefix, { limit: 9 })).map(({ key }) => key);
  store.putLater(3, rows);
  assert.ok(store.backlogBytes > 600);
  assert.equal(made, 0);
  assert.deepEqual(await keys('t02'), ['t02', 't0203']);
  assert.equal(made, 2);
  store.delete('t02');
  assert.deepEqual(await keys('t'), ['t01', 't0203']);
  const flushed = store.flush();
  assert.deepEqual(await keys('t'), ['t01', 't0203'], 'while it is written');
  await flushed;
  assert.equal(store.backlogBytes, 0);
  made = 0;
  assert.deepEqual(await keys('t'), ['t01', 't0203']);
  assert.equal(made, 0, 'nothing is kept that is written');
  store.delete('t01');
  await store.flush();
  assert.deepEqual(await keys('t'), ['t0203']);
  await store.close();
});

test('many that are put later are written in slices, between which others have their turn', async (t) => {
  const level = await levelIn(t);
  const options = { cacheBytesMax: 1000, sieve: null, atomic: false };
  const store = new LevelStore(level, options);
  const batches = t.mock.method(level, 'batch');
  store.putLater(5000, function* () {
    for (let i = 0; i < 5000; i += 1) {
      yield { key: `t${i.toString(16).padStart(8, '0')}`, value: Uint8Array.of(1) };
    }
  });
  await store.flush();
  assert.equal(batches.mock.callCount(), 20);
  await store.close();
});

test('D5, D6, D15: a store that is missing, damaged or in use is refused', async (t) => {
  const folder = path.join(temporaryFolder(t), 'store');
  assert.equal(await attempt(folder, false), 'disk-error');
  const store = await openStore(folder, true);
  assert.equal(await attempt(folder, false), 'folder-locked');
  store.put('t01', Uint8Array.of(1));
  await store.close();
  const manifest = readdirSync(folder).find((name) => name.startsWith('MANIFEST'))!;
  writeFileSync(path.join(folder, manifest), 'damage');
  assert.equal(await attempt(folder, false), 'disk-error');
  assert.equal(await attempt(folder, true), 'open');
});

test('the backlog counts what is staged until it is written, each key once', async (t) => {
  const store = await openStore(path.join(temporaryFolder(t), 'store'), true);
  t.after(() => store.close());
  assert.equal(store.backlogBytes, 0);
  store.put('t01', new Uint8Array(1000));
  const one = store.backlogBytes;
  assert.ok(one >= 1000);
  store.put('t01', new Uint8Array(1000));
  assert.equal(store.backlogBytes, one);
  const flushed = store.flush();
  store.put('t02', new Uint8Array(1000));
  await flushed;
  await store.flush();
  assert.equal(store.backlogBytes, 0);
});

test('writes staged during a flush are seen at once and go with the next', async (t) => {
  const folder = path.join(temporaryFolder(t), 'store');
  const opened = await openLevelStore(folder, { wipe: true, cacheBytesMax: 0 });
  const store = defined(opened.ok ? opened.value : null, JSON.stringify(opened));
  t.after(() => store.close());
  store.put('t01', Uint8Array.of(1));
  store.put('t02', Uint8Array.of(1));
  const first = store.flush();
  // The flush has taken its entries when the microtasks so far have run.
  await Promise.resolve();
  store.put('t01', Uint8Array.of(2));
  store.delete('t02');
  assert.deepEqual(store.get('t01'), Uint8Array.of(2));
  assert.equal(store.get('t02'), undefined);
  await first;
  assert.deepEqual(store.get('t01'), Uint8Array.of(2));
  assert.equal(store.get('t02'), undefined);
  const keys = (await store.scan('t', { limit: 10 })).map((entry) => entry.key);
  assert.deepEqual(keys, ['t01']);
  assert.ok(store.backlogBytes > 0);
  await Promise.all([store.flush(), store.flush()]);
  assert.equal(store.backlogBytes, 0);
  assert.deepEqual(store.get('t01'), Uint8Array.of(2));
});

test('a flush of many entries is written in slices, all of it', async (t) => {
  const folder = path.join(temporaryFolder(t), 'store');
  const store = await openStore(folder, true);
  const keys = Array.from({ length: 2500 }, (_, index) => `t${String(index).padStart(8, '0')}`);
  for (const [index, key] of keys.entries()) store.put(key, Uint8Array.of(index % 256));
  await store.flush();
  for (const key of keys.slice(0, 2000)) store.delete(key);
  await store.close();
  const again = await openStore(folder, false);
  t.after(() => again.close());
  const found = await again.scan('t', { limit: 10_000 });
  assert.deepEqual(
    found.map((entry) => entry.key),
    keys.slice(2000),
  );
});

test('D17: an atomic store writes a flush in one batch, and waits for the disk', async (t) => {
  const level = await levelIn(t);
  const store = new LevelStore(level, { cacheBytesMax: 1_000_000, sieve: null, atomic: true });
  const batch = level.batch();
  const write = t.mock.method(batch, 'write');
  const begun = t.mock.method(level, 'batch', () => batch);
  for (let i = 0; i < 2500; i++) store.put(`t${String(i).padStart(8, '0')}`, Uint8Array.of(1));
  await store.flush();
  assert.equal(begun.mock.callCount(), 1);
  assert.deepEqual(
    write.mock.calls.map((call) => call.arguments),
    [[{ sync: true }]],
  );
  begun.mock.restore();
  assert.equal((await store.scan('t', { limit: 10_000 })).length, 2500);
  await store.close();
});

test('a scan and a read during a flush see what is being written, under what is staged', async (t) => {
  const level = await levelIn(t);
  const store = new LevelStore(level, { cacheBytesMax: 1_000_000, sieve: null, atomic: false });
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const real = level.batch();
  const write = real.write.bind(real);
  t.mock.method(real, 'write', () => held.then(() => write()));
  t.mock.method(level, 'batch', () => real, { times: 1 });
  for (const key of ['c01', 'c02', 'c03']) store.put(key, Uint8Array.of(1));
  const flushed = store.flush();
  await Promise.resolve();
  store.put('c02', Uint8Array.of(2));
  store.delete('c03');
  const seen = [
    { key: 'c01', value: Uint8Array.of(1) },
    { key: 'c02', value: Uint8Array.of(2) },
  ];
  assert.deepEqual(await store.scan('c', { limit: 10 }), seen);
  assert.deepEqual(store.get('c01'), Uint8Array.of(1));
  assert.equal(store.get('c03'), undefined);
  release();
  await flushed;
  assert.deepEqual(await store.scan('c', { limit: 10 }), seen);
  const loads = t.mock.method(level, 'getSync');
  assert.deepEqual(store.get('c01'), Uint8Array.of(1));
  assert.equal(loads.mock.callCount(), 0, 'what was just written is still in memory');
  await store.close();
});

test('D7, D8: after a write that failed every flush fails, and reads still see what was staged', async (t) => {
  const level = await levelIn(t);
  const store = new LevelStore(level, { cacheBytesMax: 1000, sieve: null, atomic: false });
  const failing = t.mock.method(level, 'batch', () => {
    throw new Error('no space left');
  });
  store.put('t01', Uint8Array.of(1));
  const refused = (fault: unknown): boolean =>
    fault instanceof StorageFault && fault.code === 'disk-error';
  await assert.rejects(store.flush(), refused);
  failing.mock.restore();
  store.put('t02', Uint8Array.of(2));
  await assert.rejects(store.flush(), refused);
  assert.deepEqual(store.get('t01'), Uint8Array.of(1));
  assert.deepEqual(store.get('t02'), Uint8Array.of(2));
  await assert.rejects(store.close(), refused);
});

test('a key that is not a letter and hex is our own mistake', async (t) => {
  const folder = path.join(temporaryFolder(t), 'store');
  await (await openStore(folder, true)).close();
  // Of one that was not empty at the start every key is looked up.
  const store = await openStore(folder, false);
  t.after(() => store.close());
  for (const key of ['azz', 'a0g', 'ag', 'A B', ''])
    assert.throws(() => store.get(key), /not a store key/);
});

test('tells how large its tables are', async (t) => {
  const store = await openStore(path.join(temporaryFolder(t), 'store'), true);
  assert.equal(store.tableBytes, 0);
  for (let i = 0; i < 8192; i++) {
    const value = crypto.getRandomValues(new Uint8Array(1024));
    store.put(`c${i.toString(16).padStart(8, '0')}`, value);
  }
  await store.flush();
  await store.still(async () => {});
  // 8 MiB that cannot be compressed, and their keys.
  assert.ok(store.tableBytes >= 8 * 2 ** 20, String(store.tableBytes));
  assert.ok(store.tableBytes <= 12 * 2 ** 20, String(store.tableBytes));
  await store.close();
});

test('pages of the state tree go to disk when all has to be there, not at every flush', async (t) => {
  const folder = path.join(temporaryFolder(t), 'store');
  const store = await openStore(folder, true);
  const onDisk = async () => {
    const keys: string[] = [];
    for await (const { key } of readStoreCopy(folder)) keys.push(key);
    return keys;
  };
  store.put('n', Uint8Array.of(1));
  store.put('c1', Uint8Array.of(1));
  store.put('n', Uint8Array.of(2));
  await store.flush();
  assert.deepEqual(await onDisk(), ['c1']);
  assert.deepEqual(store.get('n'), Uint8Array.of(2));
  await store.still(async () => assert.deepEqual(await onDisk(), ['c1', 'n']));
  store.put('n', Uint8Array.of(3));
  store.put('n2', Uint8Array.of(1));
  store.delete('n2');
  await store.flush();
  await store.close();
  const again = await openStore(folder, false);
  assert.deepEqual(again.get('n'), Uint8Array.of(3));
  assert.equal(again.get('n2'), undefined);
  await again.close();
});

test('what was there when the store was still is there after a crash, whatever was flushed since', async (t) => {
  const [folder, left] = ['store', 'left'].map((name) => path.join(temporaryFolder(t), name));
  assert.ok(folder !== undefined && left !== undefined);
  const store = await openStore(folder, true);
  store.put('n', Uint8Array.of(1));
  await store.still(async () => {});
  store.put('n', Uint8Array.of(2));
  await store.flush();
  cpSync(folder, left, { recursive: true });
  const again = await openStore(left, false);
  assert.deepEqual(again.get('n'), Uint8Array.of(1));
  await Promise.all([store.close(), again.close()]);
});

test('D17: an atomic store has its pages of the state tree where all else is', async (t) => {
  const level = await levelIn(t);
  const store = new LevelStore(level, { cacheBytesMax: 1000, sieve: null, atomic: true });
  store.put('n', Uint8Array.of(1));
  await store.flush();
  assert.deepEqual(await storedRow(level, encodeKey('n')), Uint8Array.of(1));
  await store.close();
});
