import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { defined } from '../../src/std/assert.ts';
import { AuditedFolders, flipped } from './folders.ts';

/** What a disk, a copy or somebody with an editor does to files. */
describe('an audit of a damaged folder', { timeout: 300_000 }, () => {
  let folders: AuditedFolders;
  before(async () => {
    folders = new AuditedFolders();
    await folders.prepare();
  });
  after(() => folders.remove());

  it('finds a flipped bit on the disk', async () => {
    const folder = folders.copy();
    const file = path.join(folder, 'journal', '0000000001.segment');
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 4;
    writeFileSync(file, bytes);
    await folders.finds('journal-damaged', /record \d+ at byte \d+/, folder);
  });

  it('D11: finds that a journal was cut off, and takes an unfinished write for what it is', async () => {
    const { records } = folders;
    const shorter = await folders.rewritten(records.slice(0, 200));
    await folders.finds('store-ahead', /checkpoints, 0000000a/, shorter);
    const known = [folders.chain.certificateOf(10)];
    const options = { withStore: false, known };
    await folders.finds(
      'checkpoint-missing',
      /epoch 10: the folder leads to epoch/,
      shorter,
      options,
    );

    const torn = folders.copy();
    const file = path.join(torn, 'journal', '0000000001.segment');
    truncateSync(file, statSync(file).size - 10);
    const { findings, notes, checked } = await folders.audit(torn);
    assert.equal(checked.blocks, records.length - 1);
    assert.deepEqual(findings, []);
    assert.match(notes.join('\n'), /unfinished write/);
    appendFileSync(file, new Uint8Array(100).fill(9));
    await folders.finds('journal-damaged', /checksum/, torn);
  });

  it('finds a missing segment at every place', async () => {
    const folder = await folders.rewritten(folders.records, 30_000);
    const journal = path.join(folder, 'journal');
    const names = readdirSync(journal).sort();
    assert.ok(names.length > 3);
    for (const name of [names[0], names[2], names.at(-1)]) {
      const copy = path.join(path.dirname(folder), `without-${name}`);
      cpSync(folder, copy, { recursive: true });
      rmSync(path.join(copy, 'journal', name ?? ''));
      await folders.finds('journal-damaged', /missing/, copy, { withStore: false });
    }
    const report = await folders.audit(folder);
    assert.deepEqual(report.findings, []);
    assert.equal(report.checked.segments, names.length);
  });

  it('D4, D6: finds a changed coin, outcome, certificate, place or page in the store', async () => {
    const flip = (at: number) => (value: Uint8Array) => flipped(value, at);
    for (const [table, at, name] of [
      ['c', 10, /coins/],
      ['c', 60, /coins/],
      ['o', 8, /epoch outcomes/],
      ['k', 40, /checkpoints/],
      ['k', 230, /checkpoints/],
      ['t', 1, /transactions/],
    ] as const) {
      await folders.finds('store-damaged', name, await folders.withEntry(table, flip(at)));
    }
    await folders.finds('store-damaged', /state tree/, await folders.withPage(flip(9)));
    const owned = await folders.withOwned(flip(7));
    await folders.finds('store-damaged', /unspent outputs by owner/, owned);
  });

  it('D6: finds a flipped bit in a run, in pages of the state tree and in their index', async () => {
    for (const [suffix, at, found] of [
      ['.run', 100, /is damaged at byte 0/],
      ['.pages', 100, /a page of the state tree is damaged/],
      ['.places', 20, /the index of the pages of the state tree is damaged/],
    ] as const) {
      const folder = folders.copy();
      const store = path.join(folder, 'store');
      const name = readdirSync(store).find((one) => one.endsWith(suffix));
      const file = path.join(store, defined(name, `a file ${suffix}`));
      writeFileSync(file, flipped(readFileSync(file), at));
      await folders.finds('store-damaged', found, folder);
    }
  });

  it('D12: takes a store that is behind for what it is, and still finds a coin changed in it', async () => {
    const behind = await folders.behind(150);
    const { findings, notes } = await folders.audit(behind);
    assert.deepEqual(findings, []);
    assert.match(notes.join('\n'), /killed, or runs now/);
    const changed = await folders.withEntry('c', (value) => flipped(value, 10), behind);
    await folders.finds('store-damaged', /coins/, changed);
  });
});
