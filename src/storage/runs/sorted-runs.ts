import { rm } from 'node:fs/promises';
import { defined } from '../../std/assert.ts';
import { STORAGE_LIMITS } from '../../types/limits.ts';
import { EventTurns } from '../event-turns.ts';
import { OpenFiles } from '../open-files.ts';
import { removeUnnamed, type StoreFile } from '../store-file.ts';
import { ALL_KEYS, type KeyRange, sharedBytes } from './key-range.ts';
import { decodeManifest, encodeManifest } from './manifest.ts';
import { Cursor, Merge } from './merge.ts';
import { GONE, keyOf, PUT, RECORD_BYTES, valueIn } from './record.ts';
import { RecordList } from './record-list.ts';
import { indexOf, isRunName, Run, type RunPlace, runName } from './run.ts';
import { RunWriter } from './run-writer.ts';

export type RunSizes = {
  /** Records that wait in memory for the next run. */
  readonly youngMax: number;
  readonly chunkRecords: number;
  /** So many runs of a class become one; those of the next class are so many times as large. */
  readonly fanOut: number;
};

/** Chunks of 16 KiB. */
const SIZES: RunSizes = {
  youngMax: STORAGE_LIMITS.runRecordsMax.value,
  chunkRecords: 215,
  fanOut: 8,
};
/** Records merged for each that comes, once in each class: sixteen million of them make so many. */
const MERGED_PER_RECORD = 8;
/** Keys gone through before others have their turn. */
const SLICE_KEYS = 1024;

export type RunEntry = { readonly key: string; readonly value: Uint8Array };

type Merging = { readonly from: readonly Run[]; readonly merge: Merge; readonly to: RunWriter };

/** A run that is no more, whose file may still be read by scans that began until `scan`. */
type Gone = { readonly run: Run; readonly scan: number };

/**
 * A table of small entries with keys all over, each of them put once, deleted once and otherwise only scanned: LevelDB
 * would move every one of them by itself from level to level, which was an eighth of what a payment cost. Here
 * thousands make a sorted run, a file beside LevelDB's, and runs of about one size are merged when there are enough of
 * them (P. O'Neil et al., The Log-Structured Merge-Tree, 1996, with the stepped merge of H. V. Jagadish et al.,
 * Incremental Organization for Data Recording and Warehousing, 1997).
 *
 * Which runs count is a row of LevelDB, written after them: a crash leaves the table of some flush, and files that
 * nobody names.
 */
export class SortedRuns {
  readonly #place: RunPlace;
  readonly #sizes: RunSizes;
  readonly #young: RecordList;
  #runs: Run[] = [];
  #next = 1;
  #merging: Merging | null = null;
  #gone: Gone[] = [];
  /** Records that may be merged for those that came. */
  #credit = 0;
  #isChanged = false;
  readonly #scans = new Set<number>();
  readonly #turns = new EventTurns();
  #lastScan = 0;

  constructor(folder: string, sizes: RunSizes = SIZES) {
    this.#place = { folder, files: new OpenFiles(), chunkRecords: sizes.chunkRecords };
    this.#sizes = sizes;
    this.#young = new RecordList(sizes.youngMax);
  }

  /** The runs that a manifest names, before anything is added. Throws when one cannot be read. */
  load(manifest: Uint8Array): void {
    const { next, runs } = decodeManifest(manifest);
    this.#next = next;
    this.#runs = runs.map(({ number, records }) => new Run(this.#place, number, records));
  }

  /** Reads all of them. Throws when one is damaged. */
  check(): void {
    for (const run of this.#runs) {
      for (let chunk = 0; run.chunk(chunk) !== null; chunk += 1);
    }
  }

  /** Removes files of runs that were not finished, or are no more. */
  async tidy(): Promise<void> {
    const { folder } = this.#place;
    const named = new Set(this.files.map(({ name }) => name));
    await removeUnnamed(folder, isRunName, named);
  }

  /** That the manifest names. */
  get files(): StoreFile[] {
    return this.#runs.map(({ number, bytes }) => ({ name: runName(number), bytes }));
  }

  /** Time to `spill`, before the next entry. */
  get isFull(): boolean {
    return this.#young.isFull;
  }

  /** `key`: hex without the table's letter; `value` null: deleted. */
  add(key: string, value: Uint8Array | null): void {
    this.#young.add(key, value);
    this.#credit += MERGED_PER_RECORD;
  }

  /** What waits in memory becomes a run. */
  async spill(): Promise<void> {
    if (this.#young.count === 0) return;
    const merge = new Merge([Cursor.over(this.#young.sorted(ALL_KEYS), 0)]);
    const to = this.#writer();
    try {
      while ((await advance(merge, to)) > 0);
      await this.#turn(to, []);
    } catch (cause) {
      await to.abandon();
      throw cause;
    }
    this.#young.clear();
  }

  /** At the end of a flush: merges as much as is due. */
  async settle(): Promise<void> {
    this.#merging ??= this.#begin();
    while (this.#merging !== null && this.#credit > 0) {
      const { from, merge, to } = this.#merging;
      const keys = await advance(merge, to);
      this.#credit -= keys;
      if (keys > 0) continue;
      await this.#turn(to, from);
      for (const run of from) this.#gone.push({ run, scan: this.#lastScan });
      this.#merging = this.#begin();
    }
    // What was not needed is no right to a flood later.
    if (this.#merging === null) this.#credit = 0;
  }

  /** What is to be written to LevelDB; null: that which is there still holds. */
  manifest(): Uint8Array | null {
    if (!this.#isChanged) return null;
    this.#isChanged = false;
    return encodeManifest({ next: this.#next, runs: this.#runs });
  }

  /** Are there files for `written` to remove? */
  get hasGone(): boolean {
    return this.#gone.length > 0;
  }

  /** The manifest is written, durably if `hasGone`. Removes files that nobody reads any more. */
  async written(): Promise<void> {
    const oldest = Math.min(...this.#scans);
    const unread = this.#gone.filter(({ scan }) => scan < oldest);
    this.#gone = this.#gone.filter((gone) => !unread.includes(gone));
    for (const { run } of unread) {
      this.#place.files.forget(run.path);
      await rm(run.path);
    }
  }

  /** The entries of the range, ascending; `changes`: newer ones. */
  async scan(range: KeyRange, limit: number, changes: RecordList | null): Promise<RunEntry[]> {
    const found: RunEntry[] = [];
    await this.each(range, changes, (record) => found.push(entryOf(record)) < limit);
    return found;
  }

  /** Hands over a record of each of them, in the same place, until `take` says that it has enough. */
  async each(
    range: KeyRange,
    changes: RecordList | null,
    take: (record: Buffer) => boolean,
  ): Promise<void> {
    const merge = new Merge(this.#cursors(range, changes));
    this.#lastScan += 1;
    const scan = this.#lastScan;
    this.#scans.add(scan);
    try {
      for (let keys = 1; merge.next(); keys += 1) {
        if (merge.kinds === PUT && !take(merge.record)) return;
        if (keys % SLICE_KEYS === 0) await this.#turns.next();
      }
    } finally {
      this.#scans.delete(scan);
    }
  }

  /** All entries. */
  *entries(): Generator<RunEntry> {
    const merge = new Merge(this.#cursors(ALL_KEYS, null));
    while (merge.next()) if (merge.kinds === PUT) yield entryOf(merge.record);
  }

  async close(): Promise<void> {
    await this.#merging?.to.abandon();
    this.#place.files.close();
  }

  #cursors(range: KeyRange, changes: RecordList | null): Cursor[] {
    const lists = changes === null ? [this.#young] : [this.#young, changes];
    return [
      ...this.#runs.map((run) => cursorOf(run, range)),
      ...lists.map((list) => Cursor.over(list.sorted(range), sharedBytes(range))),
    ];
  }

  /** The smallest class that has enough runs. */
  #begin(): Merging | null {
    const { fanOut } = this.#sizes;
    const classes: Run[][] = [];
    for (const run of this.#runs) (classes[this.#classOf(run)] ??= []).push(run);
    const from = classes.find((runs) => runs !== undefined && runs.length >= fanOut);
    if (from === undefined) return null;
    const merged = from.slice(0, fanOut);
    const merge = new Merge(merged.map((run) => cursorOf(run, ALL_KEYS)));
    return { from: merged, merge, to: this.#writer() };
  }

  #classOf({ records }: Run): number {
    let at = 0;
    for (let most = 1; records > most; most *= this.#sizes.fanOut) at += 1;
    return at;
  }

  #writer(): RunWriter {
    this.#next += 1;
    return new RunWriter(this.#place, this.#next - 1);
  }

  /** The run that is written takes the place of those that it was made of. */
  async #turn(to: RunWriter, from: readonly Run[]): Promise<void> {
    const run = await to.finish();
    const others = this.#runs.filter((other) => !from.includes(other));
    this.#runs = run === null ? others : [...others, run];
    this.#isChanged = true;
  }
}

/** Writes what is left of the next keys; others have their turn after each such slice. How many keys there were. */
async function advance(merge: Merge, to: RunWriter): Promise<number> {
  let keys = 0;
  for (; keys < SLICE_KEYS && merge.next(); keys += 1) {
    if (to.isFull) await to.flush();
    if (merge.kinds !== GONE) to.add(merge.record);
  }
  await new Promise(setImmediate);
  return keys;
}

/** Over the run's records in the range. */
function cursorOf(run: Run, range: KeyRange): Cursor {
  const { from, to } = range;
  const number = run.chunkOf(from);
  const index = indexOf(defined(run.chunk(number), 'a run has a chunk'), from);
  const last = to === null ? Number.POSITIVE_INFINITY : run.chunkOf(to);
  const chunk = (at: number) => {
    const bytes = at > last ? null : run.chunk(at);
    const isCut = bytes !== null && at === last && to !== null;
    return isCut ? bytes.subarray(0, indexOf(bytes, to) * RECORD_BYTES) : bytes;
  };
  return new Cursor(sharedBytes(range), chunk, { number, index });
}

function entryOf(record: Buffer): RunEntry {
  return { key: keyOf(record, 0), value: valueIn(record) };
}
