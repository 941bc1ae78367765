import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AssertionFailure } from '../../src/std/assert.ts';
import { concatBytes } from '../../src/std/bytes.ts';
import { createPrng, type Prng } from '../../src/std/prng.ts';
import { causeCode, describe, StorageFault } from '../../src/storage/fault.ts';
import type { Level } from '../../src/storage/level/level.ts';
import { LevelStore } from '../../src/storage/level/level-store.ts';
import { encodeValue } from '../../src/storage/level/level-value.ts';
import { encodeManifest, RUNS_ROW } from '../../src/storage/runs/manifest.ts';
import { runName } from '../../src/storage/runs/run.ts';
import { openBelow } from '../../test/system/descriptors.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import {
  DAMAGE,
  drawnRecords,
  type Entry,
  entriesIn,
  isOrdered,
  isWhole,
  recordsOf,
  roomIn,
  runOf,
  summed,
} from '../run-bytes.ts';
import { Scratch } from '../scratch.ts';
import { hold, labelOf, type Target } from '../target.ts';

/*
 * An input: whether the store has no journal behind it u8; the row of the manifest, its length u8 before it; then
 * files of runs, before each its number u8 and its length u16.
 */
const ROW_HEAD_BYTES = 4;
const ROW_RUN_BYTES = 10;
/** So small that some runs are merged. */
const CHUNK = 3;
const SIZES = { youngMax: 2, chunkRecords: CHUNK, fanOut: 2 };
const NEW = { key: `a${'5a'.repeat(67)}`, value: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9) };

type RunFile = { readonly number: number; readonly bytes: Uint8Array };
type Taken = { readonly atomic: boolean; readonly row: Buffer; readonly files: readonly RunFile[] };
/** Of the row. */
type Named = { readonly number: number; readonly records: number };

const scratch = new Scratch();

function taken(input: Uint8Array): Taken {
  const bytes = Buffer.from(input);
  const rowEnd = 2 + (bytes[1] ?? 0);
  const files: RunFile[] = [];
  for (let at = rowEnd; at + 3 <= bytes.length; ) {
    const end = at + 3 + bytes.readUInt16BE(at + 1);
    files.push({ number: bytes[at] as number, bytes: bytes.subarray(at + 3, end) });
    at = end;
  }
  return { atomic: ((bytes[0] ?? 0) & 1) === 1, row: bytes.subarray(2, rowEnd), files };
}

function given({ atomic, row, files }: Taken): Uint8Array {
  const parts = files.map(({ number, bytes }) =>
    concatBytes(Uint8Array.of(number, bytes.length >> 8, bytes.length), bytes),
  );
  const named = row.subarray(0, 255);
  return concatBytes(Uint8Array.of(atomic ? 1 : 0, named.length), named, ...parts);
}

/** What the row names; null: no store has written it. */
function namedIn(row: Buffer): Named[] | null {
  const count = (row.length - ROW_HEAD_BYTES) / ROW_RUN_BYTES;
  if (count < 0 || !Number.isInteger(count)) return null;
  const named = Array.from({ length: count }, (_, i) => {
    const at = ROW_HEAD_BYTES + i * ROW_RUN_BYTES;
    return { number: row.readUInt32BE(at), records: row.readUIntBE(at + 4, 6) };
  });
  const isSound = named.every(({ number, records }, i) => {
    const isFirst = named.findIndex((other) => other.number === number) === i;
    return isFirst && records > 0 && number < row.readUInt32BE(0);
  });
  return isSound ? named : null;
}

/** What a scan of everything should find. null: it, or already the opening, should fail; or nobody knows. */
function entriesOf(files: readonly RunFile[], named: readonly Named[]): Entry[] | null | 'unknown' {
  const runs = named.map(({ number, records }) => {
    const file = files.findLast((one) => one.number === number)?.bytes;
    return { records, file };
  });
  const isRight = runs.every(
    ({ file, records }) => file !== undefined && isWhole(file, records, CHUNK),
  );
  if (!isRight) return null;
  const whole = runs as { records: number; file: Uint8Array }[];
  if (!whole.every(({ file, records }) => isOrdered(file, records, CHUNK))) return 'unknown';
  return entriesIn(whole.flatMap(({ file, records }) => recordsOf(file, records, CHUNK)));
}

/**
 * A store whose manifest and files are these. It is opened and goes on, what it had and what it gets then being there
 * when it is opened again; or it says which file is damaged, or that the manifest is, when it is opened or by a scan. No
 * file stays open in any case, and a store that is not opened keeps its files for whoever looks into it.
 */
async function check(input: Uint8Array): Promise<string> {
  const { atomic, row, files } = taken(input);
  const folder = scratch.empty();
  for (const { number, bytes } of files) writeFileSync(placeOf(folder, number), bytes);
  const named = namedIn(row);
  // No store gets there: each run has 32,768 entries or more.
  const isLast = row.length >= ROW_HEAD_BYTES && row.readUInt32BE(0) > 0xffff_0000;
  const expected = named === null ? null : isLast ? 'unknown' : entriesOf(files, named);
  const level = levelOf(folder, row);
  const store = storeOn(level, atomic);
  const why = await store.load().then(() => null, told);
  if (why === null) {
    hold(expected !== null || !atomic, 'runs-store: opened though damaged');
  } else {
    hold(!Array.isArray(expected), `runs-store: refused though right: ${why}`);
    hold(areThere(folder, files), 'runs-store: files are removed');
  }
  const answer = why ?? (await goesOn(store, level, expected));
  hold(openBelow(folder).length === 0, `runs-store: files stay open: ${answer}`);
  return labelOf(answer.replaceAll(folder, ''));
}

async function goesOn(
  store: LevelStore,
  level: Level,
  expected: ReturnType<typeof entriesOf>,
): Promise<string> {
  try {
    const found = await all(store);
    hold(expected !== null, 'runs-store: damage is not seen');
    store.put(NEW.key, NEW.value);
    await store.close();
    if (expected === 'unknown') return 'in disorder';
    hold(isDeepStrictEqual(found, expected), 'runs-store: other entries');
    const again = storeOn(level, true);
    await again.load();
    const later = await all(again).finally(() => again.close());
    const isNew = found.every(([key]) => `a${key}` !== NEW.key);
    hold(later.length === found.length + (isNew ? 1 : 0), 'runs-store: an entry is lost');
    return 'goes on';
  } catch (cause) {
    if (!(cause instanceof StorageFault)) throw cause;
    hold(cause.code === 'disk-error', `runs-store: ${cause.code}`);
    hold(!Array.isArray(expected), `runs-store: fails though right: ${cause.detail}`);
    // It may say so once more.
    await store.close().catch(() => {});
    return cause.detail;
  }
}

/** What may be said of a store that cannot be opened. */
function told(cause: unknown): string {
  const isDamage = cause instanceof Error && DAMAGE.test(cause.message);
  const isKnown = isDamage || cause instanceof AssertionFailure || causeCode(cause) === 'ENOENT';
  if (!isKnown) throw cause;
  return describe(cause);
}

function storeOn(level: Level, atomic: boolean): LevelStore {
  return new LevelStore(level, { cacheBytesMax: 0, sieve: null, atomic, runSizes: SIZES });
}

/** Of LevelDB what a store with nothing but runs asks for: opening a real one takes as long as a hundred inputs. */
function levelOf(location: string, row: Uint8Array): Level {
  let stored = encodeValue(RUNS_ROW, row);
  const batch = () => ({
    length: 0,
    put: (key: Uint8Array, value: Uint8Array) => {
      if (RUNS_ROW.equals(key)) stored = value;
    },
    write: async () => {},
  });
  return {
    location,
    batch,
    get: async (key: Uint8Array) => (RUNS_ROW.equals(key) ? stored : undefined),
    close: async () => {},
  } as unknown as Level;
}

async function all(store: LevelStore): Promise<Entry[]> {
  const entries = await store.scan('a', { limit: 1000 });
  return entries.map(({ key, value }) => [key.slice(1), Buffer.from(value).toString('hex')]);
}

function areThere(folder: string, files: readonly RunFile[]): boolean {
  return files.every(({ number }) => {
    const written = files.findLast((file) => file.number === number) as RunFile;
    return Buffer.compare(readFileSync(placeOf(folder, number)), written.bytes) === 0;
  });
}

function placeOf(folder: string, number: number): string {
  return path.join(folder, runName(number));
}

/** The row names a run twice, or one less, or numbers later ones from elsewhere on; or files are gone or change places. */
function restructured(input: Uint8Array, random: Prng): Uint8Array {
  const { row, files, ...rest } = taken(input);
  const end = Math.max(ROW_HEAD_BYTES, row.length - ROW_RUN_BYTES);
  const numbers = [0, ...files.map(({ number }) => number)];
  switch (random.below(5)) {
    case 0:
      return given({ ...rest, row: Buffer.concat([row, row.subarray(end)]), files });
    case 1:
      return given({ ...rest, row: row.subarray(0, end), files });
    case 2: {
      const next = Buffer.alloc(ROW_HEAD_BYTES);
      next.writeUInt32BE(random.below(files.length + 2));
      return given({ ...rest, row: Buffer.concat([next, row.subarray(ROW_HEAD_BYTES)]), files });
    }
    case 3:
      return given({ ...rest, row, files: files.filter(() => random.chance(0.7)) });
    default: {
      const moved = files.map((file) => ({ ...file, number: random.pick(numbers) }));
      return given({ ...rest, row, files: moved });
    }
  }
}

/** The row counts the records that a file has room for, and every sum is right. */
function repair(input: Uint8Array): Uint8Array {
  const { row, files, ...rest } = taken(input);
  const counted = Buffer.from(row);
  const repaired = files.map((file) => {
    const records = roomIn(file.bytes, CHUNK);
    for (let at = ROW_HEAD_BYTES; at + ROW_RUN_BYTES <= counted.length; at += ROW_RUN_BYTES) {
      const isOf = counted.readUInt32BE(at) === file.number;
      if (isOf && records > 0) counted.writeUIntBE(records, at + 4, 6);
    }
    return { ...file, bytes: records > 0 ? summed(file.bytes, records, CHUNK) : file.bytes };
  });
  return given({ ...rest, row: counted, files: repaired });
}

/** Some runs, and a file that nobody names. */
function sample(seed: number): Uint8Array {
  const random = createPrng(`runs-store/${seed}`);
  const runs: Uint8Array[][] = [];
  for (let left = random.below(4); left > 0; left--) {
    runs.push(drawnRecords(random, 1 + random.below(6), runs[0]));
  }
  const files = runs.map((records, i) => ({ number: i + 1, bytes: runOf(records, CHUNK) }));
  const named = runs.map((records, i) => ({ number: i + 1, records: records.length }));
  const next = files.length + 1;
  if (random.chance(0.3)) files.push({ number: next, bytes: random.bytes(40) });
  const row = encodeManifest({ next, runs: named });
  return given({ atomic: random.chance(0.5), row, files });
}

export const RUNS_STORE_TARGET: Target = {
  name: 'runs-store',
  samples: (seed) => Array.from({ length: 6 }, (_, n) => sample(seed * 6 + n)),
  check,
  mutate: (input, other, random) =>
    random.chance(0.3) ? restructured(input, random) : mutateBytes(input, other, random),
  repair,
  memory: { fixed: 0, perByte: 0 },
  lengthMax: 4096,
  close: () => scratch.close(),
};
