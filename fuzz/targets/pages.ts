import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { digitsIn, encodePage, pageIn, recordLength } from '../../src/storage/pages/page-record.ts';
import {
  decodePagesRow,
  encodePagesRow,
  type PagesRow,
} from '../../src/storage/pages/pages-row.ts';
import type { Place } from '../../src/storage/pages/place.ts';
import { PlaceIndex } from '../../src/storage/pages/place-index.ts';
import { filledBytes } from '../../test/codec/arbitraries.ts';
import { canonicalTarget } from '../canonical-target.ts';
import { stored } from '../stored.ts';
import { hold, MEASURE_GRAIN, sameBytes, type Target } from '../target.ts';

const PAGE_DAMAGE = /^a page of the state tree is damaged$/;
const INDEX_DAMAGE = /^the index of the pages of the state tree is damaged$/;
/** Sums, and words of an index. */
const WORD = 4;

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
/** So many that an index packs some keys, and others not. */
const digits = fc.string({
  unit: fc.constantFrom(...'0123456789abcdef'),
  maxLength: 20,
  size: 'max',
});

type PageRecord = { readonly key: string; readonly page: Uint8Array };

/** Longer ones, too, than one byte of a length can say. */
const records: fc.Arbitrary<PageRecord> = fc.record(
  { key: digits, page: filledBytes(0, 600) },
  { noNullPrototype: true },
);

const rows: fc.Arbitrary<PagesRow> = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 0xffff }), u32), {
    maxLength: 8,
    selector: ([number]) => number,
  })
  .map((all) => {
    const files = all.sort(([a], [b]) => a - b).map(([number, bytes]) => ({ number, bytes }));
    return { next: 0x1_0002, index: 0x1_0001, files };
  });

/** No file twice, each older than the next one and than the index, and none that a later one would be written over. */
function isSound({ next, index, files }: PagesRow): boolean {
  const numbers = [...files.map(({ number }) => number), index, next];
  return numbers.every((number, i) => i === 0 || number > (numbers[i - 1] as number));
}

const entries = fc.uniqueArray(
  fc.tuple(digits, fc.tuple(u32, u32, fc.integer({ min: 1, max: 0xffff }))),
  { maxLength: 6, selector: ([key]) => key },
);

/** What an index says of each key, in their order. */
type Places = readonly (readonly [string, Place | null])[];
type Indexed = { readonly index: PlaceIndex; readonly places: Places };

const indexes: fc.Arbitrary<Indexed> = entries.map((all) => {
  const index = new PlaceIndex();
  const places = all.map(([key, [file, at, bytes]]) => [key, { file, at, bytes }] as const);
  for (const [key, place] of places) index.set(key, place);
  return { index, places: [...places].sort(([a], [b]) => (a < b ? -1 : 1)) };
});

/** The bytes of each entry, whose key is packed or not. */
function entriesIn(bytes: Buffer): { readonly packed: Buffer[]; readonly long: Buffer[] } {
  const [packed, long] = [bytes.readUInt32LE(0), bytes.readUInt32LE(WORD)];
  let at = 2 * WORD;
  const next = (length: number) => bytes.subarray(at, (at += length));
  return {
    packed: Array.from({ length: packed }, () => next(5 * WORD)),
    long: Array.from({ length: long }, () => next(1 + (bytes[at] as number) + 3 * WORD)),
  };
}

function unpackedKey(entry: Buffer): string {
  const [first, second] = [entry.readUInt32LE(0), entry.readUInt32LE(WORD)];
  const count = (first >>> 24) - 1;
  const digits = (first % 2 ** 24).toString(16).padStart(Math.min(count, 6), '0');
  if (count <= 6) return count === 0 ? '' : digits;
  return digits + second.toString(16).padStart(count - 6, '0');
}

function indexIn(input: Uint8Array, decode: typeof PlaceIndex.decode): Indexed {
  const index = decode(input);
  const { packed, long } = entriesIn(viewOf(input));
  const ofLong = (entry: Buffer) => entry.toString('latin1', 1, entry.length - 3 * WORD);
  const keys = [...packed.map(unpackedKey), ...long.map(ofLong)].sort();
  return { index, places: keys.map((key) => [key, index.get(key)]) };
}

/** Its sum goes by the order: it is put down as right or wrong. */
function entriesInOrder(input: Uint8Array): Uint8Array {
  const { packed, long } = entriesIn(viewOf(input));
  const inOrder = [packed, long].flatMap((all) => all.sort(Buffer.compare));
  const isSummed = sameBytes(withIndexSum(input), input);
  const length = Uint32Array.of(input.length);
  return Buffer.concat([
    new Uint8Array(length.buffer),
    ...inOrder,
    Uint8Array.of(Number(isSummed)),
  ]);
}

export function withIndexSum(bytes: Uint8Array): Buffer {
  const repaired = Buffer.from(bytes);
  const end = bytes.length - WORD;
  if (end >= 0) repaired.writeUInt32LE(crc32(bytes.subarray(0, end)), end);
  return repaired;
}

export function withRecordSum(bytes: Uint8Array): Buffer {
  const repaired = Buffer.from(bytes);
  if (bytes.length >= WORD) repaired.writeUInt32BE(crc32(bytes.subarray(WORD)), 0);
  return repaired;
}

/** `reader`: another one than ours, to see that what is wrong with it is found. */
export function pageRecordTarget(reader = { recordLength, digitsIn, pageIn }): Target {
  const ofOther = ({ key, page }: PageRecord) => {
    try {
      reader.pageIn(encodePage(key, page), `${key}0`);
      return true;
    } catch {
      return false;
    }
  };
  return canonicalTarget({
    name: 'page-record',
    decode: stored((bytes) => {
      const record = viewOf(bytes);
      // What is cleaned goes on from one record to the next by it.
      const length = reader.recordLength(record);
      hold(length > 0 && length <= record.length, 'page-record: a length beyond the bytes');
      const key = reader.digitsIn(record);
      return { key, page: reader.pageIn(record, key) };
    }, PAGE_DAMAGE),
    encode: ({ key, page }) => Uint8Array.from(encodePage(key, page)),
    values: records,
    accepted: (value) => /^[0-9a-f]*$/.test(value.key) && !ofOther(value),
    repair: withRecordSum,
  });
}

export function pagesRowTarget(decode = decodePagesRow): Target {
  return canonicalTarget({
    name: 'pages-row',
    decode: stored(decode),
    encode: encodePagesRow,
    values: rows,
    accepted: isSound,
    // A file of eight bytes becomes an object.
    memory: { fixed: MEASURE_GRAIN, perByte: 100 },
  });
}

export function placeIndexTarget(decode = PlaceIndex.decode): Target {
  return canonicalTarget({
    name: 'place-index',
    decode: stored((bytes) => indexIn(bytes, decode), INDEX_DAMAGE),
    encode: ({ index }) => index.encode(),
    inOrder: entriesInOrder,
    values: indexes,
    repair: withIndexSum,
    // 256 tables; a key is a string and its place an object.
    memory: { fixed: 2 * MEASURE_GRAIN, perByte: 200 },
  });
}

export const PAGE_TARGETS = [pageRecordTarget(), pagesRowTarget(), placeIndexTarget()] as const;
