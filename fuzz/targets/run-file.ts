import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { concatBytes } from '../../src/std/bytes.ts';
import { createPrng } from '../../src/std/prng.ts';
import { err, ok, type Result } from '../../src/std/result.ts';
import { ALL_KEYS } from '../../src/storage/runs/key-range.ts';
import { encodeManifest } from '../../src/storage/runs/manifest.ts';
import { runName } from '../../src/storage/runs/run.ts';
import { type RunEntry, SortedRuns } from '../../src/storage/runs/sorted-runs.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import {
  DAMAGE,
  drawnRecords,
  type Entry,
  entriesIn,
  isOrdered,
  isWhole,
  recordsOf,
  runOf,
  summed,
} from '../run-bytes.ts';
import { Scratch } from '../scratch.ts';
import { hold, labelOf, MEASURE_GRAIN, type Target } from '../target.ts';

/** Of an input: how many records the file should have but one, u48; then the file. */
const HEAD_BYTES = 6;
/** In the manifest the number itself is a u48. */
const RECORDS_MAX = 2 ** 48 - 1;
const CHUNK = 3;
const SIZES = { youngMax: 1, chunkRecords: CHUNK, fanOut: 2 };
const FILE = 1;

const scratch = new Scratch();

type Taken = { readonly records: number; readonly file: Uint8Array };

function taken(input: Uint8Array): Taken {
  const head = new Uint8Array(HEAD_BYTES);
  head.set(input.subarray(0, HEAD_BYTES));
  return {
    records: Math.min(RECORDS_MAX, 1 + Buffer.from(head).readUIntBE(0, HEAD_BYTES)),
    file: input.slice(HEAD_BYTES),
  };
}

function given(records: readonly Uint8Array[]): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(records.length - 1, 0, HEAD_BYTES);
  return concatBytes(head, runOf(records, CHUNK));
}

/** All of its entries; or what is said of it, which must be that it is damaged. */
function readAll(
  { records, file }: Taken,
  runs: SortedRuns,
  folder: string,
): Result<RunEntry[], string> {
  writeFileSync(path.join(folder, runName(FILE)), file);
  try {
    runs.load(encodeManifest({ next: FILE + 1, runs: [{ number: FILE, records }] }));
    runs.check();
    return ok([...runs.entries()]);
  } catch (cause) {
    if (!(cause instanceof Error) || !DAMAGE.test(cause.message)) throw cause;
    return err(cause.message);
  }
}

/**
 * The file of a run as a store finds it. It is read as it was written or it is said to be damaged; what is read are
 * the entries that its bytes stand for, and a scan finds those of its range.
 */
async function check(input: Uint8Array): Promise<string> {
  const { records, file } = taken(input);
  const folder = scratch.empty();
  const runs = new SortedRuns(folder, SIZES);
  try {
    const read = readAll({ records, file }, runs, folder);
    const isRight = isWhole(file, records, CHUNK);
    hold(
      read.ok === isRight,
      `run-file: ${read.ok ? 'damage is not seen' : 'refused though whole'}`,
    );
    if (!read.ok) return labelOf(read.error.slice(folder.length));
    const all = recordsOf(file, records, CHUNK);
    hold(read.value.length <= records, 'run-file: more entries than records');
    // Sums vouch for the bytes and nobody for their order: whoever writes a run has it from a merge.
    if (!isOrdered(file, records, CHUNK)) return 'in disorder';
    const entries = entriesIn(all);
    hold(isDeepStrictEqual(shown(read.value), entries), 'run-file: other entries');
    const from = Buffer.from((all[records >> 1] as Uint8Array).subarray(0, ALL_KEYS.from.length));
    const found = await runs.scan({ from, to: null }, CHUNK + 1, null);
    const behind = entries.filter(([key]) => key >= from.toString('hex')).slice(0, CHUNK + 1);
    hold(isDeepStrictEqual(shown(found), behind), 'run-file: a scan finds other entries');
    return 'whole';
  } finally {
    await runs.close();
  }
}

function shown(entries: readonly RunEntry[]): Entry[] {
  return entries.map(({ key, value }) => [key, Buffer.from(value).toString('hex')]);
}

function decode(input: Uint8Array): unknown {
  const folder = scratch.empty();
  const runs = new SortedRuns(folder, SIZES);
  const read = readAll(taken(input), runs, folder);
  void runs.close();
  return read;
}

function repair(input: Uint8Array): Uint8Array {
  const { records, file } = taken(input);
  return concatBytes(input.subarray(0, HEAD_BYTES), summed(file, records, CHUNK));
}

function samples(seed: number): Uint8Array[] {
  const random = createPrng(`run-file/${seed}`);
  return Array.from({ length: 6 }, () => {
    const records = drawnRecords(random, 1 + random.below(9));
    // Of what was put and deleted a merge leaves neither; who reads a run need not count on it.
    records.push(...drawnRecords(random, random.below(4), records));
    return given(records.sort((a, b) => Buffer.compare(a, b)));
  });
}

export const RUN_FILE_TARGET: Target = {
  name: 'run-file',
  samples,
  check,
  decode,
  mutate: (input, other, random) => mutateBytes(input, other, random),
  repair,
  // An entry of 76 bytes becomes an object with the key's hex.
  memory: { fixed: MEASURE_GRAIN, perByte: 40 },
  lengthMax: 2048,
  close: () => scratch.close(),
};
