import type { LedgerStore, Scanner, ScanOptions, StoreEntry } from '../../replica/ports.ts';
import { assert } from '../../std/assert.ts';
import { RecentMap } from '../../std/recent-map.ts';
import { STORAGE_LIMITS } from '../../types/limits.ts';
import { failpoint } from '../failpoint.ts';
import { isPage, isReadBack, isScanned, SCANNED_TABLE } from '../layout.ts';
import { PageLog } from '../pages/page-log.ts';
import { PAGES_ROW } from '../pages/pages-row.ts';
import { type KeyRange, keyRange } from '../runs/key-range.ts';
import { RUNS_ROW } from '../runs/manifest.ts';
import { valueIn } from '../runs/record.ts';
import { RecordList } from '../runs/record-list.ts';
import { type RunSizes, SortedRuns } from '../runs/sorted-runs.ts';
import type { StoreFile } from '../store-file.ts';
import type { KeySieve } from './key-sieve.ts';
import { type Level, storedRow } from './level.ts';
import { LevelBatches } from './level-batches.ts';
import { entriesUnder } from './level-entries.ts';
import { readFault, reading, writeFault } from './level-faults.ts';
import { BEHIND_ALL, encodeKey, levelRange } from './level-key.ts';
import { tableBytes } from './level-stats.ts';
import { decodeValue } from './level-value.ts';
import { changesIn, entryBytes, Staged } from './staged.ts';

/** The folder of a store that is still, and the files in it beside LevelDB's. */
export type StillFolder = { readonly path: string; readonly files: readonly StoreFile[] };

/**
 * The store over LevelDB. Writes are staged in memory, where reads see them at once, and go to disk
 * together at `flush`: until then, and for LevelDB until the system writes its pages back, a crash
 * takes them. That is allowed: the journal implies everything here. Values are not copied in either
 * direction: nobody may change them.
 */
export class LevelStore implements LedgerStore, Scanner {
  readonly #level: Level;
  readonly #cache: RecentMap<string, Uint8Array>;
  readonly #atomic: boolean;
  /** Of every key to be looked up that was ever put; null: nobody knows them. */
  readonly #sieve: KeySieve | null;
  readonly #runs: SortedRuns;
  /** Empty when the store is atomic: what is written seldom is better written in one place. */
  readonly #pages: PageLog;
  #staged = new Staged();
  /** What the running flush writes. */
  #flushing = new Staged();
  #flushed: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #isStill = false;
  /** For ever when it failed. */
  #isWriting = false;

  constructor(
    level: Level,
    options: {
      readonly cacheBytesMax: number;
      readonly sieve: KeySieve | null;
      readonly atomic: boolean;
      readonly runSizes?: RunSizes;
    },
  ) {
    this.#level = level;
    this.#cache = new RecentMap<string, Uint8Array>(options.cacheBytesMax, entryBytes);
    this.#sieve = options.sieve;
    this.#atomic = options.atomic;
    this.#runs = new SortedRuns(level.location, options.runSizes);
    this.#pages = new PageLog(level.location);
  }

  /** Before anything else: finds the files beside LevelDB's. Closed and throws when one is missing or damaged. */
  async load(): Promise<void> {
    try {
      const manifest = await storedRow(this.#level, RUNS_ROW);
      if (manifest !== undefined) this.#runs.load(manifest);
      const pages = await storedRow(this.#level, PAGES_ROW);
      if (pages !== undefined) await this.#pages.load(pages);
      // Those of other stores were hashed with their savepoint.
      if (this.#atomic) this.#runs.check();
      await this.#runs.tidy();
      await this.#pages.tidy();
    } catch (cause) {
      await this.#closeFiles();
      throw cause;
    }
  }

  /** Bytes staged and not yet in LevelDB. The driver waits for a flush above STORAGE_LIMITS.backlogBytesMax. */
  get backlogBytes(): number {
    return this.#staged.bytes + this.#flushing.bytes + this.#pages.unwrittenBytes;
  }

  /** Of what is on disk; of LevelDB's tables in whole MiB per level: its own list is no finer. */
  get tableBytes(): number {
    const inRuns = this.#runs.files.reduce((sum, { bytes }) => sum + bytes, 0);
    const inLevel = tableBytes(this.#level.getProperty('leveldb.stats'));
    return inLevel + inRuns + this.#pages.bytes;
  }

  /** Not of a table that is only scanned. Throws a StorageFault (disk-error) when it cannot be read. */
  get(key: string): Uint8Array | undefined {
    if (this.#isLogged(key)) return reading(() => this.#pages.get(key));
    // Half of the questions are whether something new is known already.
    if (this.#sieve?.mayHold(key) === false) return undefined;
    const unwritten = this.#unwritten(key);
    if (unwritten !== undefined) return unwritten ?? undefined;
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const value = this.#load(key);
    if (value !== undefined) this.#cache.set(key, value);
    return value;
  }

  put(key: string, value: Uint8Array): void {
    if (this.#isLogged(key)) {
      this.#pages.put(key, value);
      return;
    }
    if (!isScanned(key)) this.#sieve?.add(key);
    this.#staged.stage(key, value);
  }

  putLater(count: number, entries: (prefix: string) => Iterable<StoreEntry>): void {
    this.#staged.stageLater({ count, entries });
  }

  delete(key: string): void {
    if (this.#isLogged(key)) this.#pages.delete(key);
    else this.#staged.stage(key, null);
  }

  /**
   * Writes what is staged now, not pages that wait for their next version, and a crash may take a part of it. An
   * atomic store writes all, and a crash takes all or nothing. Calls during a running flush share the one after it.
   * Rejects with a StorageFault (disk-error) for ever once a write failed.
   */
  flush(): Promise<void> {
    this.#next ??= this.#flushed.then(() => this.#write());
    return this.#next;
  }

  /** Is anything being written, or about to be? */
  get isFlushing(): boolean {
    return this.#next !== null || this.#isWriting || this.#isStill;
  }

  /**
   * Writes all that was put, and lets everything later wait while `take` looks at the folder: then all of it
   * is in LevelDB's tables, its log is empty. Not while it is flushing. Rejects when `take` does.
   */
  still<T>(take: (folder: StillFolder, sieve: Uint8Array) => Promise<T>): Promise<T> {
    assert(!this.isFlushing && this.#sieve !== null, 'nothing is being written');
    this.#isStill = true;
    const written = this.#writeStaged({ whole: true });
    const taken = written
      // No key is in this range: all that it does is to empty LevelDB's memory.
      .then(() => this.#level.compactRange(BEHIND_ALL, BEHIND_ALL))
      .then(() => take(this.#folder, (this.#sieve as KeySieve).bytes()))
      .finally(() => {
        this.#isStill = false;
      });
    this.#flushed = written.then(() => taken.then(nothing, nothing));
    return taken;
  }

  async scan(prefix: string, options: ScanOptions): Promise<StoreEntry[]> {
    assert(options.limit >= 1, 'a scan returns at least one entry');
    const limit = Math.min(options.limit, STORAGE_LIMITS.scanEntriesMax.value);
    if (isScanned(prefix)) return this.#scanRuns(prefix, { ...options, limit });
    const reverse = options.reverse === true;
    const iterator = this.#level.iterator({ ...levelRange(prefix, options), reverse });
    // In the same tick as the iterator's snapshot, so no flush can come between the two.
    const changes = changesIn([this.#flushing, this.#staged], prefix, options);
    try {
      return await entriesUnder(changes, iterator, { limit, reverse });
    } catch (cause) {
      throw readFault(cause);
    } finally {
      await iterator.close();
    }
  }

  async each(prefix: string, take: (value: Uint8Array) => boolean): Promise<void> {
    assert(isScanned(prefix), 'only of a table that is never looked up');
    const [range, newer] = this.#rangeOfRuns(prefix, { limit: 1 });
    try {
      await this.#runs.each(range, newer, (record) => take(valueIn(record)));
    } catch (cause) {
      throw readFault(cause);
    }
  }

  async #scanRuns(prefix: string, options: ScanOptions): Promise<StoreEntry[]> {
    assert(options.reverse !== true, 'a table that is only scanned is scanned upwards');
    const [range, newer] = this.#rangeOfRuns(prefix, options);
    try {
      const entries = await this.#runs.scan(range, options.limit, newer);
      return entries.map(({ key, value }) => ({ key: SCANNED_TABLE + key, value }));
    } catch (cause) {
      throw readFault(cause);
    }
  }

  /** And what is newer than the runs. */
  #rangeOfRuns(prefix: string, options: ScanOptions): [KeyRange, RecordList] {
    // Of a flush that runs, a part may be in the runs already: to be put or deleted twice changes nothing.
    const changes = changesIn([this.#flushing, this.#staged], prefix, options);
    const newer = new RecordList(changes.size);
    for (const [key, value] of changes) newer.add(key.slice(1), value);
    return [keyRange(levelRange(prefix, options)), newer];
  }

  /** Removes all keys of whole bytes that begin so; nobody may ask for them, or put them, any more. */
  async clear(prefix: string): Promise<void> {
    await this.flush();
    try {
      await this.#level.clear(levelRange(prefix, { limit: 1 }));
    } catch (cause) {
      throw writeFault(cause);
    }
  }

  /** Writes all that was put and closes LevelDB. */
  async close(): Promise<void> {
    try {
      await this.flush();
      await this.#writeStaged({ whole: true });
    } finally {
      await this.#closeFiles();
    }
  }

  async #closeFiles(): Promise<void> {
    await this.#runs.close();
    await this.#pages.close();
    await this.#level.close();
  }

  /** As it was written whole the last time. */
  get #folder(): StillFolder {
    const files = [...this.#runs.files, ...this.#pages.savedFiles];
    return { path: this.#level.location, files };
  }

  #isLogged(key: string): boolean {
    return !this.#atomic && isPage(key);
  }

  /** undefined: nothing is unwritten under this key. */
  #unwritten(key: string): Uint8Array | null | undefined {
    const staged = this.#staged.changes.get(key);
    return staged !== undefined ? staged : this.#flushing.changes.get(key);
  }

  #load(key: string): Uint8Array | undefined {
    const bytes = encodeKey(key);
    return reading(() => {
      const stored = this.#level.getSync(bytes);
      return stored === undefined ? undefined : decodeValue(bytes, stored);
    });
  }

  #write(): Promise<void> {
    this.#flushed = this.#next ?? this.#flushed;
    this.#next = null;
    return this.#writeStaged({ whole: false });
  }

  /** `whole`: nothing stays in memory alone. */
  async #writeStaged({ whole }: { whole: boolean }): Promise<void> {
    this.#flushing = this.#staged;
    this.#staged = new Staged();
    if (whole) this.#pages.turn();
    if (this.#flushing.isEmpty && this.#pages.unwrittenBytes === 0 && !whole) return;
    this.#isWriting = true;
    try {
      failpoint('before-batch');
      await this.#batches(whole);
      failpoint('after-batch');
    } catch (cause) {
      throw writeFault(cause);
    }
    this.#flushing = new Staged();
    this.#isWriting = false;
  }

  /** In slices, so that a large flush does not hold up the event loop. */
  async #batches(whole: boolean): Promise<void> {
    const batches = new LevelBatches(this.#level, this.#atomic, this.#flushing.count);
    for (const [key, value] of this.#flushing.entries()) {
      if (batches.isFull) await batches.next();
      if (isScanned(key)) {
        if (this.#runs.isFull) await this.#runs.spill();
        this.#runs.add(key.slice(1), value);
        batches.skip();
        continue;
      }
      batches.add(encodeKey(key), value);
      if (value !== null && isReadBack(key)) this.#cache.set(key, value);
      else this.#cache.delete(key);
    }
    if (whole || this.#atomic) await this.#runs.spill();
    await this.#runs.settle();
    const manifest = this.#runs.manifest();
    if (manifest !== null) batches.add(RUNS_ROW, manifest);
    await this.#pages.write();
    const pagesRow = whole ? await this.#pages.save() : null;
    if (pagesRow !== null) batches.add(PAGES_ROW, pagesRow);
    // Before files go: no crash may bring back a row that names them.
    await batches.end(pagesRow !== null || this.#runs.hasGone);
    await this.#runs.written();
    await this.#pages.saved();
    await this.#pages.clean();
  }
}

function nothing(): void {}
