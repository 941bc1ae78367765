import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { StorageFault } from '../../src/storage/fault.ts';
import { createJournal, Journal } from '../../src/storage/journal/journal.ts';
import { realDisk } from '../../src/storage/journal/journal-disk.ts';
import type { Digest } from '../../src/types/ids.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import {
  IDENTITY,
  LEDGER,
  openJournal,
  samplePayloads,
  scanned,
  watchedDisk,
  writtenJournal,
} from './journal-fixture.ts';

test('what was appended is read back by ordinal and by scan, over segments and restarts', async (t) => {
  const payloads = samplePayloads(100, 40);
  const place = await writtenJournal(temporaryFolder(t), payloads, { segmentBytes: 700 });
  const journal = await openJournal(place, { segmentBytes: 700 });
  t.after(() => journal.close());
  assert.equal(journal.lastOrdinal, 100);
  assert.equal(journal.truncatedBytes, 0);
  assert.deepEqual(await scanned(journal), payloads);
  for (const [index, payload] of payloads.entries()) {
    assert.deepEqual(journal.read(index + 1), payload);
  }
});

test('a record can be read before it is durable, and its bytes are its own', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), []);
  const journal = await openJournal(place);
  t.after(() => journal.close());
  const mine = Uint8Array.of(1, 2, 3);
  const durable = journal.append([mine]);
  mine.fill(9);
  assert.equal(journal.lastOrdinal, 1);
  assert.equal(journal.durableOrdinal, 0);
  assert.deepEqual(journal.read(1), Uint8Array.of(1, 2, 3));
  await durable;
  assert.equal(journal.durableOrdinal, 1);
  assert.equal(journal.backlogBytes, 0);
  assert.deepEqual(journal.read(1), Uint8Array.of(1, 2, 3));
});

test('appends that arrive while an fsync runs share the next one', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), []);
  const disk = watchedDisk();
  const journal = await openJournal(place, { disk });
  t.after(() => journal.close());
  let arrived = (): void => {};
  const reached = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  disk.before = (call) => {
    if (call !== 'datasync' || disk.datasyncs !== 1) return;
    arrived();
    return held;
  };
  const order: number[] = [];
  const append = (number: number): Promise<unknown> =>
    journal.append([Uint8Array.of(number)]).then(() => order.push(number));
  const appends = [append(1), append(2)];
  await reached;
  for (let number = 3; number <= 50; number += 1) appends.push(append(number));
  assert.deepEqual(order, []);
  release();
  await Promise.all(appends);
  assert.equal(disk.datasyncs, 2);
  assert.deepEqual(
    order,
    Array.from({ length: 50 }, (_, index) => index + 1),
  );
});

test('an empty append waits for what was appended before it', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), []);
  const journal = await openJournal(place);
  t.after(() => journal.close());
  void journal.append([Uint8Array.of(1)]);
  await journal.append([]);
  assert.equal(journal.durableOrdinal, 1);
});

test('what a start finds is durable before it is used', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), samplePayloads(1, 10));
  const disk = watchedDisk();
  const calls: string[] = [];
  disk.before = (call) => {
    calls.push(call);
  };
  await (await openJournal(place, { disk })).close();
  assert.deepEqual(calls, ['open', 'truncate', 'sync', 'syncFolder']);
});

test('a new segment is durable, with its name, before anything is acknowledged in it', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), samplePayloads(1, 400));
  const disk = watchedDisk();
  const journal = await openJournal(place, { disk, segmentBytes: 100 });
  t.after(() => journal.close());
  const calls: string[] = [];
  disk.before = (call) => {
    calls.push(call);
  };
  await journal.append([Uint8Array.of(1)]);
  const create = ['open', 'write', 'sync', 'syncFolder'];
  assert.deepEqual(calls, [...create, 'write', 'datasync', 'write', 'datasync']);
});

for (const call of ['write', 'datasync'] as const) {
  test(`D8: after a failed ${call} the journal is dead, and a new start has what was acknowledged`, async (t) => {
    const payloads = samplePayloads(3, 50);
    const place = await writtenJournal(temporaryFolder(t), payloads);
    const disk = watchedDisk();
    const journal = await openJournal(place, { disk });
    disk.before = (name) => {
      if (name === call) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    };
    const first = journal.append([Uint8Array.of(1)]);
    await assert.rejects(
      first,
      (fault) => fault instanceof StorageFault && fault.code === 'disk-error',
    );
    disk.before = () => {};
    await assert.rejects(journal.append([Uint8Array.of(2)]), /disk-error.*no space left/);
    await journal.close();
    const again = await openJournal(place);
    t.after(() => again.close());
    assert.deepEqual(await scanned(again), payloads);
  });
}

test('D8: a failure while a segment is being created loses nothing', async (t) => {
  for (const call of ['open', 'write', 'sync', 'syncFolder', 'datasync'] as const) {
    const payloads = samplePayloads(2, 300);
    const place = await writtenJournal(temporaryFolder(t), payloads);
    const disk = watchedDisk();
    const journal = await openJournal(place, { disk, segmentBytes: 100 });
    disk.before = (name) => {
      if (name === call) throw new Error('the disk is gone');
    };
    await assert.rejects(journal.append([Uint8Array.of(1)]), /disk-error/);
    await journal.close();
    const again = await openJournal(place, { segmentBytes: 100 });
    await again.append([Uint8Array.of(2)]);
    assert.deepEqual(await scanned(again), [...payloads, Uint8Array.of(2)], call);
    await again.close();
  }
});

test('a closed journal takes nothing', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), []);
  const journal = await openJournal(place);
  await journal.close();
  await assert.rejects(journal.append([Uint8Array.of(1)]), /closed/);
});

test('D5, D18: a journal of another ledger, another lane or another format is refused', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), samplePayloads(1, 10));
  const codeOf = async (identity: typeof IDENTITY): Promise<string> => {
    const opened = await Journal.open(place, identity);
    if (!opened.ok) return opened.error.code;
    await opened.value.close();
    return 'opened';
  };
  assert.equal(await codeOf({ ledgerId: 'cd'.repeat(32) as Digest, lane: 2 }), 'wrong-ledger');
  assert.equal(await codeOf({ ledgerId: LEDGER, lane: 3 }), 'wrong-validator');
  assert.equal(await codeOf({ ledgerId: LEDGER, lane: null }), 'wrong-validator');
  assert.equal(await codeOf(IDENTITY), 'opened');
  const file = path.join(place, '0000000001.segment');
  const bytes = readFileSync(file);
  bytes.writeUInt32BE(2, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 68)), 68);
  writeFileSync(file, bytes);
  assert.equal(await codeOf(IDENTITY), 'format-unknown');
});

test('a journal is created once', async (t) => {
  const place = path.join(temporaryFolder(t), 'journal');
  await createJournal(place, IDENTITY);
  await assert.rejects(createJournal(place, IDENTITY), { code: 'EEXIST' });
});

test('segments go one after the other also for a disk: what a crash leaves begins later, and has no gap', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), samplePayloads(40, 40), {
    segmentBytes: 400,
  });
  const journal = await openJournal(place);
  t.after(() => journal.close());
  const before = readdirSync(place).length;
  // Of what is gone since the last sync of the folder any may come back.
  const synced: number[] = [];
  t.mock.method(realDisk, 'syncFolder', async () => {
    synced.push(before - readdirSync(place).length);
  });
  const gone = await journal.drop(30);
  assert.ok(gone > 2);
  assert.deepEqual(
    synced,
    Array.from({ length: gone }, (_, index) => index + 1),
  );
});
