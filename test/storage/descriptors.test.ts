import assert from 'node:assert/strict';
import { readdirSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { auditStore } from '../../src/audit/store-entries.ts';
import { subjectOf } from '../../src/audit/subject.ts';
import { createJournal, Journal } from '../../src/storage/journal/journal.ts';
import { realDisk } from '../../src/storage/journal/journal-disk.ts';
import { SortedRuns } from '../../src/storage/runs/sorted-runs.ts';
import { SavepointFolder } from '../../src/storage/savepoint/savepoint-folder.ts';
import { StopFolder } from '../../src/storage/stop-folder.ts';
import { AuditedFolders } from '../audit/folders.ts';
import { verifier } from '../replica/replica-cluster.ts';
import { openBelow, SEES_DESCRIPTORS } from '../system/descriptors.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import { IDENTITY, openJournal, samplePayloads, writtenJournal } from './journal-fixture.ts';
import { openStore } from './open-store.ts';
import { save } from './save.ts';

const skip = SEES_DESCRIPTORS ? false : 'only Linux tells what is open';
const refused = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });

/** Temporary folders are made there meanwhile. */
async function withTemporariesIn(folder: string, work: () => Promise<unknown>): Promise<void> {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = folder;
  try {
    await work();
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
}

/** Every call of the method fails that is made on an open file while the test runs. */
async function failing(t: TestContext, method: 'stat' | 'read' | 'sync' | 'writeFile') {
  const any = await open('/dev/null');
  await any.close();
  const methods = Object.getPrototypeOf(any) as FileHandle;
  return t.mock.method(methods, method, () => Promise.reject(refused));
}

describe('an audit closes what it opens', { skip }, () => {
  let folders: AuditedFolders;
  before(async () => {
    folders = new AuditedFolders();
    await folders.prepare();
  });
  after(() => folders.remove());

  async function leavesNothing(t: TestContext, audit: () => Promise<unknown>): Promise<void> {
    const temporary = temporaryFolder(t);
    await withTemporariesIn(temporary, audit);
    assert.deepEqual(readdirSync(temporary), []);
    assert.deepEqual([...openBelow(temporary), ...openBelow(path.dirname(folders.whole))], []);
  }

  it('when nothing is wrong', (t) =>
    leavesNothing(t, async () => {
      const { genesis } = folders.chain.cluster;
      const certificate = folders.chain.certificateOf(3);
      const options = { genesis, known: [certificate], trustKnown: true };
      assert.equal((await folders.audit(folders.whole, options)).wrong, 0);
    }));

  it('when the other store, or the own one, cannot be opened', (t) =>
    leavesNothing(t, async () => {
      const store = path.join(folders.whole, 'store');
      const broken = path.join(folders.copy(), 'store');
      for (const name of readdirSync(broken)) {
        if (name.startsWith('MANIFEST')) truncateSync(path.join(broken, name), 3);
      }
      for (const [mine, implied] of [
        [store, broken],
        [broken, store],
      ] as const) {
        const subject = subjectOf(folders.chain.cluster.genesis, verifier);
        await auditStore(subject, mine, implied, () => false);
        assert.match(subject.findings.list[0]?.detail ?? '', /it cannot be read/);
      }
    }));

  it('when a run is missing, or the journal ends in the middle of what it is asked for', (t) =>
    leavesNothing(t, async () => {
      const folder = folders.copy();
      for (const name of readdirSync(path.join(folder, 'store'))) {
        if (name.endsWith('.run')) rmSync(path.join(folder, 'store', name));
      }
      assert.ok((await folders.audit(folder)).wrong > 0);
      const aborted = new Error('the progress of who audits');
      const progress = () => {
        throw aborted;
      };
      await assert.rejects(folders.audit(folder, { progress }), aborted);
    }));

  it('when the size of a segment cannot be asked for, or nothing can be read of it', async (t) => {
    for (const method of ['stat', 'read'] as const) {
      await leavesNothing(t, async () => {
        const folder = folders.copy();
        const asked = await failing(t, method);
        const report = await folders.audit(folder, { withStore: false });
        asked.mock.restore();
        assert.deepEqual(
          report.findings.map(({ code, detail }) => [code, detail]),
          [['journal-damaged', refused.message]],
        );
      });
    }
  });
});

describe('a savepoint closes what it opens', { skip }, () => {
  const head = {
    version: '1',
    layout: 1,
    ledgerId: IDENTITY.ledgerId,
    lane: 2,
    blocks: 7,
    link: '00'.repeat(16),
  };
  const place = { ...head, link: () => head.link };

  it('when it is written, read and unpacked, and when any of that fails', async (t) => {
    const folder = temporaryFolder(t);
    const store = await openStore(path.join(folder, 'store'), true);
    for (let i = 0; i < 500; i += 1) {
      store.put(`d${String(i).padStart(64, '0')}`, new Uint8Array(300).fill(i));
      store.put(`a${String(i).padStart(134, '0')}`, new Uint8Array(8).fill(i));
    }
    const copies = path.join(folder, 'savepoint');
    const savepoints = new SavepointFolder(copies);
    const write = () => save(store, savepoints, { head, state: Uint8Array.of(1) });
    for (const method of ['read', 'sync', 'writeFile'] as const) {
      const asked = await failing(t, method);
      await assert.rejects(write(), /EIO/, method);
      asked.mock.restore();
      assert.deepEqual(openBelow(copies), [], method);
    }
    await write();
    assert.deepEqual(openBelow(copies), []);
    const asked = await failing(t, 'read');
    assert.deepEqual(await savepoints.read(place), { ok: false, error: 'damaged' });
    asked.mock.restore();
    assert.deepEqual(openBelow(copies), []);
    const found = await savepoints.read(place);
    assert.ok(found.ok);
    await savepoints.unpack(found.value, path.join(folder, 'other'));
    assert.deepEqual([...openBelow(copies), ...openBelow(path.join(folder, 'other'))], []);
    await store.close();
    assert.deepEqual(openBelow(folder), []);
  });
});

describe('the data folder closes what it could not finish', { skip }, () => {
  it('a segment of the journal that could not be begun, or not be cut off where it is torn', async (t) => {
    const folder = temporaryFolder(t);
    const disk = { ...realDisk, sync: () => Promise.reject(refused) };
    await assert.rejects(createJournal(path.join(folder, 'new'), IDENTITY, disk), refused);
    const journal = await writtenJournal(folder, samplePayloads(3, 50));
    assert.ok(!(await Journal.open(journal, IDENTITY, { disk })).ok);
    assert.deepEqual(openBelow(folder), []);
  });

  it('a segment that became shorter is an error of the disk', async (t) => {
    const folder = temporaryFolder(t);
    const place = await writtenJournal(folder, samplePayloads(30, 900));
    const journal = await openJournal(place);
    truncateSync(path.join(place, '0000000001.segment'), 5000);
    await assert.rejects(async () => {
      for await (const _ of journal.scan());
    }, /disk-error: the file became shorter/);
    await journal.close();
    assert.deepEqual(openBelow(folder), []);
  });

  it('a run for which there is no space', async (t) => {
    const folder = temporaryFolder(t);
    const runs = new SortedRuns(folder, { youngMax: 8, chunkRecords: 2, fanOut: 2 });
    runs.add('00'.repeat(67), new Uint8Array(8));
    symlinkSync('/dev/full', path.join(folder, '000001.run'));
    await assert.rejects(runs.spill(), /ENOSPC/);
    assert.deepEqual(openBelow('/dev/full'), []);
    assert.deepEqual(readdirSync(folder), []);
    await runs.close();
  });

  it('pages of a stop state that could not be synced', async (t) => {
    const folder = temporaryFolder(t);
    const writer = await new StopFolder(path.join(folder, 'stops')).writer(3);
    await writer.add(Uint8Array.of(1, 2, 3));
    const asked = await failing(t, 'sync');
    await assert.rejects(writer.finish({} as never), refused);
    asked.mock.restore();
    assert.deepEqual(openBelow(folder), []);
    await writer.abandon();
    assert.deepEqual(readdirSync(path.join(folder, 'stops')), []);
  });
});
