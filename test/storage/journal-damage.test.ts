import assert from 'node:assert/strict';
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Journal } from '../../src/storage/journal/journal.ts';
import { encodeRecord, linkAfter, RECORD_HEADER_BYTES } from '../../src/storage/journal/record.ts';
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES } from '../../src/storage/journal/segment.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import {
  copyOf,
  IDENTITY,
  openJournal,
  samplePayloads,
  scanned,
  writtenJournal,
} from './journal-fixture.ts';

const FIRST = '0000000001.segment';

type Found = { readonly code: string } | { readonly payloads: Uint8Array[]; readonly cut: number };

/** What a start finds in the folder, and that it can go on from there. */
async function start(folder: string): Promise<Found> {
  const opened = await Journal.open(folder, IDENTITY);
  if (!opened.ok) return { code: opened.error.code };
  const journal = opened.value;
  const payloads = await scanned(journal);
  for (const [index, payload] of payloads.entries()) {
    assert.deepEqual(journal.read(index + 1), payload);
  }
  const cut = journal.truncatedBytes;
  await journal.append([Uint8Array.of(77)]);
  await journal.close();
  const again = await openJournal(folder);
  assert.deepEqual(await scanned(again), [...payloads, Uint8Array.of(77)]);
  await again.close();
  return { payloads, cut };
}

test('D2: a tail cut off at any byte is removed up to the last whole record', async (t) => {
  const payloads = samplePayloads(3, 20);
  const place = await writtenJournal(temporaryFolder(t), payloads);
  const size = readFileSync(path.join(place, FIRST)).length;
  const ends = [SEGMENT_HEADER_BYTES];
  for (const payload of payloads) ends.push(ends.at(-1)! + RECORD_HEADER_BYTES + payload.length);
  assert.equal(ends.at(-1), size);
  for (let length = SEGMENT_HEADER_BYTES; length <= size; length += 1) {
    const copy = copyOf(place, 'cut');
    truncateSync(path.join(copy, FIRST), length);
    const whole = ends.filter((end) => end <= length).length - 1;
    const expected = { payloads: payloads.slice(0, whole), cut: length - ends[whole]! };
    assert.deepEqual(await start(copy), expected, `${length} bytes`);
  }
});

test('D2: an unfinished write that reads as zeros is removed', async (t) => {
  const payloads = samplePayloads(3, 900);
  const place = await writtenJournal(temporaryFolder(t), payloads);
  const bytes = readFileSync(path.join(place, FIRST));
  const last = bytes.length - RECORD_HEADER_BYTES - payloads[2]!.length;
  const sectors = [last, ...[0, 512, 1024, 1536, 2048, 2560].filter((at) => at > last)];
  assert.ok(sectors.length >= 3);
  for (const sector of sectors) {
    const copy = copyOf(place, 'zeros');
    const zeroed = Buffer.concat([bytes.subarray(0, sector), Buffer.alloc(bytes.length - sector)]);
    writeFileSync(path.join(copy, FIRST), zeroed);
    const expected = { payloads: payloads.slice(0, 2), cut: bytes.length - last };
    assert.deepEqual(await start(copy), expected, `zeros from ${sector}`);
  }
});

test('D3: a flipped bit in any byte halts', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), samplePayloads(3, 20));
  await flipEveryByte(place, FIRST);
});

test('D3: a flipped bit in any byte of a journal of several segments halts, in a seal too', async (t) => {
  const options = { segmentBytes: 100 };
  const place = await writtenJournal(temporaryFolder(t), samplePayloads(3, 40), options);
  const names = readdirSync(place);
  assert.equal(names.length, 3);
  for (const name of names) await flipEveryByte(place, name);
});

/** One bit of each byte in turn. A start that halts changes nothing, so one folder serves for all. */
async function flipEveryByte(place: string, name: string): Promise<void> {
  const file = path.join(place, name);
  const bytes = readFileSync(file);
  for (let at = 0; at < bytes.length; at += 1) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 1 << (at % 8);
    writeFileSync(file, flipped);
    assert.deepEqual(await start(place), { code: 'journal-corrupt' }, `${name} byte ${at}`);
  }
  writeFileSync(file, bytes);
}

test('D5: a segment that is missing, wherever it stood, halts', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), samplePayloads(4, 100), {
    segmentBytes: 80,
  });
  const names = readdirSync(place);
  assert.equal(names.length, 4);
  for (const name of names) {
    const copy = copyOf(place, 'gap');
    rmSync(path.join(copy, name));
    assert.deepEqual(await start(copy), { code: 'journal-corrupt' }, name);
  }
  const empty = copyOf(place, 'empty');
  for (const name of names) rmSync(path.join(empty, name));
  assert.deepEqual(await start(empty), { code: 'journal-corrupt' });
});

test('a segment under another name, or a foreign file, halts', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), samplePayloads(4, 100), {
    segmentBytes: 80,
  });
  const [first, second, third, last] = readdirSync(place) as [string, string, string, string];
  const renames: [string, string][] = [
    [last, 'backup.segment'],
    [last, '0000000009.segment'],
    [second, third],
    [second, first],
  ];
  for (const [from, to] of renames) {
    const copy = copyOf(place, 'renamed');
    renameSync(path.join(copy, from), path.join(copy, to));
    assert.deepEqual(await start(copy), { code: 'journal-corrupt' }, `${from} as ${to}`);
  }
  const swapped = copyOf(place, 'swapped');
  writeFileSync(path.join(swapped, second), readFileSync(path.join(place, third)));
  assert.deepEqual(await start(swapped), { code: 'journal-corrupt' });
});

test('D10: a whole record of another journal, or in another place, halts', async (t) => {
  const folder = temporaryFolder(t);
  const payloads = samplePayloads(4, 21).map((payload) => payload.slice(0, 20));
  const place = await writtenJournal(folder, payloads);
  const file = path.join(place, FIRST);
  const size = RECORD_HEADER_BYTES + 20;
  const bytes = readFileSync(file);
  const record = (index: number): Buffer =>
    bytes.subarray(SEGMENT_HEADER_BYTES + index * size, SEGMENT_HEADER_BYTES + (index + 1) * size);
  const assemble = (indices: number[]): Buffer =>
    Buffer.concat([bytes.subarray(0, SEGMENT_HEADER_BYTES), ...indices.map(record)]);
  for (const indices of [
    [0, 2, 1, 3],
    [0, 0, 1, 2],
    [1, 2, 3],
    [0, 1, 3],
    [0, 1, 2, 3, 3],
  ]) {
    const copy = copyOf(place, 'misplaced');
    writeFileSync(path.join(copy, FIRST), assemble(indices));
    assert.deepEqual(await start(copy), { code: 'journal-corrupt' }, indices.join());
  }
  const other = await writtenJournal(
    temporaryFolder(t),
    samplePayloads(4, 21)
      .reverse()
      .map((p) => p.slice(0, 20)),
  );
  const foreign = readFileSync(path.join(other, FIRST)).subarray(SEGMENT_HEADER_BYTES + size);
  const copy = copyOf(place, 'foreign');
  writeFileSync(path.join(copy, FIRST), Buffer.concat([assemble([0]), foreign]));
  assert.deepEqual(await start(copy), { code: 'journal-corrupt' });
});

test('D10: a record with another ordinal than its place has halts, however well it is linked', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), samplePayloads(1, 20));
  const file = path.join(place, FIRST);
  const link = linkAfter(readFileSync(file).subarray(SEGMENT_HEADER_BYTES));
  appendFileSync(file, encodeRecord(3, link, Uint8Array.of(1)));
  assert.deepEqual(await start(place), { code: 'journal-corrupt' });
});

test('an empty segment that does not belong there halts', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), samplePayloads(1, 20));
  const link = linkAfter(readFileSync(path.join(place, FIRST)).subarray(SEGMENT_HEADER_BYTES));
  const follow = async (firstOrdinal: number, by: Uint8Array): Promise<Found> => {
    const copy = copyOf(place, 'empty');
    const header = encodeSegmentHeader(IDENTITY, firstOrdinal, by);
    writeFileSync(path.join(copy, '0000000002.segment'), header);
    return start(copy);
  };
  assert.deepEqual(await follow(2, link), { payloads: samplePayloads(1, 20), cut: 0 });
  assert.deepEqual(await follow(3, link), { code: 'journal-corrupt' });
  assert.deepEqual(
    await follow(
      2,
      link.map((byte) => byte ^ 1),
    ),
    { code: 'journal-corrupt' },
  );
});

test('bytes behind a seal, or an unfinished segment behind one, halt', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), samplePayloads(2, 100), {
    segmentBytes: 80,
  });
  const longer = copyOf(place, 'longer');
  appendFileSync(path.join(longer, FIRST), Uint8Array.of(1));
  assert.deepEqual(await start(longer), { code: 'journal-corrupt' });
  const shorter = copyOf(place, 'shorter');
  truncateSync(path.join(shorter, '0000000002.segment'), SEGMENT_HEADER_BYTES - 1);
  assert.deepEqual(await start(shorter), { code: 'journal-corrupt' });
  assert.equal(readdirSync(shorter).length, 2, 'what is damaged is left for inspection');
});

test('bytes behind the last record halt, unless they could be an unfinished write', async (t) => {
  const payloads = samplePayloads(2, 30);
  const place = await writtenJournal(temporaryFolder(t), payloads);
  const appended = async (tail: Uint8Array): Promise<Found> => {
    const copy = copyOf(place, 'tail');
    appendFileSync(path.join(copy, FIRST), tail);
    return start(copy);
  };
  assert.deepEqual(await appended(new Uint8Array(4096)), { payloads, cut: 4096 });
  assert.deepEqual(await appended(new Uint8Array(10).fill(7)), { payloads, cut: 10 });
  assert.deepEqual(await appended(new Uint8Array(100).fill(7)), { code: 'journal-corrupt' });
});

test('D17: a segment whose creation was interrupted is made again', async (t) => {
  const payloads = samplePayloads(2, 100);
  const place = await writtenJournal(temporaryFolder(t), payloads);
  for (const header of [new Uint8Array(0), new Uint8Array(10).fill(1), new Uint8Array(72)]) {
    const copy = copyOf(place, 'interrupted');
    writeFileSync(path.join(copy, '0000000003.segment'), header);
    assert.deepEqual(await start(copy), { payloads, cut: header.length });
    assert.deepEqual(readdirSync(copy), [FIRST]);
  }
});

test('a torn seal is harmless where the next segment exists', async (t) => {
  const payloads = samplePayloads(2, 100);
  const place = await writtenJournal(temporaryFolder(t), payloads, { segmentBytes: 80 });
  const size = readFileSync(path.join(place, FIRST)).length;
  for (let cut = 1; cut <= RECORD_HEADER_BYTES; cut += 1) {
    const copy = copyOf(place, 'seal');
    truncateSync(path.join(copy, FIRST), size - cut);
    assert.deepEqual(await start(copy), { payloads, cut: 0 });
  }
  const deeper = copyOf(place, 'deeper');
  truncateSync(path.join(deeper, FIRST), size - RECORD_HEADER_BYTES - 1);
  assert.deepEqual(await start(deeper), { code: 'journal-corrupt' });
});

test('a record that decays under a running journal is not given out', async (t) => {
  const place = await writtenJournal(temporaryFolder(t), samplePayloads(3, 50));
  const journal = await openJournal(place);
  t.after(() => journal.close());
  const file = path.join(place, FIRST);
  const bytes = readFileSync(file);
  bytes[SEGMENT_HEADER_BYTES + RECORD_HEADER_BYTES + 5]! ^= 4;
  writeFileSync(file, bytes);
  assert.throws(() => journal.read(1), /journal-corrupt/);
  await assert.rejects(scanned(journal), /journal-corrupt/);
  assert.deepEqual(journal.read(2), samplePayloads(3, 50)[1]);
  truncateSync(file, 100);
  assert.throws(() => journal.read(2), /disk-error/);
});
