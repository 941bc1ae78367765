import { failpoint } from '../failpoint.ts';
import { type JournalDisk, prepared } from './journal-disk.ts';
import { decodeRecordHeader, encodeRecord, RECORD_HEADER_BYTES } from './record.ts';
import { encodeSegmentHeader, type JournalIdentity, Segment, segmentPath } from './segment.ts';
import type { SegmentIndexes } from './segment-index.ts';

export type SegmentWriterOptions = {
  readonly folder: string;
  readonly identity: JournalIdentity;
  readonly disk: JournalDisk;
  readonly segmentBytes: number;
  /** null: none are kept. */
  readonly indexes: SegmentIndexes | null;
  readonly onCommit: (durationMs: number, bytes: number) => void;
};

/** Writes records behind the last segment, and begins a new one when it is full. All rejections are final. */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #segments: Segment[];
  #fd: number;

  /** `fd` is the last segment's. Appends to `segments`. */
  constructor(options: SegmentWriterOptions, segments: Segment[], fd: number) {
    this.#options = options;
    this.#segments = segments;
    this.#fd = fd;
  }

  /** Resolves when the records, which are whole and in order, are durable; `apart`: in a segment of their own. */
  async commit(records: readonly Uint8Array[], apart: boolean): Promise<void> {
    const { disk, segmentBytes, onCommit } = this.#options;
    const isFull = this.#active.bytes >= segmentBytes;
    if (this.#active.count > 0 && (isFull || apart)) await this.#rotate(records[0]!);
    const bytes = Buffer.concat(records);
    const started = performance.now();
    failpoint('before-write');
    await disk.write(this.#fd, bytes, this.#active.bytes);
    failpoint('after-write');
    failpoint('before-fsync');
    await disk.datasync(this.#fd);
    failpoint('after-fsync');
    onCommit(performance.now() - started, bytes.length);
    for (const record of records) this.#active.push(record.length);
  }

  /**
   * After a rejection: takes away what the failed call may have written. None of it was
   * acknowledged; left in the file, it could look durable to the next start.
   */
  async abandon(): Promise<void> {
    await this.#options.disk.truncate(this.#fd, this.#active.bytes).catch(() => {});
  }

  close(): Promise<void> {
    return this.#options.disk.close(this.#fd);
  }

  get #active(): Segment {
    return this.#segments.at(-1)!;
  }

  /** The successor is durable before the seal says that there is one. */
  async #rotate(first: Uint8Array): Promise<void> {
    const { disk, folder, indexes } = this.#options;
    const full = this.#active;
    const ordinal = full.firstOrdinal + full.count;
    const { link } = decodeRecordHeader(Buffer.from(first.buffer, 0, RECORD_HEADER_BYTES))!;
    failpoint('before-segment');
    const fd = await createSegment(this.#options, ordinal, link);
    failpoint('after-segment');
    failpoint('before-seal');
    await disk.write(this.#fd, encodeRecord(ordinal, link, new Uint8Array(0)), full.bytes);
    await disk.datasync(this.#fd);
    failpoint('after-seal');
    await disk.close(this.#fd);
    this.#fd = fd;
    full.trim();
    this.#segments.push(new Segment(ordinal, segmentPath(folder, ordinal)));
    await indexes?.write({ segment: full, link });
  }
}

/** A durable segment without records. Resolves with its descriptor, open for writing. */
export async function createSegment(
  place: Pick<SegmentWriterOptions, 'disk' | 'folder' | 'identity'>,
  firstOrdinal: number,
  link: Uint8Array,
): Promise<number> {
  const { disk, folder, identity } = place;
  const fd = await disk.open(segmentPath(folder, firstOrdinal), true);
  return prepared(disk, fd, async () => {
    await disk.write(fd, encodeSegmentHeader(identity, firstOrdinal, link), 0);
    await disk.sync(fd);
    await disk.syncFolder(folder);
  });
}
