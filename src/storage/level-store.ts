import { ClassicLevel } from 'classic-level';
import type { LedgerStore, Scanner, ScanOptions, StoreEntry } from '../replica/ports.ts';
import { assert } from '../std/assert.ts';
import { RecentMap } from '../std/recent-map.ts';
import { err, ok, type Result } from '../std/result.ts';
import { STORAGE_LIMITS } from '../types/limits.ts';
import { failpoint } from './failpoint.ts';
import { causeCode, describe, type Halt, halt, StorageFault } from './fault.ts';
import { KeySieve } from './key-sieve.ts';
import { isReadBack, isRewritten, isScanned } from './layout.ts';
import { entriesUnder, plain } from './level-entries.ts';
import { encodeKey, levelRange } from './level-key.ts';
import { tableBytes } from './level-stats.ts';
import { type Changes, entryBytes, Staged } from './staged.ts';
import { WriteBack } from './write-back.ts';

type Level = ClassicLevel<Uint8Array, Uint8Array>;
/** Written at a time: a millisecond or two of the event loop. */
const BATCH_ENTRIES = 256;
/** 512 KiB up to about 32,000 keys, then 8 MiB. */
const SIEVE_LOG2 = { first: 22, most: 26 } as const;

/** Above every key. */
const BEHIND_ALL = Uint8Array.of(0xff);

export type LevelStoreOptions = {
  /** Begin empty. Without it the store must exist. */
  readonly wipe: boolean;
  readonly cacheBytesMax?: number;
  /**
   * For what no journal implies: a flush goes to disk whole or not at all, and is durable when it
   * resolves; it may hold up the event loop.
   */
  readonly atomic?: boolean;
  /** Of the store as it is found: that of the savepoint which it was made from. Taken over. */
  readonly sieve?: Uint8Array;
};

/** Halts: folder-locked, disk-error. */
export async function openLevelStore(
  folder: string,
  options: LevelStoreOptions,
): Promise<Result<LevelStore, Halt>> {
  try {
    if (options.wipe) await ClassicLevel.destroy(folder);
    const level: Level = new ClassicLevel(folder, { keyEncoding: 'view', valueEncoding: 'view' });
    await level.open({ createIfMissing: options.wipe, errorIfExists: options.wipe });
    const cacheBytesMax = options.cacheBytesMax ?? STORAGE_LIMITS.cacheBytesMax.value;
    const sieve = options.wipe
      ? new KeySieve(SIEVE_LOG2.first, SIEVE_LOG2.most)
      : options.sieve === undefined
        ? null
        : KeySieve.of(options.sieve, SIEVE_LOG2.most);
    return ok(new LevelStore(level, { cacheBytesMax, sieve, atomic: options.atomic === true }));
  } catch (cause) {
    return err(openFault(folder, cause));
  }
}

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
  /** Newer than anything else of their keys. */
  readonly #heldBack = new WriteBack(STORAGE_LIMITS.heldBackBytesMax.value, (key, value) =>
    this.#staged.stage(key, value),
  );
  #staged = new Staged();
  /** What the running flush writes. */
  #flushing = new Staged();
  #flushed: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #isStill = false;

  constructor(
    level: Level,
    options: {
      readonly cacheBytesMax: number;
      readonly sieve: KeySieve | null;
      readonly atomic: boolean;
    },
  ) {
    this.#level = level;
    this.#cache = new RecentMap<string, Uint8Array>(options.cacheBytesMax, entryBytes);
    this.#sieve = options.sieve;
    this.#atomic = options.atomic;
  }

  /** Bytes staged and not yet in LevelDB. The driver waits for a flush above STORAGE_LIMITS.backlogBytesMax. */
  get backlogBytes(): number {
    return this.#staged.bytes + this.#flushing.bytes;
  }

  /** Of the tables on disk, in whole MiB per level: LevelDB's own list is no finer. */
  get tableBytes(): number {
    return tableBytes(this.#level.getProperty('leveldb.stats'));
  }

  /** Throws a StorageFault (disk-error) when LevelDB cannot read. */
  get(key: string): Uint8Array | undefined {
    const heldBack = isRewritten(key) ? this.#heldBack.get(key) : undefined;
    if (heldBack !== undefined) return heldBack;
    // Half of the questions are whether something new is known already.
    if (this.#sieve?.mayHold(key) === false && !isScanned(key)) return undefined;
    const unwritten = this.#unwritten(key);
    if (unwritten !== undefined) return unwritten ?? undefined;
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const value = this.#load(key);
    if (value !== undefined) this.#cache.set(key, value);
    return value;
  }

  put(key: string, value: Uint8Array): void {
    if (!isScanned(key)) this.#sieve?.add(key);
    if (isRewritten(key) && !this.#atomic) this.#heldBack.put(key, value);
    else this.#staged.stage(key, value);
  }

  putLater(count: number, entries: (prefix: string) => Iterable<StoreEntry>): void {
    this.#staged.stageLater({ count, entries });
  }

  delete(key: string): void {
    if (isRewritten(key)) this.#heldBack.delete(key);
    this.#staged.stage(key, null);
  }

  /**
   * Writes what is staged now, not what is held back; unless the store is atomic, a crash may take a part of
   * it. Calls during a running flush share the one after it. Rejects with a StorageFault (disk-error) for ever
   * once a write failed.
   */
  flush(): Promise<void> {
    this.#next ??= this.#flushed.then(() => this.#write());
    return this.#next;
  }

  /** Is anything being written, or about to be? */
  get isFlushing(): boolean {
    return this.#next !== null || !this.#flushing.isEmpty || this.#isStill;
  }

  /**
   * Writes all that was put, and lets everything later wait while `take` looks at the folder: then all of it
   * is in LevelDB's tables, its log is empty. Not while it is flushing. Rejects when `take` does.
   */
  still<T>(take: (folder: string, sieve: Uint8Array) => Promise<T>): Promise<T> {
    assert(!this.isFlushing && this.#sieve !== null, 'nothing is being written');
    const { location } = this.#level;
    this.#isStill = true;
    this.#heldBack.clear();
    this.#turn();
    const written = this.#writeTurned();
    const taken = written
      // No key is in this range: all that it does is to empty LevelDB's memory.
      .then(() => this.#level.compactRange(BEHIND_ALL, BEHIND_ALL))
      .then(() => take(location, (this.#sieve as KeySieve).bytes()))
      .finally(() => {
        this.#isStill = false;
      });
    this.#flushed = written.then(() => taken.then(nothing, nothing));
    return taken;
  }

  async scan(prefix: string, options: ScanOptions): Promise<StoreEntry[]> {
    assert(options.limit >= 1, 'a scan returns at least one entry');
    const limit = Math.min(options.limit, STORAGE_LIMITS.scanEntriesMax.value);
    const reverse = options.reverse === true;
    const iterator = this.#level.iterator({ ...levelRange(prefix, options), reverse });
    // In the same tick as the iterator's snapshot, so no flush can come between the two.
    const changes = this.#changesIn(prefix, options);
    try {
      return await entriesUnder(changes, iterator, { limit, reverse });
    } catch (cause) {
      throw readFault(cause);
    } finally {
      await iterator.close();
    }
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
    this.#heldBack.clear();
    try {
      await this.flush();
    } finally {
      await this.#level.close();
    }
  }

  /** undefined: nothing is unwritten under this key. */
  #unwritten(key: string): Uint8Array | null | undefined {
    const staged = this.#staged.changes.get(key);
    return staged !== undefined ? staged : this.#flushing.changes.get(key);
  }

  #load(key: string): Uint8Array | undefined {
    try {
      const value = this.#level.getSync(encodeKey(key));
      return value === undefined ? undefined : plain(value);
    } catch (cause) {
      throw readFault(cause);
    }
  }

  #write(): Promise<void> {
    this.#turn();
    this.#flushed = this.#next ?? this.#flushed;
    this.#next = null;
    return this.#writeTurned();
  }

  #turn(): void {
    this.#flushing = this.#staged;
    this.#staged = new Staged();
  }

  async #writeTurned(): Promise<void> {
    if (this.#flushing.isEmpty) return;
    try {
      failpoint('before-batch');
      await this.#batches(this.#flushing);
      failpoint('after-batch');
    } catch (cause) {
      throw writeFault(cause);
    }
    this.#flushing = new Staged();
  }

  /** In slices, so that a large flush does not hold up the event loop. */
  async #batches(staged: Staged): Promise<void> {
    let batch = this.#level.batch();
    for (const [key, value] of staged.entries()) {
      if (batch.length === BATCH_ENTRIES && !this.#atomic) {
        await batch.write();
        batch = this.#level.batch();
      }
      if (value === null) batch.del(encodeKey(key));
      else batch.put(encodeKey(key), value);
      if (value !== null && isReadBack(key)) this.#cache.set(key, value);
      else if (!isScanned(key)) this.#cache.delete(key);
    }
    await batch.write({ sync: this.#atomic });
  }

  /** The unwritten changes that a scan has to see. */
  #changesIn(prefix: string, options: ScanOptions): Changes {
    const changes: Changes = new Map();
    for (const layer of [this.#flushing, this.#staged]) {
      for (const [key, value] of layer.inRange(prefix, options)) changes.set(key, value);
    }
    return changes;
  }
}

function readFault(cause: unknown): StorageFault {
  const detail = `the store cannot be read: ${describe(cause)}. Start again: it is rebuilt from the journal`;
  return new StorageFault(halt('disk-error', detail));
}

function writeFault(cause: unknown): StorageFault {
  return new StorageFault(halt('disk-error', `the store cannot be written: ${describe(cause)}`));
}

function openFault(folder: string, cause: unknown): Halt {
  if (causeCode(cause) === 'LEVEL_LOCKED') {
    return halt('folder-locked', `another process uses the store ${folder}: stop it first`);
  }
  return halt('disk-error', `the store ${folder} cannot be opened: ${describe(cause)}`);
}

function nothing(): void {}
