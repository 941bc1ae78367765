import assert from 'node:assert/strict';
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { StorageFault } from '../../src/storage/fault.ts';
import { createJournal, Journal, type JournalOptions } from '../../src/storage/journal/journal.ts';
import { FROM_THE_FIRST } from '../../src/storage/journal/journal-recovery.ts';
import { encodeRecord, RECORD_HEADER_BYTES } from '../../src/storage/journal/record.ts';
import { SEGMENT_HEADER_BYTES } from '../../src/storage/journal/segment.ts';
import { openBelow, SEES_DESCRIPTORS } from '../system/descriptors.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import { IDENTITY, openJournal, samplePayloads, scanned } from './journal-fixture.ts';
import { unsyncedDisk } from './unsynced-disk.ts';

/** Rows D of the catalogue of faults, of what a start leaves unread (docs/adr/0031). */

const FIRST = '0000000001.segment';
const PAYLOADS = samplePayloads(9, 40);

type Made = { readonly place: string; readonly options: JournalOptions };

/** A closed journal of some full segments, of which a start reads the last and the one before it. */
async function made(folder: string, payloads = PAYLOADS): Promise<Made> {
  const [place, indexFolder] = [path.join(folder, 'journal'), path.join(folder, 'index')];
  const options = { segmentBytes: 200, indexFolder, readBytes: 200, disk: unsyncedDisk };
  await createJournal(place, IDENTITY);
  const journal = await openJournal(place, options);
  for (const payload of payloads) await journal.append([payload]);
  await journal.close();
  return { place, options };
}

type Found = { readonly code: string; readonly started: boolean } | Uint8Array[];

/** What a start finds, or what it or the reading after it says; closed again. */
async function found({ place, options }: Made): Promise<Found> {
  const opened = await Journal.open(place, IDENTITY, options);
  if (!opened.ok) return { code: opened.error.code, started: false };
  const journal = opened.value;
  try {
    const code = await codeOf(journal.readUnread());
    return code === null ? await scanned(journal) : { code, started: true };
  } finally {
    await journal.close();
  }
}

/** null: it came to its end. */
async function codeOf(reading: AsyncIterable<unknown>): Promise<string | null> {
  try {
    for await (const _ of reading);
    return null;
  } catch (cause) {
    assert.ok(cause instanceof StorageFault);
    return cause.code;
  }
}

const files = (folder: string | undefined) => readdirSync(folder as string).sort();

test('old segments are taken by their indexes, and all is as if they had been read', async (t) => {
  const { place, options } = await made(temporaryFolder(t));
  assert.ok(files(place).length >= 4);
  assert.equal(files(options.indexFolder).length, files(place).length - 1);
  const whole = await openJournal(place);
  const journal = await openJournal(place, options);
  t.after(() => journal.close());
  assert.equal(whole.unreadBytes, 0);
  assert.ok(journal.unreadBytes > 0 && journal.unreadBytes < journal.bytes);
  assert.deepEqual(
    [journal.lastOrdinal, journal.bytes, journal.segments],
    [whole.lastOrdinal, whole.bytes, whole.segments],
  );
  for (let n = 0; n <= whole.lastOrdinal; n += 1) assert.equal(journal.link(n), whole.link(n));
  await whole.close();
  for (const [i, payload] of PAYLOADS.entries()) assert.deepEqual(journal.read(i + 1), payload);
  assert.deepEqual(await scanned(journal), PAYLOADS);
  let bytes = 0;
  for await (const read of journal.readUnread()) bytes += read;
  const headers = SEGMENT_HEADER_BYTES * (files(place).length - 2);
  assert.equal(bytes, journal.unreadBytes - headers);
  const more = samplePayloads(4, 90);
  for (const payload of more) await journal.append([payload]);
  assert.deepEqual(await scanned(journal), [...PAYLOADS, ...more]);
});

test('D3: a flipped bit in any byte of an old segment halts a start, or who reads it afterwards', async (t) => {
  const journal = await made(temporaryFolder(t));
  const file = path.join(journal.place, FIRST);
  const bytes = readFileSync(file);
  const sealAt = bytes.length - RECORD_HEADER_BYTES;
  for (let at = 0; at < bytes.length; at += 1) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 1 << (at % 8);
    writeFileSync(file, flipped);
    const started = at >= SEGMENT_HEADER_BYTES && at < sealAt;
    assert.deepEqual(await found(journal), { code: 'journal-corrupt', started }, `byte ${at}`);
  }
  writeFileSync(file, bytes);
  assert.deepEqual(await found(journal), PAYLOADS);
});

test('D3: a record of an old segment that is damaged is not given out', async (t) => {
  const { place, options } = await made(temporaryFolder(t));
  const file = path.join(place, FIRST);
  const bytes = readFileSync(file);
  bytes[SEGMENT_HEADER_BYTES + RECORD_HEADER_BYTES + 3]! ^= 1;
  writeFileSync(file, bytes);
  const journal = await openJournal(place, options);
  t.after(() => journal.close());
  assert.throws(() => journal.read(1), /journal-corrupt/);
  assert.deepEqual(journal.read(2), PAYLOADS[1]);
  await assert.rejects(scanned(journal), /journal-corrupt/);
});

test('D5: an old segment that ends with another record halts who reads it afterwards', async (t) => {
  const journal = await made(temporaryFolder(t));
  const opened = await openJournal(journal.place);
  const at = [PAYLOADS[0], PAYLOADS[1]].map((one) => RECORD_HEADER_BYTES + (one?.length ?? 0));
  const link = Buffer.from(opened.link(1), 'hex');
  await opened.close();
  const file = path.join(journal.place, FIRST);
  const bytes = readFileSync(file);
  const other = encodeRecord(2, link, new Uint8Array((PAYLOADS[1] as Uint8Array).length).fill(9));
  assert.equal(other.length, at[1]);
  bytes.set(other, SEGMENT_HEADER_BYTES + (at[0] as number));
  writeFileSync(file, bytes);
  assert.deepEqual(await found(journal), { code: 'journal-corrupt', started: true });
});

test('D2, D5: an old segment that is shorter, longer, missing or empty halts', async (t) => {
  const journal = await made(temporaryFolder(t));
  const file = path.join(journal.place, FIRST);
  const bytes = readFileSync(file);
  const changes: (() => void)[] = [
    () => appendFileSync(file, Buffer.alloc(1)),
    () => truncateSync(file, bytes.length - RECORD_HEADER_BYTES - 1),
    () => truncateSync(file, 0),
    () => rmSync(file),
  ];
  for (const change of changes) {
    change();
    const halted = { code: 'journal-corrupt', started: false };
    assert.deepEqual(await found(journal), halted, String(change));
    writeFileSync(file, bytes);
  }
});

test('D3: a segment whose index is missing, damaged or of another one is read, and gets its own', async (t) => {
  const folder = temporaryFolder(t);
  const journal = await made(folder);
  const index = path.join(folder, 'index', '0000000001.index');
  const bytes = readFileSync(index);
  const others = PAYLOADS.map((payload) => payload.map((byte) => (byte % 255) + 1));
  const other = await made(temporaryFolder(t), others);
  const wrong = [
    ...Array.from(bytes, (_, at) => {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1 << (at % 8);
      return flipped;
    }),
    bytes.subarray(0, -4),
    Buffer.alloc(0),
    readFileSync(path.join(folder, 'index', files(journal.options.indexFolder)[1] as string)),
    readFileSync(path.join(other.options.indexFolder as string, '0000000001.index')),
  ];
  for (const [n, content] of [null, ...wrong].entries()) {
    if (content === null) rmSync(index);
    else writeFileSync(index, content);
    assert.deepEqual(await found(journal), PAYLOADS, `index ${n}`);
    assert.deepEqual(readFileSync(index), bytes, `index ${n} is there again`);
  }
});

test('D2: an old segment whose seal is torn is read', async (t) => {
  const journal = await made(temporaryFolder(t));
  const file = path.join(journal.place, FIRST);
  truncateSync(file, readFileSync(file).length - 7);
  const opened = await openJournal(journal.place, journal.options);
  const unread = opened.unreadBytes;
  await opened.close();
  assert.deepEqual(await found(journal), PAYLOADS);
  assert.ok(unread > 0, 'the others are not');
});

test('a journal that has to begin in an old segment is read there', async (t) => {
  const { place, options } = await made(temporaryFolder(t));
  const whole = await openJournal(place);
  const begins = [0, 1, 2, 3, 4].map((records) => ({ records, link: whole.link(records) }));
  await whole.close();
  for (const beginning of begins) {
    const opened = await Journal.open(place, IDENTITY, { ...options, begins: beginning });
    assert.ok(opened.ok, `behind ${beginning.records}`);
    await opened.value.close();
    const other = { ...beginning, link: 'ab'.repeat(16) };
    const refused = await Journal.open(place, IDENTITY, { ...options, begins: other });
    assert.equal(refused.ok ? null : refused.error.code, 'journal-corrupt');
  }
  assert.deepEqual(begins[0], FROM_THE_FIRST);
});

test('who stops reading in the midst of an old segment lets go of it', async (t) => {
  const { place, options } = await made(temporaryFolder(t));
  const journal = await openJournal(place, options);
  t.after(() => journal.close());
  const before = openBelow(place);
  const reading = journal.readUnread();
  await reading.next();
  if (SEES_DESCRIPTORS) assert.equal(openBelow(place).length, before.length + 1);
  await reading.return(undefined);
  assert.deepEqual(openBelow(place), before);
});

test('a segment that is dropped takes its index along, and is not read any more', async (t) => {
  const { place, options } = await made(temporaryFolder(t));
  const journal = await openJournal(place, options);
  t.after(() => journal.close());
  const unread = journal.readUnread();
  await unread.next();
  const [, , third] = files(place) as [string, string, string];
  const records = Number.parseInt(third, 10) - 1;
  assert.equal(await journal.drop(records), 2);
  assert.equal(files(options.indexFolder)[0], third.replace('segment', 'index'));
  for await (const _ of unread);
});

test('a segment that is dropped while it is opened to be read is no damage', async (t) => {
  const { place, options } = await made(temporaryFolder(t));
  const journal = await openJournal(place, options);
  t.after(() => journal.close());
  const [, second] = files(place) as [string, string];
  const unread = journal.readUnread();
  const first = unread.next();
  // It may meet that its file is gone, or not.
  const dropped = journal.drop(Number.parseInt(second, 10) - 1).catch(() => 1);
  rmSync(path.join(place, FIRST));
  assert.equal(await dropped, 1);
  assert.equal((await first).done, false, 'it goes on with the next one');
  for await (const _ of unread);
});
