import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { defined } from '../../src/std/assert.ts';
import { type DataFolder, type FolderIdentity, openFolder } from '../../src/storage/folder.ts';
import { Journal } from '../../src/storage/journal/journal.ts';
import type { Digest } from '../../src/types/ids.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import { FOLDER_IDENTITY, openJournal } from './journal-fixture.ts';

const HOLDER = fileURLToPath(import.meta.resolve('./folder-holder.js'));

async function opened(folder: string): Promise<DataFolder> {
  const answer = await openFolder(folder, FOLDER_IDENTITY);
  return defined(answer.ok ? answer.value : null, JSON.stringify(answer));
}

/** The halt code, or 'open'; the folder is closed again. */
async function attempt(folder: string, change: Partial<FolderIdentity> = {}): Promise<string> {
  const answer = await openFolder(folder, { ...FOLDER_IDENTITY, ...change });
  if (!answer.ok) return answer.error.code;
  await answer.value.close();
  return 'open';
}

async function holder(
  t: TestContext,
  folder: string,
): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, [HOLDER, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  return { child, said: line };
}

test('a new folder is set up once and then found again', async (t) => {
  const folder = path.join(temporaryFolder(t), 'a', 'b');
  const first = await opened(folder);
  assert.equal(first.fresh, true);
  const journal = await openJournal(first.journalFolder);
  await journal.append([Uint8Array.of(1)]);
  await journal.close();
  await first.close();
  const second = await opened(folder);
  assert.equal(second.fresh, false);
  assert.equal((await openJournal(second.journalFolder)).lastOrdinal, 1);
  await second.close();
});

test('the name of a new folder is durable before its marker says that it was set up', async (t) => {
  const home = temporaryFolder(t);
  const folder = path.join(home, 'data');
  const synced: [string, boolean][] = [];
  const sync = fs.fsyncSync;
  t.mock.method(fs, 'fsyncSync', (fd: number) => {
    const isHome = fs.fstatSync(fd).ino === fs.statSync(home).ino;
    synced.push([isHome ? 'home' : 'below', existsSync(path.join(folder, 'format.json'))]);
    sync(fd);
  });
  syncBuiltinESMExports();
  await (await opened(folder)).close();
  t.mock.restoreAll();
  syncBuiltinESMExports();
  assert.deepEqual(
    synced.filter(([what]) => what === 'home'),
    [['home', false]],
  );
});

test('D14: another genesis, another validator or an observer is refused', async (t) => {
  const folder = temporaryFolder(t);
  await (await opened(folder)).close();
  assert.equal(await attempt(folder, { ledgerId: 'cd'.repeat(32) as Digest }), 'wrong-ledger');
  assert.equal(await attempt(folder, { lane: 1 }), 'wrong-validator');
  assert.equal(await attempt(folder, { publicKey: '03'.repeat(33) }), 'wrong-validator');
  assert.equal(await attempt(folder, { lane: null, publicKey: null }), 'wrong-validator');
  assert.equal(await attempt(folder), 'open');
});

test('D18: a marker of another format, or none that can be read, is refused', async (t) => {
  const folder = temporaryFolder(t);
  await (await opened(folder)).close();
  const marker = path.join(folder, 'format.json');
  const text = readFileSync(marker, 'utf8');
  const { sum: _, ...unsummed } = JSON.parse(text);
  for (const content of [JSON.stringify({ ...unsummed, format: 2 }), '{}']) {
    writeFileSync(marker, content);
    assert.equal(await attempt(folder), 'format-unknown', content);
  }
  for (const content of ['', '[', 'null', '7']) {
    writeFileSync(marker, content);
    assert.equal(await attempt(folder), 'marker-damaged', content);
  }
  // As 0.1.0 wrote it.
  writeFileSync(marker, JSON.stringify(unsummed));
  assert.equal(await attempt(folder), 'open');
  writeFileSync(marker, text);
  assert.equal(await attempt(folder), 'open');
});

test('D5: a flipped bit of the marker is damage, not the folder of somebody else', async (t) => {
  const folder = temporaryFolder(t);
  await (await opened(folder)).close();
  const marker = path.join(folder, 'format.json');
  const bytes = readFileSync(marker);
  const codes = new Set<string>();
  for (let at = 0; at < bytes.length; at++) {
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] as number) ^ 1;
    writeFileSync(marker, flipped);
    codes.add(await attempt(folder));
  }
  // What a flip does to space between words, or to the name of the sum, changes nothing that counts.
  assert.deepEqual([...codes].sort(), ['marker-damaged', 'open']);
  writeFileSync(marker, bytes);
  assert.equal(await attempt(folder), 'open');
});

test('a journal without a marker is refused, an interrupted set-up is finished', async (t) => {
  const folder = temporaryFolder(t);
  const first = await opened(folder);
  await first.close();
  rmSync(path.join(folder, 'format.json'));
  assert.equal(await attempt(folder), 'open');
  rmSync(path.join(folder, 'format.json'));
  writeFileSync(path.join(first.journalFolder, '0000000001.segment'), new Uint8Array(20));
  assert.equal(await attempt(folder), 'open');
  const journal = await openJournal(first.journalFolder);
  await journal.append([Uint8Array.of(1)]);
  await journal.close();
  rmSync(path.join(folder, 'format.json'));
  assert.equal(await attempt(folder), 'journal-corrupt');
});

test('D5: a journal that is gone is not made anew', async (t) => {
  const folder = temporaryFolder(t);
  const first = await opened(folder);
  await first.close();
  for (const name of readdirSync(first.journalFolder)) rmSync(path.join(first.journalFolder, name));
  const again = await opened(folder);
  const journal = await Journal.open(again.journalFolder, FOLDER_IDENTITY);
  assert.equal(journal.ok ? 'open' : journal.error.code, 'journal-corrupt');
  rmSync(again.journalFolder, { recursive: true });
  const gone = await Journal.open(again.journalFolder, FOLDER_IDENTITY);
  assert.equal(gone.ok ? 'open' : gone.error.code, 'journal-corrupt');
  await again.close();
});

test('D15: a second user of the folder is refused, in this process too', async (t) => {
  const folder = temporaryFolder(t);
  const first = await opened(folder);
  const second = await openFolder(folder, FOLDER_IDENTITY);
  assert.equal(second.ok ? 'open' : second.error.code, 'folder-locked');
  assert.match(second.ok ? '' : second.error.detail, new RegExp(`process ${process.pid} uses`));
  assert.equal((await holder(t, folder)).said, 'folder-locked');
  await first.close();
  assert.equal(await attempt(folder), 'open');
});

test('the folder of a killed process is free at once', async (t) => {
  const folder = temporaryFolder(t);
  const { child, said } = await holder(t, folder);
  assert.equal(said, 'open');
  assert.equal(await attempt(folder), 'folder-locked');
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  assert.equal(await attempt(folder), 'open');
});

test('of many starters one gets the folder', async (t) => {
  const folder = temporaryFolder(t);
  const starters = Array.from({ length: 4 }, () => holder(t, folder));
  const said = (await Promise.all(starters)).map((starter) => starter.said);
  assert.deepEqual(said.sort(), ['folder-locked', 'folder-locked', 'folder-locked', 'open']);
});

test('D16: a file, or a place where nothing can be written, is refused', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'file');
  writeFileSync(file, 'x');
  assert.equal(await attempt(file), 'disk-error');
  assert.equal(await attempt(path.join(file, 'below')), 'disk-error');
  const inner = path.join(folder, 'inner');
  mkdirSync(inner);
  writeFileSync(path.join(inner, 'lock'), 'a file where the lock should be');
  assert.equal(await attempt(inner), 'disk-error');
});

test('D16: a read-only folder is refused', { skip: process.getuid?.() === 0 }, async (t) => {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o500);
  assert.equal(await attempt(folder), 'disk-error');
  chmodSync(folder, 0o700);
});
