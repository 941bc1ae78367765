import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { digitsIn, encodePage, pageIn } from '../../src/storage/pages/page-record.ts';
import {
  decodePagesRow,
  encodePagesRow,
  type PagesRow,
} from '../../src/storage/pages/pages-row.ts';
import type { Place } from '../../src/storage/pages/place.ts';
import { PlaceIndex } from '../../src/storage/pages/place-index.ts';
import { canonicalTarget } from '../canonical-target.ts';
import { stored } from '../stored.ts';
import { MEASURE_GRAIN, type Target } from '../target.ts';

const PAGE_DAMAGE = /^a page of the state tree is damaged$/;
const INDEX_DAMAGE = /^the index of the pages of the state tree is damaged$/;
/** Sums, and words of an index. */
const WORD = 4;

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const digits = fc
  .array(fc.integer({ min: 0, max: 15 }), { maxLength: 20 })
  .map((all) => all.map((digit) => digit.toString(16)).join(''));

type PageRecord = { readonly key: string; readonly page: Uint8Array };

const records: fc.Arbitrary<PageRecord> = fc.record(
  { key: digits, page: fc.uint8Array({ maxLength: 60 }) },
  { noNullPrototype: true },
);

const rows: fc.Arbitrary<PagesRow> = fc
  .tuple(fc.uniqueArray(fc.integer({ min: 1, max: 0xffff }), { maxLength: 8 }), u32)
  .map(([numbers, bytes]) => {
    const files = numbers.sort((a, b) => a - b).map((number) => ({ number, bytes }));
    return { next: 0x1_0002, index: 0x1_0001, files };
  });

const entries = fc.uniqueArray(
  fc.tuple(digits, fc.tuple(u32, u32, fc.integer({ min: 1, max: 0xffff }))),
  { maxLength: 6, selector: ([key]) => key },
);

type Found = readonly (readonly [string, Place | null])[];

function indexOf(found: Found): Buffer {
  const index = new PlaceIndex();
  for (const [key, place] of found) index.set(key, place);
  return index.encode();
}

/** What an index says of the keys that stand in its bytes, in their order. */
function placesIn(input: Uint8Array): Found {
  const index = PlaceIndex.decode(input);
  const bytes = viewOf(input);
  const keys: string[] = [];
  const [packed, long] = [bytes.readUInt32LE(0), bytes.readUInt32LE(WORD)];
  let at = 2 * WORD;
  for (let i = 0; i < packed; i += 1, at += 5 * WORD) {
    const first = bytes.readUInt32LE(at);
    const count = (first >>> 24) - 1;
    const hex = (first % 2 ** 24).toString(16).padStart(Math.min(count, 6), '0');
    const more = bytes
      .readUInt32LE(at + WORD)
      .toString(16)
      .padStart(count - 6, '0');
    keys.push(count === 0 ? '' : count <= 6 ? hex : hex + more);
  }
  for (let i = 0; i < long; i += 1) {
    const end = at + 1 + (bytes[at] as number);
    keys.push(bytes.toString('latin1', at + 1, end));
    at = end + 3 * WORD;
  }
  return keys.sort().map((key) => [key, index.get(key)]);
}

export const PAGE_TARGETS: readonly Target[] = [
  canonicalTarget({
    name: 'page-record',
    decode: stored((bytes) => {
      const record = viewOf(bytes);
      const key = digitsIn(record);
      return { key, page: pageIn(record, key) };
    }, PAGE_DAMAGE),
    encode: ({ key, page }) => Uint8Array.from(encodePage(key, page)),
    values: records,
    repair: (bytes) => {
      const repaired = Buffer.from(bytes);
      if (bytes.length >= WORD) repaired.writeUInt32BE(crc32(bytes.subarray(WORD)), 0);
      return repaired;
    },
  }),
  canonicalTarget({
    name: 'pages-row',
    decode: stored(decodePagesRow),
    encode: encodePagesRow,
    values: rows,
    // A file of eight bytes becomes an object.
    memory: { fixed: MEASURE_GRAIN, perByte: 100 },
  }),
  canonicalTarget({
    name: 'place-index',
    isCanonical: false,
    decode: stored(placesIn, INDEX_DAMAGE),
    encode: indexOf,
    values: entries.map((all): Found => {
      const sorted = [...all].sort(([a], [b]) => (a < b ? -1 : 1));
      return sorted.map(([key, [file, at, bytes]]) => [key, { file, at, bytes }]);
    }),
    repair: (bytes) => {
      const repaired = Buffer.from(bytes);
      const end = bytes.length - WORD;
      if (end >= 0) repaired.writeUInt32LE(crc32(bytes.subarray(0, end)), end);
      return repaired;
    },
    // 256 tables; a key is a string and its place an object.
    memory: { fixed: 2 * MEASURE_GRAIN, perByte: 200 },
  }),
];
