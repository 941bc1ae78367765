import '../../src/std/polyfill.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Target } from '../../fuzz/target.ts';
import {
  pageRecordTarget,
  pagesRowTarget,
  placeIndexTarget,
  withIndexSum,
  withRecordSum,
} from '../../fuzz/targets/pages.ts';
import { savepointTarget, sealedAgain } from '../../fuzz/targets/starts.ts';
import type { PageFile } from '../../src/storage/pages/page-files.ts';
import { digitsIn, pageIn, recordLength } from '../../src/storage/pages/page-record.ts';
import { decodePagesRow } from '../../src/storage/pages/pages-row.ts';
import type { Place } from '../../src/storage/pages/place.ts';
import { PlaceIndex } from '../../src/storage/pages/place-index.ts';
import { decodeSavepoint } from '../../src/storage/savepoint/savepoint-file.ts';
import { found } from './found.ts';

const ROW_HEAD_BYTES = 8;
const FILE_BYTES = 8;

const reader = { recordLength, digitsIn, pageIn };
const textIn = (record: Buffer, length: number) => record.toString('latin1', 7, 7 + length);

class PackedKeysOnly extends PlaceIndex {
  override get(digits: string): Place | null {
    return digits.length > 12 ? null : super.get(digits);
  }
}

/** A reader with a bug, and what the fuzzer says of it. */
const BUGS: readonly (readonly [name: string, target: Target, said: RegExp])[] = [
  [
    'the sum of a record is not compared',
    pageRecordTarget({
      ...reader,
      digitsIn: (record) => digitsIn(withRecordSum(record)),
      pageIn: (record, digits) => pageIn(withRecordSum(record), digits),
    }),
    /two encodings of one value/,
  ],
  [
    'the length of a record is not bounded',
    pageRecordTarget({
      ...reader,
      recordLength: (bytes) => (bytes.length < 7 ? recordLength(bytes) : bytes.readUInt16BE(4)),
    }),
    /a length beyond the bytes/,
  ],
  [
    'any text is the key of a page',
    pageRecordTarget({
      ...reader,
      digitsIn: (record) => {
        const length = record[6] ?? 0;
        digitsIn(
          withRecordSum(Buffer.from(record).fill('0', 7, Math.min(7 + length, record.length))),
        );
        return textIn(record, length);
      },
      pageIn: (record) => record.subarray(7 + (record[6] as number)),
    }),
    /accepted beyond its bounds/,
  ],
  [
    'the page of another key is given out',
    pageRecordTarget({ ...reader, pageIn: (record) => pageIn(record, digitsIn(record)) }),
    /accepted beyond its bounds/,
  ],
  [
    'the files of a row are in any order',
    pagesRowTarget((row) => {
      const head = row.subarray(0, ROW_HEAD_BYTES);
      const files: PageFile[] = [];
      for (let at = ROW_HEAD_BYTES; at < row.length; at += FILE_BYTES) {
        const one = Buffer.concat([head, row.subarray(at, at + FILE_BYTES)]);
        files.push(...decodePagesRow(one).files);
      }
      return { ...decodePagesRow(head), files };
    }),
    /accepted beyond its bounds/,
  ],
  [
    'what ends a row is not looked at',
    pagesRowTarget((row) =>
      decodePagesRow(row.subarray(0, row.length - (row.length % FILE_BYTES))),
    ),
    /two encodings of one value/,
  ],
  [
    'the sum of an index is not compared',
    placeIndexTarget((bytes) => PlaceIndex.decode(withIndexSum(bytes))),
    /two encodings of one value/,
  ],
  [
    'an index ends before its bytes do',
    placeIndexTarget((bytes) => {
      for (let length = bytes.length; length > bytes.length - 9; length -= 1) {
        try {
          return PlaceIndex.decode(withIndexSum(bytes.subarray(0, Math.max(0, length))));
        } catch {}
      }
      return PlaceIndex.decode(bytes);
    }),
    /two encodings of one value/,
  ],
  [
    'memory is taken for as many entries as an index says that it has',
    placeIndexTarget((bytes) => {
      const count = bytes.length < 4 ? 0 : Buffer.from(bytes).readUInt32LE(0);
      assert.ok(new Uint8Array(Math.min(count, 2 ** 24)));
      return PlaceIndex.decode(bytes);
    }),
    /^memory: /,
  ],
  [
    'keys that are too long to be packed are not read',
    placeIndexTarget((bytes) =>
      Object.setPrototypeOf(PlaceIndex.decode(bytes), PackedKeysOnly.prototype),
    ),
    /what was decoded is not what was encoded/,
  ],
];

describe('targets of the log of pages find', () => {
  for (const [name, target, said] of BUGS) {
    it(name, async () => {
      const failures = await found(target);
      assert.ok(
        failures.some((one) => said.test(one)),
        `${failures}`,
      );
    });
  }
});

describe('the target of savepoints finds that', () => {
  for (const [name, decode] of [
    ['the seal is not compared', (bytes) => decodeSavepoint(sealedAgain(bytes))],
    ['what stands behind the seal is passed over', (bytes) => decodeBefore(bytes)],
  ] as const satisfies (readonly [string, typeof decodeSavepoint])[]) {
    it(name, async () => {
      const failures = await found(savepointTarget(decode));
      assert.ok(
        failures.some((one) => one.includes('two encodings of one value')),
        `${failures}`,
      );
    });
  }
});

/** Takes the longest beginning that is one. */
function decodeBefore(bytes: Uint8Array): ReturnType<typeof decodeSavepoint> {
  for (let length = bytes.length; length > bytes.length - 4; length -= 1) {
    const decoded = decodeSavepoint(bytes.subarray(0, Math.max(0, length)));
    if (decoded !== null) return decoded;
  }
  return null;
}
