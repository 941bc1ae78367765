import { type FileHandle, open } from 'node:fs/promises';
import {
  decodeRecordHeader,
  linkAfter,
  payloadIntact,
  RECORD_HEADER_BYTES,
  type RecordHeader,
} from './record.ts';
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from './segment.ts';

/** What the reader finds where the next record should begin. */
export type Entry =
  | {
      readonly kind: 'record';
      readonly ordinal: number;
      /** A view of what was read of the file: whoever keeps it keeps all that. */
      readonly payload: Uint8Array;
    }
  /** The segment was full: another one follows. */
  | { readonly kind: 'seal' }
  | { readonly kind: 'end' }
  /** A write that a crash cut off. Nothing in it was ever acknowledged. */
  | { readonly kind: 'torn' }
  | { readonly kind: 'damaged'; readonly detail: string };

/** What of a segment is read. */
export type SegmentPart = {
  readonly path: string;
  /** What the first record to be read should carry. */
  readonly ordinal: number;
  readonly link: Uint8Array;
  /** Where it begins, if it is not the segment's first. */
  readonly start?: number;
  /** How far to read, if not to the end. */
  readonly size?: number;
};

const WINDOW_BYTES = 1_048_576;
/** A crash leaves whole sectors unwritten; they read as zeros. */
const SECTOR_BYTES = 512;

/**
 * Reads a segment's records one after the other and checks each against the chain.
 *
 * Torn or damaged? A record that does not check is the torn end of an unfinished write if the file
 * ends inside it, or if it and everything behind it is zeros from its first byte or from a sector
 * boundary within it on: that is what a crash leaves. A flipped bit, also one in the very last
 * record, leaves the bytes behind it in place and is damage. (A last record that was acknowledged and
 * then loses whole sectors looks torn; a peer that holds the own block will tell.)
 */
export class SegmentReader {
  readonly #file: FileHandle;
  readonly #size: number;
  #at: number;
  #ordinal: number;
  #link: Uint8Array;
  #window = Buffer.alloc(0);
  #windowAt = 0;

  private constructor(file: FileHandle, size: number, part: SegmentPart) {
    this.#file = file;
    this.#size = size;
    this.#at = part.start ?? SEGMENT_HEADER_BYTES;
    this.#ordinal = part.ordinal;
    this.#link = part.link;
  }

  static async open(part: SegmentPart): Promise<SegmentReader> {
    const file = await open(part.path, 'r');
    try {
      return new SegmentReader(file, part.size ?? (await file.stat()).size, part);
    } catch (cause) {
      await file.close();
      throw cause;
    }
  }

  /** Bytes of the file's header and the records read so far. */
  get position(): number {
    return this.#at;
  }

  get size(): number {
    return this.#size;
  }

  /** What the next record should carry. */
  get link(): Uint8Array {
    return this.#link;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  headerBytes(): Promise<Buffer> {
    return this.#bytes(0, Math.min(SEGMENT_HEADER_BYTES, this.#size));
  }

  /** Is there nothing but zeros from `from`, or from a sector boundary before `to`, to the end? */
  async zeroTail(from: number, to: number): Promise<boolean> {
    const used = await this.#lastNonZero(from);
    if (used < from) return true;
    const boundary = Math.ceil((used + 1) / SECTOR_BYTES) * SECTOR_BYTES;
    return boundary < Math.min(to, this.#size);
  }

  async next(): Promise<Entry> {
    const start = this.#at;
    if (start === this.#size) return { kind: 'end' };
    const payloadAt = start + RECORD_HEADER_BYTES;
    if (payloadAt > this.#size) return { kind: 'torn' };
    const header = decodeRecordHeader(await this.#bytes(start, RECORD_HEADER_BYTES));
    if (header === null) return this.#broken(payloadAt, 'the header does not match its checksum');
    const misplaced = this.#misplaced(header);
    if (misplaced !== null) return this.#damaged(misplaced);
    const end = payloadAt + header.length;
    if (header.length === 0) return this.#seal(end);
    if (end > this.#size) return { kind: 'torn' };
    const record = await this.#bytes(start, RECORD_HEADER_BYTES + header.length);
    const payload = record.subarray(RECORD_HEADER_BYTES);
    if (!payloadIntact(header, payload)) {
      return this.#broken(end, 'the payload does not match its checksum');
    }
    this.#at = end;
    this.#ordinal += 1;
    this.#link = linkAfter(record);
    return { kind: 'record', ordinal: header.ordinal, payload };
  }

  #misplaced(header: RecordHeader): string | null {
    if (header.ordinal !== this.#ordinal) return `record ${header.ordinal} stands in its place`;
    if (Buffer.compare(header.link, this.#link) !== 0) return 'it does not follow its predecessor';
    return null;
  }

  #seal(end: number): Entry {
    if (end !== this.#size) return this.#damaged('bytes follow the end of the segment');
    return { kind: 'seal' };
  }

  async #broken(end: number, detail: string): Promise<Entry> {
    return (await this.zeroTail(this.#at, end)) ? { kind: 'torn' } : this.#damaged(detail);
  }

  #damaged(detail: string): Entry {
    return { kind: 'damaged', detail: `record ${this.#ordinal} at byte ${this.#at}: ${detail}` };
  }

  async #lastNonZero(from: number): Promise<number> {
    let last = from - 1;
    for (let at = from; at < this.#size; at += WINDOW_BYTES) {
      const bytes = await this.#bytes(at, Math.min(WINDOW_BYTES, this.#size - at));
      const found = bytes.findLastIndex((byte) => byte !== 0);
      if (found >= 0) last = at + found;
    }
    return last;
  }

  /** A view of the file, valid until the next call. The range lies within `size`. */
  async #bytes(start: number, length: number): Promise<Buffer> {
    const offset = start - this.#windowAt;
    if (offset >= 0 && offset + length <= this.#window.length) {
      return this.#window.subarray(offset, offset + length);
    }
    const wanted = Math.min(Math.max(length, WINDOW_BYTES), this.#size - start);
    const window = Buffer.allocUnsafeSlow(wanted);
    let done = 0;
    while (done < wanted) {
      const { bytesRead } = await this.#file.read(window, done, wanted - done, start + done);
      if (bytesRead === 0) throw new Error(`the file became shorter than ${this.#size} bytes`);
      done += bytesRead;
    }
    this.#window = window;
    this.#windowAt = start;
    return window.subarray(0, length);
  }
}

/** null: the file does not begin with an intact one. Rejects with the system's error. */
export async function readSegmentHeader(path: string): Promise<SegmentHeader | null> {
  return decodeSegmentHeader(await readPiece(path, 0, SEGMENT_HEADER_BYTES));
}

/** null: the file does not end with a seal that begins at this byte. Rejects with the system's error. */
export async function readSeal(path: string, at: number): Promise<RecordHeader | null> {
  const bytes = await readPiece(path, at, RECORD_HEADER_BYTES + 1);
  const header = bytes.length === RECORD_HEADER_BYTES ? decodeRecordHeader(bytes) : null;
  return header?.length === 0 ? header : null;
}

/** Less where the file ends before. */
async function readPiece(path: string, at: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, at);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
