import { writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { concatBytes } from '../../src/std/bytes.ts';
import { createPrng } from '../../src/std/prng.ts';
import { err, ok } from '../../src/std/result.ts';
import { recoverJournal } from '../../src/storage/journal/journal-recovery.ts';
import { encodeRecord, linkAfter, RECORD_HEADER_BYTES } from '../../src/storage/journal/record.ts';
import {
  encodeSegmentHeader,
  type JournalIdentity,
  SEGMENT_HEADER_BYTES,
  Segment,
  segmentPath,
} from '../../src/storage/journal/segment.ts';
import {
  decodeSegmentIndex,
  encodeSegmentIndex,
  type IndexedSegment,
} from '../../src/storage/journal/segment-index.ts';
import type { LedgerId } from '../../src/types/ids.ts';
import { many, orLong } from '../../test/codec/long-arbitraries.ts';
import { unsyncedDisk } from '../../test/storage/unsynced-disk.ts';
import { canonicalTarget } from '../canonical-target.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { Scratch } from '../scratch.ts';
import { hold, labelOf, sameBytes, type Target } from '../target.ts';

const IDENTITY: JournalIdentity = { ledgerId: 'ab'.repeat(32) as LedgerId, lane: 2 };
const FIRST_LINK = new Uint8Array(16);
const LENGTH_AT = 0;
const ORDINAL_AT = 4;
const LINK_AT = 8;
const PAYLOAD_SUM_AT = 24;
const HEADER_SUM_AT = 28;
/** Of an index. */
const SUM_BYTES = 4;
/** Some records of which one is longer than 16 bits can tell. */
const LENGTH_MAX = 200_000;

const scratch = new Scratch();

/**
 * One segment of a journal as a start finds it. It is whole, or has a torn tail that is cut off, or the
 * start halts; what it keeps is, byte for byte, the beginning of the file.
 */
async function check(input: Uint8Array): Promise<string> {
  const folder = scratch.empty();
  writeFileSync(segmentPath(folder, 1), input);
  const recovered = await recoverJournal({ folder, identity: IDENTITY, disk: unsyncedDisk });
  if (!recovered.ok) return labelOf(recovered.error.detail.replaceAll(folder, ''));
  const { fd, segments, truncatedBytes, nextOrdinal, link } = recovered.value;
  await unsyncedDisk.close(fd);
  const kept = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  hold(kept + truncatedBytes === input.length, 'journal: bytes are neither kept nor cut off');
  const [first] = segments;
  hold(first !== undefined && first.count === nextOrdinal - 1, 'journal: ordinals');
  const again = rewritten(input.subarray(0, kept));
  hold(sameBytes(again.bytes, input.subarray(0, kept)), 'journal: two encodings of one journal');
  hold(sameBytes(again.link, link), 'journal: the link is not that of the last record');
  return truncatedBytes === 0 ? 'whole' : 'torn';
}

/** Header and records written anew from their contents. */
function rewritten(bytes: Uint8Array): { bytes: Uint8Array; link: Uint8Array } {
  const parts = [encodeSegmentHeader(IDENTITY, 1, FIRST_LINK)];
  let link: Uint8Array = FIRST_LINK;
  let ordinal = 1;
  for (let at = SEGMENT_HEADER_BYTES; at < bytes.length; ordinal++) {
    const length = Buffer.from(bytes.buffer, bytes.byteOffset).readUInt32BE(at + LENGTH_AT);
    const start = at + RECORD_HEADER_BYTES;
    const record = encodeRecord(ordinal, link, bytes.subarray(start, start + length));
    parts.push(Buffer.from(record));
    link = linkAfter(record);
    at = start + length;
  }
  return { bytes: concatBytes(...parts), link };
}

/** All checksums and links right again, wherever lengths lead. */
function repair(input: Uint8Array): Uint8Array {
  const bytes = Buffer.from(input);
  if (bytes.length < SEGMENT_HEADER_BYTES) return input;
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 68)), 68);
  let link: Uint8Array = bytes.subarray(52, 68);
  for (let at = SEGMENT_HEADER_BYTES; at + RECORD_HEADER_BYTES <= bytes.length; ) {
    const end = at + RECORD_HEADER_BYTES + bytes.readUInt32BE(at + LENGTH_AT);
    if (end > bytes.length) break;
    // An ordinal that was changed stays so: it must be noticed for itself.
    if (bytes.readUInt32BE(at + ORDINAL_AT) !== 0) bytes.set(link, at + LINK_AT);
    const payload = bytes.subarray(at + RECORD_HEADER_BYTES, end);
    bytes.writeUInt32BE(crc32(payload), at + PAYLOAD_SUM_AT);
    const head = bytes.subarray(at, at + HEADER_SUM_AT);
    bytes.writeUInt32BE(crc32(head), at + HEADER_SUM_AT);
    link = linkAfter(bytes.subarray(at, end));
    at = end;
  }
  return new Uint8Array(bytes);
}

/** Below how many records, and below how many bytes each: few and short, many, or long. */
const SHAPES: readonly (readonly [records: number, sizes: readonly number[]])[] = [
  [5, [4, 80, 700]],
  [60, [4, 80, 700]],
  [3, [70_000]],
];

function sample(seed: number): Uint8Array {
  const random = createPrng(`journal/${seed}`);
  const [most, sizes] = random.pick(SHAPES);
  const records = random.below(most);
  const parts: Uint8Array[] = [encodeSegmentHeader(IDENTITY, 1, FIRST_LINK)];
  let link: Uint8Array = FIRST_LINK;
  for (let ordinal = 1; ordinal <= records; ordinal++) {
    const payload = random.bytes(1 + random.below(random.pick(sizes)));
    const record = encodeRecord(ordinal, link, payload);
    link = linkAfter(record);
    parts.push(record);
  }
  return concatBytes(...parts);
}

const payloadBytes = fc.integer({ min: 1, max: 1_048_576 });

const indexes: fc.Arbitrary<IndexedSegment> = fc
  .tuple(
    orLong(fc.array(payloadBytes, { minLength: 1, maxLength: 8 }), many(payloadBytes, 3000)),
    fc.uint8Array({ minLength: FIRST_LINK.length, maxLength: FIRST_LINK.length }),
  )
  .map(([payloads, link]) => {
    const segment = new Segment(1, 'a segment');
    for (const bytes of payloads) segment.push(RECORD_HEADER_BYTES + bytes);
    return { segment, link };
  });

export const JOURNAL_TARGETS: readonly Target[] = [
  {
    name: 'journal',
    samples: (seed) => [0, 1, 2, 3, 4, 5].map((n) => sample(seed * 6 + n)),
    check,
    mutate: (input, other, random) => mutateBytes(input, other, random),
    repair,
    memory: { fixed: 0, perByte: 0 },
    lengthMax: LENGTH_MAX,
    close: () => scratch.close(),
  },
  canonicalTarget({
    name: 'segment-index',
    decode: (bytes) => {
      const indexed = decodeSegmentIndex(Buffer.from(bytes), 1, 'a segment');
      return indexed === null ? err('no index') : ok(indexed);
    },
    encode: encodeSegmentIndex,
    lengthMax: LENGTH_MAX,
    values: indexes,
    repair: (bytes) => {
      const repaired = Buffer.from(bytes);
      const end = bytes.length - SUM_BYTES;
      if (end >= 0) repaired.writeUInt32BE(crc32(bytes.subarray(0, end)), end);
      return repaired;
    },
  }),
];
