import { assert } from '../../std/assert.ts';
import { encodeKey } from '../level/level-key.ts';
import type { PageFile } from './page-files.ts';

/*
 * The one row of table 'p' in LevelDB says which files there are: the number of the next one u32, that of the index
 * u32, then of each file of records its number u32 and how long it is u32, the oldest first.
 */
export const PAGES_ROW = Buffer.from(encodeKey('p00'));

export type PagesRow = {
  /** Every file that will be is numbered from here on. */
  readonly next: number;
  readonly index: number;
  readonly files: readonly PageFile[];
};

const HEAD_BYTES = 8;
const FILE_BYTES = 8;
const NOT_OURS = 'the store returns what was put';

export function encodePagesRow({ next, index, files }: PagesRow): Buffer {
  const row = Buffer.alloc(HEAD_BYTES + files.length * FILE_BYTES);
  row.writeUInt32BE(next, 0);
  row.writeUInt32BE(index, 4);
  for (const [i, { number, bytes }] of files.entries()) {
    row.writeUInt32BE(number, HEAD_BYTES + i * FILE_BYTES);
    row.writeUInt32BE(bytes, HEAD_BYTES + i * FILE_BYTES + 4);
  }
  return row;
}

export function decodePagesRow(stored: Uint8Array): PagesRow {
  const row = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
  const count = (row.length - HEAD_BYTES) / FILE_BYTES;
  assert(Number.isInteger(count) && count >= 0, NOT_OURS);
  const [next, index] = [row.readUInt32BE(0), row.readUInt32BE(4)];
  const files = Array.from({ length: count }, (_, i) => {
    const at = HEAD_BYTES + i * FILE_BYTES;
    return { number: row.readUInt32BE(at), bytes: row.readUInt32BE(at + 4) };
  });
  const inOrder = files.every(({ number }, i) => number < (files[i + 1]?.number ?? index));
  assert(inOrder && index < next, NOT_OURS);
  return { next, index, files };
}
