import { rm } from 'node:fs/promises';
import { countLeading } from '../../std/search.ts';
import { failpoint } from '../failpoint.ts';
import { describe, halt, StorageFault } from '../fault.ts';
import { OpenFiles } from '../open-files.ts';
import { realDisk } from './journal-disk.ts';
import { decodeRecordHeader, RECORD_HEADER_BYTES, type RecordHeader } from './record.ts';
import type { Segment } from './segment.ts';
import { readSegmentHeader, SegmentReader } from './segment-reader.ts';

/** A record as it was found again. */
export type ScannedRecord = { readonly ordinal: number; readonly payload: Uint8Array };

/** The records in the files of a journal, by their ordinals. Throws a StorageFault (journal-corrupt, disk-error). */
export class StoredRecords {
  readonly #folder: string;
  /** The oldest first; there is always one. The writer adds to them. */
  readonly #segments: Segment[];
  readonly #files = new OpenFiles();

  constructor(folder: string, segments: Segment[]) {
    this.#folder = folder;
    this.#segments = segments;
  }

  /** Bytes on disk, headers included. */
  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  get segments(): number {
    return this.#segments.length;
  }

  /** Of the oldest record, or the first one that will be there. */
  get firstOrdinal(): number {
    return this.#segments[0]!.firstOrdinal;
  }

  /** Header and payload, neither of them looked at. */
  record(ordinal: number): Uint8Array {
    const segment = this.#segmentOf(ordinal);
    const { start, end } = segment.place(ordinal);
    try {
      return this.#files.read(segment.path, start, end);
    } catch (cause) {
      throw new StorageFault(halt('disk-error', `record ${ordinal}: ${describe(cause)}`));
    }
  }

  header(record: Uint8Array, ordinal: number): RecordHeader {
    const header = decodeRecordHeader(Buffer.from(record.buffer, 0, RECORD_HEADER_BYTES));
    if (header === null || header.ordinal !== ordinal) throw this.corrupt(ordinal);
    return header;
  }

  corrupt(ordinal: number): StorageFault {
    const { path } = this.#segmentOf(ordinal);
    return new StorageFault(halt('journal-corrupt', `${path}: record ${ordinal}`));
  }

  /** From this ordinal on, where the hash chain is at `link`; each checked again. */
  async *scan(ordinal: number, link: Uint8Array): AsyncGenerator<ScannedRecord> {
    const at = { ordinal, link };
    for (const segment of [...this.#segments]) {
      if (segment.firstOrdinal + segment.count <= at.ordinal) continue;
      yield* recordsOf(segment, at);
    }
  }

  /** The lengths of all records of one segment, each checked, until it is dropped. `link`: behind the last of them. */
  async *check(segment: Segment, link: Uint8Array): AsyncGenerator<number> {
    const isThere = () => this.#segments.includes(segment);
    try {
      if (isThere()) yield* lengthsOf(segment, link);
    } catch (cause) {
      if (isThere()) throw cause;
    }
  }

  /** Removes the segments that have none but the first `records` records; see `Journal.drop`. */
  async drop(records: number): Promise<number> {
    let gone = 0;
    while (this.#segments.length > 1 && this.#segments[1]!.firstOrdinal <= records + 1) {
      const { path } = this.#segments.shift()!;
      failpoint('before-drop');
      this.#files.forget(path);
      await rm(path);
      // Before the next one goes: two names that are gone may come back in any order.
      await realDisk.syncFolder(this.#folder);
      failpoint('after-drop');
      gone++;
    }
    return gone;
  }

  close(): void {
    this.#files.close();
  }

  #segmentOf(ordinal: number): Segment {
    const segments = this.#segments;
    const begun = countLeading(segments.length, (at) => segments[at]!.firstOrdinal <= ordinal);
    return segments[Math.max(0, begun - 1)]!;
  }
}

/** From the record at `at` on, which is moved behind the last. */
async function* recordsOf(
  segment: Segment,
  at: { ordinal: number; link: Uint8Array },
): AsyncGenerator<ScannedRecord> {
  const { path, bytes } = segment;
  const { start } = segment.place(at.ordinal);
  const reader = await SegmentReader.open({ path, ...at, size: bytes, start }).catch(unreadable);
  try {
    for (;;) {
      const entry = await reader.next().catch(unreadable);
      if (entry.kind === 'end') break;
      if (entry.kind !== 'record') {
        const detail = entry.kind === 'damaged' ? entry.detail : `unexpected ${entry.kind}`;
        throw new StorageFault(halt('journal-corrupt', `${path}: ${detail}`));
      }
      // Whoever takes it may keep it.
      yield { ordinal: entry.ordinal, payload: new Uint8Array(entry.payload) };
    }
    at.ordinal = segment.firstOrdinal + segment.count;
    at.link = reader.link;
  } finally {
    await reader.close();
  }
}

async function* lengthsOf(segment: Segment, link: Uint8Array): AsyncGenerator<number> {
  const { firstOrdinal: ordinal, path } = segment;
  const header = await readSegmentHeader(path).catch(unreadable);
  const at = { ordinal, link: header?.link ?? new Uint8Array(0) };
  for await (const { payload } of recordsOf(segment, at)) {
    yield RECORD_HEADER_BYTES + payload.length;
  }
  if (Buffer.compare(at.link, link) === 0) return;
  throw new StorageFault(halt('journal-corrupt', `${path}: its last record is another one`));
}

function unreadable(cause: unknown): never {
  throw new StorageFault(halt('disk-error', describe(cause)));
}
