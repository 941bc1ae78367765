import { crc32 } from 'node:zlib';
import { concatBytes } from '../src/std/bytes.ts';
import type { Prng } from '../src/std/prng.ts';

/*
 * Files of sorted runs by their description (src/storage/runs/{record,run}.ts), written and judged apart from the code
 * that reads them.
 */
const KEY_BYTES = 67;
const RECORD_BYTES = 76;
const SUM_BYTES = 4;
const PUT = 1;
const DELETED = 2;

/** What is said of a file that is not as it was written. */
export const DAMAGE = / is damaged at byte \d+$| has \d+ bytes instead of \d+$/;

export type Entry = readonly [key: string, value: string];

type Part = { readonly start: number; readonly end: number };

/** Chunks, then the directory, each without the sum behind it; as far as somebody looks. */
function* partsOf(records: number, chunkRecords: number): Generator<Part> {
  let start = 0;
  for (let at = 0; at < records; at += chunkRecords) {
    const end = start + Math.min(chunkRecords, records - at) * RECORD_BYTES;
    yield { start, end };
    start = end + SUM_BYTES;
  }
  yield { start, end: start + Math.ceil(records / chunkRecords) * KEY_BYTES };
}

/** The file with the sums that its parts should have, as far as there are such parts. */
export function summed(file: Uint8Array, records: number, chunkRecords: number): Uint8Array {
  const bytes = Buffer.from(file);
  for (const { start, end } of partsOf(records, chunkRecords)) {
    if (end + SUM_BYTES > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(start, end)), end);
  }
  return new Uint8Array(bytes);
}

/** Is this, byte by byte, a run of so many records? */
export function isWhole(file: Uint8Array, records: number, chunkRecords: number): boolean {
  if (records < 1) return false;
  const bytes = Buffer.from(file);
  let length = 0;
  for (const { start, end } of partsOf(records, chunkRecords)) {
    length = end + SUM_BYTES;
    if (length > bytes.length) return false;
    if (crc32(bytes.subarray(start, end)) !== bytes.readUInt32BE(end)) return false;
  }
  return length === bytes.length;
}

/** How many records a file of this length has room for. */
export function roomIn(file: Uint8Array, chunkRecords: number): number {
  const perChunk = chunkRecords * RECORD_BYTES + SUM_BYTES + KEY_BYTES;
  const chunks = Math.floor((file.length - SUM_BYTES) / perChunk);
  const left = file.length - SUM_BYTES - chunks * perChunk - SUM_BYTES - KEY_BYTES;
  return Math.max(0, chunks * chunkRecords + Math.max(0, Math.floor(left / RECORD_BYTES)));
}

/** The records of a whole file. */
export function recordsOf(file: Uint8Array, records: number, chunkRecords: number): Uint8Array[] {
  const chunks = [...partsOf(records, chunkRecords)].slice(0, -1);
  return chunks.flatMap(({ start, end }) =>
    Array.from({ length: (end - start) / RECORD_BYTES }, (_, i) => {
      const at = start + i * RECORD_BYTES;
      return file.subarray(at, at + RECORD_BYTES);
    }),
  );
}

/** Does it read as runs are written: of known kinds, in the order of the keys, under a directory that says so? */
export function isOrdered(file: Uint8Array, records: number, chunkRecords: number): boolean {
  const all = recordsOf(file, records, chunkRecords);
  const keys = all.map(keyOf);
  return (
    all.every((record) => record[KEY_BYTES] === PUT || record[KEY_BYTES] === DELETED) &&
    keys.every((key, i) => i === 0 || key >= (keys[i - 1] as string)) &&
    Buffer.compare(runOf(all, chunkRecords), file) === 0
  );
}

export function runOf(records: readonly Uint8Array[], chunkRecords: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < records.length; at += chunkRecords) {
    parts.push(...records.slice(at, at + chunkRecords), new Uint8Array(SUM_BYTES));
  }
  const firsts = records.filter((_, i) => i % chunkRecords === 0);
  parts.push(...firsts.map((record) => record.subarray(0, KEY_BYTES)), new Uint8Array(SUM_BYTES));
  return summed(concatBytes(...parts), records.length, chunkRecords);
}

/** What is there by the records of all runs: what was put and not deleted, ascending. */
export function entriesIn(records: readonly Uint8Array[]): Entry[] {
  const kinds = new Map<string, number>();
  const values = new Map<string, string>();
  for (const record of records) {
    const key = keyOf(record);
    kinds.set(key, (kinds.get(key) ?? 0) | (record[KEY_BYTES] as number));
    if (!values.has(key))
      values.set(key, Buffer.from(record.subarray(KEY_BYTES + 1)).toString('hex'));
  }
  const put = [...values].filter(([key]) => kinds.get(key) === PUT);
  return put.sort(([a], [b]) => (a < b ? -1 : 1));
}

function keyOf(record: Uint8Array): string {
  return Buffer.from(record.subarray(0, KEY_BYTES)).toString('hex');
}

/** Records as a flush brings them, of few owners, in order; some of them delete what is in `earlier`. */
export function drawnRecords(
  random: Prng,
  count: number,
  earlier: readonly Uint8Array[] = [],
): Uint8Array[] {
  const records = Array.from({ length: count }, () => {
    const record = new Uint8Array(RECORD_BYTES);
    const isDeleted = earlier.length > 0 && random.chance(0.4);
    if (isDeleted) record.set(random.pick(earlier).subarray(0, KEY_BYTES));
    else record.set(random.bytes(33), 34);
    if (!isDeleted) record[1] = random.below(3);
    record[KEY_BYTES] = isDeleted ? DELETED : PUT;
    if (!isDeleted) record.set(random.bytes(3), RECORD_BYTES - 3);
    return record;
  });
  return records.sort((a, b) => Buffer.compare(a, b));
}
