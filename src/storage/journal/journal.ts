import { mkdir } from 'node:fs/promises';
import { fromHex, toHex } from '../../codec/hex.ts';
import type { BlockArchive } from '../../replica/ports.ts';
import { assert } from '../../std/assert.ts';
import { ok, type Result } from '../../std/result.ts';
import { STORAGE_LIMITS } from '../../types/limits.ts';
import { failpoint } from '../failpoint.ts';
import { describe, type Halt, halt, StorageFault } from '../fault.ts';
import { CommitQueue } from './commit-queue.ts';
import { type JournalDisk, realDisk } from './journal-disk.ts';
import { JournalParts, type PartOf } from './journal-parts.ts';
import {
  FIRST_LINK,
  type JournalBeginning,
  type Recovered,
  recoverJournal,
} from './journal-recovery.ts';
import { encodeRecord, linkAfter, payloadIntact, RECORD_HEADER_BYTES } from './record.ts';
import type { JournalIdentity } from './segment.ts';
import { type IndexedSegment, SegmentIndexes } from './segment-index.ts';
import { createSegment, SegmentWriter } from './segment-writer.ts';
import { type ScannedRecord, StoredRecords } from './stored-records.ts';

export type JournalOptions = {
  /** Size from which on the next records go to a new segment. */
  readonly segmentBytes?: number;
  readonly disk?: JournalDisk;
  /** Where it may begin: older records may be gone. */
  readonly begins?: JournalBeginning;
  readonly partOf?: PartOf;
  /** Where indexes of full segments are kept, so that a start need not read the old ones; else it reads all. */
  readonly indexFolder?: string;
  /** So many bytes of the newest segments are read by a start all the same. */
  readonly readBytes?: number;
  /** Called after each fsync: how long write and fsync took, and how many bytes they made durable. */
  readonly onCommit?: (durationMs: number, bytes: number) => void;
};

/** What a journal works with. */
type Made = {
  readonly writer: SegmentWriter;
  readonly parts: JournalParts;
  readonly indexes: SegmentIndexes | null;
};

/** Lays down the first, empty segment. Once per data folder, before its marker is written. */
export async function createJournal(
  folder: string,
  identity: JournalIdentity,
  disk: JournalDisk = realDisk,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const fd = await createSegment({ disk, folder, identity }, 1, FIRST_LINK);
  await disk.close(fd);
}

/**
 * What this validator has admitted and said, in order: encoded blocks, never changed, removed from the oldest on alone.
 * Records are numbered from 1 and hash-chained; segment-reader.ts says how damage is told from the
 * end of an unfinished write. One process at a time (folder.ts holds the lock).
 */
export class Journal implements BlockArchive {
  /** Bytes of an unfinished write that were cut off when this journal was opened. */
  readonly truncatedBytes: number;
  readonly #folder: string;
  readonly #stored: StoredRecords;
  readonly #parts: JournalParts;
  readonly #writer: SegmentWriter;
  readonly #indexes: SegmentIndexes | null;
  /** Segments that the start took by their indexes. */
  readonly #unread: readonly IndexedSegment[];
  /** Whole records by ordinal, from append until they are durable. */
  readonly #pending = new Map<number, Uint8Array>();
  #pendingBytes = 0;
  readonly #queue = new CommitQueue({
    commit: (records) => this.#commit(records),
    failed: (cause) => this.#die(cause),
  });
  #nextOrdinal: number;
  #link: Uint8Array;
  #closed = false;
  #fault: Halt | null = null;

  private constructor(folder: string, recovered: Recovered, { writer, parts, indexes }: Made) {
    this.#folder = folder;
    this.#stored = new StoredRecords(folder, recovered.segments);
    this.#writer = writer;
    this.#parts = parts;
    this.#indexes = indexes;
    this.#unread = recovered.unread;
    this.#nextOrdinal = recovered.nextOrdinal;
    this.#link = recovered.link;
    this.truncatedBytes = recovered.truncatedBytes;
  }

  /**
   * Reads and checks the journal, the oldest segments by their indexes alone; it must have been created. Halts: journal-corrupt,
   * wrong-ledger, wrong-validator, format-unknown, disk-error.
   */
  static async open(
    folder: string,
    identity: JournalIdentity,
    options: JournalOptions = {},
  ): Promise<Result<Journal, Halt>> {
    const { indexFolder, disk = realDisk } = options;
    const indexes = indexFolder === undefined ? null : new SegmentIndexes(indexFolder, folder);
    const place = { folder, identity, disk };
    const readBytes = options.readBytes ?? STORAGE_LIMITS.journalReadBytes.value;
    const unread = indexes === null ? null : { indexes, readBytes };
    const recovered = await recoverJournal(place, options.begins, unread);
    if (!recovered.ok) return recovered;
    const { segments, fd } = recovered.value;
    const writer = new SegmentWriter(
      {
        ...place,
        segmentBytes: options.segmentBytes ?? STORAGE_LIMITS.segmentBytes.value,
        indexes,
        onCommit: options.onCommit ?? (() => {}),
      },
      segments,
      fd,
    );
    const parts = new JournalParts(options.partOf ?? (() => 0));
    return ok(new Journal(folder, recovered.value, { writer, parts, indexes }));
  }

  /** Ordinal of the newest record, durable or not; 0 when there is none. */
  get lastOrdinal(): number {
    return this.#nextOrdinal - 1;
  }

  get durableOrdinal(): number {
    return this.lastOrdinal - this.#pending.size;
  }

  /** Bytes appended and not yet durable. */
  get backlogBytes(): number {
    return this.#pendingBytes;
  }

  /** The hash chain behind the first `count` records, in hex: what record count + 1 carries. */
  link(count: number): string {
    assert(count >= 0 && count < this.#nextOrdinal, `the journal has no record ${count}`);
    if (count === this.lastOrdinal) return toHex(this.#link);
    const ordinal = count + 1;
    const record = this.#pending.get(ordinal) ?? this.#stored.record(ordinal);
    return toHex(this.#stored.header(record, ordinal).link);
  }

  /** Bytes on disk, headers included. */
  get bytes(): number {
    return this.#stored.bytes;
  }

  /** Files of it. */
  get segments(): number {
    return this.#stored.segments;
  }

  /**
   * Removes the segments that have none but the first `records` records, oldest first, so that a crash leaves a
   * journal that begins later. What they held must be durable elsewhere. The newest segment stays. Returns how
   * many are gone; rejects with the system's error.
   */
  async drop(records: number): Promise<number> {
    const gone = await this.#stored.drop(records);
    await this.#indexes?.tidy(this.#stored.firstOrdinal);
    return gone;
  }

  /** Bytes that the start has not read. */
  get unreadBytes(): number {
    return this.#unread.reduce((sum, { segment }) => sum + segment.bytes, 0);
  }

  /** Reads what the start has not, and yields the length of each record. Throws like `read`. */
  async *readUnread(): AsyncGenerator<number> {
    for (const { segment, link } of this.#unread) yield* this.#stored.check(segment, link);
  }

  /**
   * Numbers the payloads at once (`read` sees them from here on) and resolves when they are durable.
   * Appends that arrive while an fsync runs share the next one; `patient` ones wait for one that somebody needs,
   * for a while. Rejects with a StorageFault (disk-error) for ever after the first write or fsync that failed: what
   * such a call left on disk is unknown, so it is never tried again.
   */
  append(payloads: readonly Uint8Array[], patient = false): Promise<void> {
    if (this.#fault !== null) return Promise.reject(new StorageFault(this.#fault));
    failpoint('before-append');
    const records = payloads.map((payload) => this.#number(payload));
    failpoint('after-append');
    return this.#queue.push(records, patient);
  }

  /** Something waits for everything appended so far. */
  hurry(): void {
    this.#queue.hurry();
  }

  /** The payload, to be treated as immutable. Throws a StorageFault (journal-corrupt, disk-error). */
  read(ordinal: number): Uint8Array {
    assert(ordinal >= 1 && ordinal < this.#nextOrdinal, `the journal has no record ${ordinal}`);
    const pending = this.#pending.get(ordinal);
    if (pending !== undefined) return pending.subarray(RECORD_HEADER_BYTES);
    const record = this.#stored.record(ordinal);
    const header = this.#stored.header(record, ordinal);
    const payload = record.subarray(RECORD_HEADER_BYTES);
    if (payloadIntact(header, payload)) return payload;
    throw this.#stored.corrupt(ordinal);
  }

  /** The durable records behind the first `after`, each checked again. Throws like `read`. */
  scan(after = 0): AsyncGenerator<ScannedRecord> {
    return this.#stored.scan(after + 1, fromHex(this.link(after)) as Uint8Array);
  }

  /** Waits until everything appended is durable, then lets go of the files. */
  async close(): Promise<void> {
    await this.#queue.close();
    if (this.#closed) return;
    this.#closed = true;
    this.#fault ??= halt('disk-error', 'the journal is closed');
    this.#stored.close();
    await this.#writer.close();
  }

  #number(payload: Uint8Array): Uint8Array {
    assert(payload.length > 0, 'an empty payload cannot be journalled');
    this.#parts.note(this.#nextOrdinal, payload, () => this.#newest());
    const record = encodeRecord(this.#nextOrdinal, this.#link, payload);
    this.#pending.set(this.#nextOrdinal, record);
    this.#pendingBytes += record.length;
    this.#nextOrdinal += 1;
    this.#link = linkAfter(record);
    return record;
  }

  /** null: there is no record. */
  #newest(): Uint8Array | null {
    const isEmpty = this.#nextOrdinal === this.#stored.firstOrdinal;
    return isEmpty ? null : this.read(this.lastOrdinal);
  }

  async #commit(records: readonly Uint8Array[]): Promise<void> {
    for (const run of this.#parts.runs(this.durableOrdinal + 1, records)) {
      const first = this.durableOrdinal + 1;
      await this.#writer.commit(run.records, run.apart);
      for (const [index, record] of run.records.entries()) {
        this.#pending.delete(first + index);
        this.#pendingBytes -= record.length;
      }
    }
  }

  async #die(cause: unknown): Promise<StorageFault> {
    const detail = `the journal ${this.#folder} cannot be written: ${describe(cause)}. Repair the disk or free space, then start again`;
    this.#fault = halt('disk-error', detail);
    await this.#writer.abandon();
    return new StorageFault(this.#fault);
  }
}
