import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StorageFault } from '../../src/storage/fault.ts';
import { realDisk } from '../../src/storage/journal/journal-disk.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import {
  openJournal,
  samplePayloads,
  scanned,
  watchedDisk,
  writtenJournal,
} from './journal-fixture.ts';

const isDead = (fault: unknown) => fault instanceof StorageFault && fault.code === 'disk-error';

for (const share of [0, 0.3, 0.99]) {
  test(`D7: the disk is full after ${share} of a write: dead at once, whole again with space`, async (t) => {
    const payloads = samplePayloads(4, 600);
    const place = await writtenJournal(temporaryFolder(t), payloads);
    const disk = watchedDisk();
    const journal = await openJournal(place, {
      disk: {
        ...disk,
        write: async (fd, bytes, position) => {
          await realDisk.write(fd, bytes.subarray(0, bytes.length * share), position);
          throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
        },
      },
    });
    await assert.rejects(journal.append(samplePayloads(2, 900)), isDead);
    await assert.rejects(journal.append([Uint8Array.of(1)]), isDead, 'nothing is tried again');
    await journal.close().catch(() => undefined);

    const again = await openJournal(place);
    assert.deepEqual((await scanned(again)).slice(0, 4), payloads);
    await again.append([Uint8Array.of(7)]);
    assert.deepEqual((await scanned(again)).at(-1), Uint8Array.of(7));
    await again.close();
  });
}
