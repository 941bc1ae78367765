import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../../test/system/temporary-folder.ts';
import { defined } from '../../std/assert.ts';
import { createPrng } from '../../std/prng.ts';
import type { StoreFile } from '../store-file.ts';
import { PageLog, type PageSizes } from './page-log.ts';

/** Small, so that a few pages fill everything. */
const SIZES: PageSizes = {
  waitingBytesMax: 2000,
  cacheBytesMax: 1000,
  fileBytesMax: 3000,
  slackBytesMax: 4000,
  filesMax: 12,
};

/** Smaller still: a few operations write, empty and remove files. */
const TINY: PageSizes = { ...SIZES, waitingBytesMax: 400, fileBytesMax: 500, slackBytesMax: 300 };

const page = (seed: number) => new Uint8Array(40 + (seed % 60)).fill(seed);
const keyOf = (number: number) => `n${number.toString(16).padStart(3, '0')}`;

/** The row; `before` when nothing has changed since. */
async function turned(log: PageLog, before: Uint8Array | null = null): Promise<Uint8Array> {
  log.turn();
  await log.write();
  const row = await log.save();
  await log.saved();
  return defined(row ?? before, 'a row');
}

async function reopened(folder: string, row: Uint8Array, sizes = SIZES): Promise<PageLog> {
  const log = new PageLog(folder, sizes);
  await log.load(row);
  await log.tidy();
  hasOnly(folder, log);
  return log;
}

/** What the row names, as long as it was then, and no file of another. */
function hasOnly(folder: string, log: PageLog): void {
  const found = readdirSync(folder).map((name) => ({
    name,
    bytes: statSync(path.join(folder, name)).size,
  }));
  const inOrder = (files: readonly StoreFile[]) =>
    [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  assert.deepEqual(inOrder(found), inOrder(log.savedFiles));
}

function holds(log: PageLog, model: ReadonlyMap<string, Uint8Array>, keys: Iterable<string>): void {
  for (const key of keys) assert.deepEqual(log.get(key), model.get(key));
}

function bytesIn(folder: string): number {
  const names = readdirSync(folder).filter((name) => name.endsWith('.pages'));
  return names.reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
}

const number = fc.integer({ min: 0, max: 9 });
const operation = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(fc.constant('put' as const), number) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('delete' as const), number) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('write' as const), number) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('turn' as const), number) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('crash' as const), number) },
);

test('a log of pages answers as a Map does; a crash leaves what was turned last', async (t) => {
  const property = fc.asyncProperty(
    fc.array(operation, { minLength: 100, maxLength: 250 }),
    async (operations) => {
      const folder = temporaryFolder(t);
      let log = new PageLog(folder, TINY);
      log.put(keyOf(0), page(0));
      let row = await turned(log);
      const model = new Map([[keyOf(0), page(0)]]);
      let saved = new Map(model);
      for (const [at, [kind, n]] of operations.entries()) {
        const key = keyOf(n);
        if (kind === 'put') {
          log.put(key, page(at));
          model.set(key, page(at));
        } else if (kind === 'delete') {
          log.delete(key);
          model.delete(key);
        } else if (kind === 'write') {
          await log.write();
          await log.clean();
        } else if (kind === 'turn') {
          row = await turned(log, row);
          hasOnly(folder, log);
          saved = new Map(model);
        } else {
          await log.close();
          log = await reopened(folder, row, TINY);
          model.clear();
          for (const [name, value] of saved) model.set(name, value);
        }
        holds(log, model, [key, keyOf(at % 30)]);
      }
      holds(
        log,
        model,
        Array.from({ length: 31 }, (_, n) => keyOf(n)),
      );
      await log.close();
    },
  );
  await fc.assert(property, { numRuns: 15 });
});

/** So many rounds of so many pages at random, each round written and cleaned. */
async function filled(log: PageLog, rounds: number, pages: number) {
  const prng = createPrng(7);
  const model = new Map<string, Uint8Array>();
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < 20; i += 1) {
      const key = keyOf(prng.below(pages));
      model.set(key, page(round));
      log.put(key, page(round));
    }
    await log.write();
    await log.clean();
  }
  return model;
}

test('replaced pages do not fill the disk', async (t) => {
  const folder = temporaryFolder(t);
  const log = new PageLog(folder, SIZES);
  t.after(() => log.close());
  let highest = 0;
  for (let part = 0; part < 12; part += 1) {
    await filled(log, 10, 40);
    await turned(log);
    highest = Math.max(highest, bytesIn(folder));
  }
  // Of 40 pages of at most 112 bytes with their heads: two and a half times as much, the slack, two files.
  assert.ok(highest < 2.5 * 40 * 112 + SIZES.slackBytesMax + 2 * SIZES.fileBytesMax, `${highest}`);
  assert.ok(log.bytes <= highest);
});

test('where little is written between two turns, there are not many files', async (t) => {
  const folder = temporaryFolder(t);
  const log = new PageLog(folder, { ...SIZES, slackBytesMax: 1_000_000 });
  t.after(() => log.close());
  const model = await filled(log, 30, 200);
  for (let round = 0; round < 60; round += 1) {
    log.put(keyOf(round), page(round));
    model.set(keyOf(round), page(round));
    await turned(log);
    await log.clean();
  }
  const names = readdirSync(folder).filter((name) => name.endsWith('.pages'));
  const full = log.bytes / SIZES.fileBytesMax;
  assert.ok(names.length <= SIZES.filesMax + 2 * full + 2, `${names.length} files`);
  holds(log, model, model.keys());
});

test('what was turned stays as it was, whatever is put and cleaned later', async (t) => {
  const [folder, copy] = [temporaryFolder(t), temporaryFolder(t)];
  const log = new PageLog(folder, SIZES);
  t.after(() => log.close());
  const model = await filled(log, 20, 60);
  const row = await turned(log);
  const names = log.savedFiles.map(({ name }) => name);
  await filled(log, 40, 60);
  for (const { name, bytes } of log.savedFiles) {
    assert.equal(statSync(path.join(folder, name)).size, bytes);
    cpSync(path.join(folder, name), path.join(copy, name));
  }
  assert.deepEqual(readdirSync(copy).sort(), [...names].sort());
  const before = await reopened(copy, row);
  t.after(() => before.close());
  holds(before, model, model.keys());
});

test('all pages are listed, one before those below it', async (t) => {
  const log = new PageLog(temporaryFolder(t), SIZES);
  t.after(() => log.close());
  for (const key of ['n', 'n0', 'n0f', 'n0f1', 'n2', 'n20']) log.put(key, page(key.length));
  const keys = [...log.entries()].map(({ key }) => key);
  assert.deepEqual(keys, ['n', 'n0', 'n0f', 'n0f1', 'n2', 'n20']);
});

/** A log with one page on the disk, and what it stands in. */
async function withOne(t: TestContext) {
  const folder = temporaryFolder(t);
  const log = new PageLog(folder, SIZES);
  log.put('n12', page(9));
  const row = await turned(log);
  await log.close();
  const place = path.join(folder, '000001.pages');
  return { folder, row, place, bytes: readFileSync(place) };
}

test('D6: a page with a flipped bit is not given out, wherever the bit is', async (t) => {
  const { folder, row, place, bytes } = await withOne(t);
  for (let at = 0; at < bytes.length; at += 1) {
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] as number) ^ 4;
    writeFileSync(place, flipped);
    const log = await reopened(folder, row);
    assert.throws(() => log.get('n12'), /a page of the state tree is damaged/);
    await log.close();
  }
});

test('D6: a file of pages that is too short or too long is found when the log is opened', async (t) => {
  const { folder, row, place, bytes } = await withOne(t);
  for (const damaged of [bytes.subarray(0, -1), Buffer.concat([bytes, bytes.subarray(0, 9)])]) {
    writeFileSync(place, damaged);
    await assert.rejects(reopened(folder, row), /has \d+ of \d+ bytes/);
  }
});
