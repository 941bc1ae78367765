import { mkdir, rm } from 'node:fs/promises';
import { fromHex, toHex } from '../codec/hex.ts';
import type { BlockArchive } from '../replica/ports.ts';
import { assert } from '../std/assert.ts';
import { ok, type Result } from '../std/result.ts';
import { STORAGE_LIMITS } from '../types/limits.ts';
import { CommitQueue } from './commit-queue.ts';
import { failpoint } from './failpoint.ts';
import { describe, type Halt, halt, StorageFault } from './fault.ts';
import { type JournalDisk, realDisk } from './journal-disk.ts';
import { JournalParts, type PartOf } from './journal-parts.ts';
import {
  FIRST_LINK,
  type JournalBeginning,
  type Recovered,
  recoverJournal,
} from './journal-recovery.ts';
import {
  decodeRecordHeader,
  encodeRecord,
  linkAfter,
  payloadIntact,
  RECORD_HEADER_BYTES,
  type RecordHeader,
} from './record.ts';
import type { JournalIdentity, Segment } from './segment.ts';
import { SegmentFiles } from './segment-files.ts';
import { type SegmentPart, SegmentReader } from './segment-reader.ts';
import { createSegment, SegmentWriter } from './segment-writer.ts';

export type JournalOptions = {
  /** Size from which on the next records go to a new segment. */
  readonly segmentBytes?: number;
  readonly disk?: JournalDisk;
  /** Where it may begin: older records may be gone. */
  readonly begins?: JournalBeginning;
  readonly partOf?: PartOf;
  /** Called after each fsync: how long write and fsync took, and how many bytes they made durable. */
  readonly onCommit?: (durationMs: number, bytes: number) => void;
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
  readonly #segments: Segment[];
  readonly #parts: JournalParts;
  readonly #writer: SegmentWriter;
  readonly #files = new SegmentFiles();
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

  private constructor(folder: string, recovered: Recovered, writer: SegmentWriter, partOf: PartOf) {
    this.#folder = folder;
    this.#segments = recovered.segments;
    this.#writer = writer;
    this.#parts = new JournalParts(partOf);
    this.#nextOrdinal = recovered.nextOrdinal;
    this.#link = recovered.link;
    this.truncatedBytes = recovered.truncatedBytes;
  }

  /**
   * Reads and checks the whole journal; it must have been created. Halts: journal-corrupt,
   * wrong-ledger, wrong-validator, format-unknown, disk-error.
   */
  static async open(
    folder: string,
    identity: JournalIdentity,
    options: JournalOptions = {},
  ): Promise<Result<Journal, Halt>> {
    const place = { folder, identity, disk: options.disk ?? realDisk };
    const recovered = await recoverJournal(place, options.begins);
    if (!recovered.ok) return recovered;
    const { segments, fd } = recovered.value;
    const writer = new SegmentWriter(
      {
        ...place,
        segmentBytes: options.segmentBytes ?? STORAGE_LIMITS.segmentBytes.value,
        onCommit: options.onCommit ?? (() => {}),
      },
      segments,
      fd,
    );
    return ok(new Journal(folder, recovered.value, writer, options.partOf ?? (() => 0)));
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
    const record = this.#pending.get(ordinal) ?? this.#load(this.#segmentOf(ordinal), ordinal);
    return toHex(this.#headerOf(record, ordinal).link);
  }

  /** Bytes on disk, headers included. */
  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** Files of it. */
  get segments(): number {
    return this.#segments.length;
  }

  /**
   * Removes the segments that have none but the first `records` records, oldest first, so that a crash leaves a
   * journal that begins later. What they held must be durable elsewhere. The newest segment stays. Returns how
   * many are gone; rejects with the system's error.
   */
  async drop(records: number): Promise<number> {
    let gone = 0;
    while (this.#segments.length > 1 && this.#segments[1]!.firstOrdinal <= records + 1) {
      const { path } = this.#segments.shift()!;
      failpoint('before-drop');
      this.#files.forget(path);
      await rm(path);
      failpoint('after-drop');
      gone++;
    }
    if (gone > 0) await realDisk.syncFolder(this.#folder);
    return gone;
  }

  /** Why nothing can be appended any more; null while the journal works. */
  get fault(): Halt | null {
    return this.#fault;
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
    const record = this.#load(this.#segmentOf(ordinal), ordinal);
    const header = this.#headerOf(record, ordinal);
    const payload = record.subarray(RECORD_HEADER_BYTES);
    if (payloadIntact(header, payload)) return payload;
    throw this.#corrupt(ordinal);
  }

  /** The durable records behind the first `after`, each checked again. Throws like `read`. */
  async *scan(
    after = 0,
  ): AsyncGenerator<{ readonly ordinal: number; readonly payload: Uint8Array }> {
    let link: Uint8Array = fromHex(this.link(after)) as Uint8Array;
    let first = after + 1;
    for (const segment of [...this.#segments]) {
      const { path, firstOrdinal, bytes, count } = segment;
      if (firstOrdinal + count <= first) continue;
      const { start } = segment.place(first);
      const reader = await this.#reader({ path, ordinal: first, link, size: bytes, start });
      try {
        for (;;) {
          const entry = await reader.next();
          if (entry.kind === 'end') break;
          if (entry.kind !== 'record') {
            const detail = entry.kind === 'damaged' ? entry.detail : `unexpected ${entry.kind}`;
            throw new StorageFault(halt('journal-corrupt', `${path}: ${detail}`));
          }
          yield entry;
        }
        link = reader.link;
        first = firstOrdinal + count;
      } finally {
        await reader.close();
      }
    }
  }

  /** Waits until everything appended is durable, then lets go of the files. */
  async close(): Promise<void> {
    await this.#queue.close();
    if (this.#closed) return;
    this.#closed = true;
    this.#fault ??= halt('disk-error', 'the journal is closed');
    this.#files.close();
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
    const isEmpty = this.#nextOrdinal === this.#segments[0]!.firstOrdinal;
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

  #segmentOf(ordinal: number): Segment {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#segments[middle]!.firstOrdinal <= ordinal) low = middle;
      else high = middle - 1;
    }
    return this.#segments[low]!;
  }

  #load(segment: Segment, ordinal: number): Uint8Array {
    const { start, end } = segment.place(ordinal);
    try {
      return this.#files.read(segment.path, start, end);
    } catch (cause) {
      throw new StorageFault(halt('disk-error', `record ${ordinal}: ${describe(cause)}`));
    }
  }

  #headerOf(record: Uint8Array, ordinal: number): RecordHeader {
    const header = decodeRecordHeader(Buffer.from(record.buffer, 0, RECORD_HEADER_BYTES));
    if (header === null || header.ordinal !== ordinal) throw this.#corrupt(ordinal);
    return header;
  }

  #corrupt(ordinal: number): StorageFault {
    const { path } = this.#segmentOf(ordinal);
    return new StorageFault(halt('journal-corrupt', `${path}: record ${ordinal}`));
  }

  async #reader(part: SegmentPart): Promise<SegmentReader> {
    try {
      return await SegmentReader.open(part);
    } catch (cause) {
      throw new StorageFault(halt('disk-error', describe(cause)));
    }
  }
}
