import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { auditFolder } from '../../src/audit/audit.ts';
import { defined } from '../../src/std/assert.ts';
import { setFailpointHook } from '../../src/storage/failpoint.ts';
import { decodeStopState, encodeStopState } from '../../src/storage/stop-file.ts';
import { verifier } from '../replica/replica-cluster.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import {
  close,
  cluster,
  GENERATIONS,
  hear,
  open,
  prune,
  pruned,
  records,
  segmentsOf,
  stopsOf,
  upTo,
} from './folders.ts';

describe('a folder that has dropped generations, damaged', () => {
  it('halts with a word when its stop state is damaged and nothing else has what it stands for', async (t) => {
    for (const file of ['0000000005.stop', '0000000005.pages']) {
      const home = await pruned(t);
      flip(path.join(home, 'data', 'stops', file));
      await assert.rejects(open(home), /stop-state-damaged/);
    }
  });

  it('falls back to what the journal still has when the newest stop state is damaged', async (t) => {
    const home = temporaryFolder(t);
    const life = await open(home);
    await hear(life, records);
    setFailpointHook((name) => {
      if (name !== 'after-stop-state') return;
      const copy = path.join(home, 'copy');
      for (const part of ['journal', 'stops', 'format.json']) {
        cpSync(path.join(home, 'data', part), path.join(copy, 'data', part), { recursive: true });
      }
    });
    await prune(life);
    setFailpointHook(null);
    await close(life);
    const copy = path.join(home, 'copy');
    flip(path.join(copy, 'data', 'stops', '0000000005.stop'));
    const again = await open(copy);
    assert.equal(again.started.replica.oldest, 0);
    assert.deepEqual(again.data.damagedStops, [5]);
    await prune(again);
    await close(again);
    assert.equal(segmentsOf(copy).length, 2);
  });

  it('takes no stop state that its certificate does not carry', async (t) => {
    const [home, other] = [await pruned(t), temporaryFolder(t)];
    const life = await open(other);
    await hear(life, upTo(4));
    await prune(life);
    await close(life);
    const place = (one: string, name: string) => path.join(one, 'data', 'stops', name);
    // The pages of another generation under the name of this one: their digest is in the state.
    const [found] = stopsOf(other).filter((name) => name.endsWith('.pages'));
    cpSync(place(other, found as string), place(home, '0000000005.pages'));
    await assert.rejects(open(home), /stop-state-damaged/);
  });

  it('is audited from its stop state on, and damage of either is found', async (t) => {
    const home = await pruned(t);
    const data = path.join(home, 'data');
    const audit = () =>
      auditFolder({
        folder: data,
        genesis: cluster.genesis,
        verifier,
        known: [],
        trustKnown: false,
        definedBlocks: 100,
        withStore: true,
        progress: () => {},
      });
    const right = await audit();
    assert.deepEqual(right.findings, []);
    const { from, certified, generation } = right;
    assert.deepEqual([from, certified, generation], [GENERATIONS - 1, GENERATIONS, 5]);
    assert.ok(right.checked.ledgers > 0 && right.checked.stateRoots > 0);
    const [segment] = segmentsOf(home).sort();
    for (const place of [
      ['stops', '0000000005.pages'],
      ['journal', segment as string],
    ]) {
      const file = path.join(data, ...place);
      const bytes = readFileSync(file);
      flip(file);
      assert.ok((await audit()).wrong > 0, file);
      writeFileSync(file, bytes);
    }
    // Pages that end within one; the state has their digest.
    const place = (name: string) => path.join(data, 'stops', `0000000005.${name}`);
    const pages = Buffer.concat([readFileSync(place('pages')), Buffer.of(0, 0, 0, 9, 1)]);
    const stop = defined(decodeStopState(readFileSync(place('stop'))), 'it is whole');
    const named = { bytes: pages.length, digest: hash('sha256', pages, 'hex') };
    writeFileSync(place('pages'), pages);
    writeFileSync(place('stop'), encodeStopState({ ...stop, pages: named }));
    assert.deepEqual((await audit()).findings[0], {
      code: 'folder-damaged',
      where: 'stop state 5',
      detail: 'stop-state-damaged: stop state of generation 5',
    });
  });

  it('halts when records behind the stop state are gone, or are other ones', async (t) => {
    const home = await pruned(t);
    const [oldest] = segmentsOf(home).sort();
    const journal = path.join(home, 'data', 'journal', oldest as string);
    const bytes = readFileSync(journal);
    flip(journal);
    await assert.rejects(open(home), /journal-corrupt/);
    writeFileSync(journal, bytes);
    await close(await open(home));
  });
});

function flip(file: string): void {
  const bytes = readFileSync(file);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(file, bytes);
}
