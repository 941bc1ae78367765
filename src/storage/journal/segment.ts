import path from 'node:path';
import { crc32 } from 'node:zlib';
import { assert } from '../../std/assert.ts';
import type { LaneId, LedgerId } from '../../types/ids.ts';
import { LINK_BYTES } from './record.ts';

/** Whose words a journal holds. An observer has no lane. */
export type JournalIdentity = { readonly ledgerId: LedgerId; readonly lane: LaneId | null };

/**
 * A segment is one file of the journal, named by its first record's ordinal. Its header:
 *
 *      0  magic            8 bytes
 *      8  format version   u32
 *     12  lane             u32, all ones for an observer
 *     16  ledgerId         32 bytes
 *     48  first ordinal    u32
 *     52  link             16 bytes, what the first record carries
 *     68  checksum         u32, CRC-32 of bytes 0..67
 */
export const SEGMENT_HEADER_BYTES = 72;
export const JOURNAL_FORMAT = 1;

const MAGIC = Buffer.from('ALTHJRNL', 'latin1');
const OBSERVER = 0xffffffff;
const VERSION_AT = 8;
const LANE_AT = 12;
const LEDGER_AT = 16;
const ORDINAL_AT = 48;
const LINK_AT = 52;
const CHECKSUM_AT = 68;

export type SegmentHeader = {
  readonly version: number;
  readonly identity: JournalIdentity;
  readonly firstOrdinal: number;
  readonly link: Uint8Array;
};

export function encodeSegmentHeader(
  identity: JournalIdentity,
  firstOrdinal: number,
  link: Uint8Array,
): Uint8Array {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  header.set(MAGIC, 0);
  header.writeUInt32BE(JOURNAL_FORMAT, VERSION_AT);
  header.writeUInt32BE(identity.lane ?? OBSERVER, LANE_AT);
  header.write(identity.ledgerId, LEDGER_AT, 'hex');
  header.writeUInt32BE(firstOrdinal, ORDINAL_AT);
  header.set(link, LINK_AT);
  header.writeUInt32BE(crc32(header.subarray(0, CHECKSUM_AT)), CHECKSUM_AT);
  return header;
}

/** null: the bytes are not an intact segment header. The version may still be an unknown one. */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | null {
  if (bytes.length < SEGMENT_HEADER_BYTES) return null;
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  if (bytes.readUInt32BE(CHECKSUM_AT) !== crc32(bytes.subarray(0, CHECKSUM_AT))) return null;
  const lane = bytes.readUInt32BE(LANE_AT);
  return {
    version: bytes.readUInt32BE(VERSION_AT),
    identity: {
      ledgerId: bytes.toString('hex', LEDGER_AT, ORDINAL_AT) as LedgerId,
      lane: lane === OBSERVER ? null : lane,
    },
    firstOrdinal: bytes.readUInt32BE(ORDINAL_AT),
    link: bytes.subarray(LINK_AT, LINK_AT + LINK_BYTES),
  };
}

const FILE_NAME = /^(\d{10})\.(\w+)$/;

/** Of a segment, or of its index: named by its first record's ordinal. */
export function ordinalFileName(firstOrdinal: number, kind: 'segment' | 'index'): string {
  return `${String(firstOrdinal).padStart(10, '0')}.${kind}`;
}

export function segmentPath(folder: string, firstOrdinal: number): string {
  return path.join(folder, ordinalFileName(firstOrdinal, 'segment'));
}

/** The first ordinal in the name of such a file; null for any other name. */
export function parseOrdinalFileName(name: string, kind: 'segment' | 'index'): number | null {
  const [, digits, found] = FILE_NAME.exec(name) ?? [];
  return found === kind ? Number(digits) : null;
}

/** The first ordinal in a segment's file name; null for any other name. */
export function parseSegmentFileName(name: string): number | null {
  return parseOrdinalFileName(name, 'segment');
}

/** The first ordinals of a journal folder's segments, ascending, and the names of what is none. */
export function segmentsAmong(names: readonly string[]): {
  readonly ordinals: readonly number[];
  readonly others: readonly string[];
} {
  const ordinals = names.flatMap((name) => parseSegmentFileName(name) ?? []);
  const others = names.filter((name) => parseSegmentFileName(name) === null);
  return { ordinals: ordinals.sort((a, b) => a - b), others };
}

/** One segment in memory: its place, and where each of its records begins (4 bytes a record). */
export class Segment {
  readonly firstOrdinal: number;
  readonly path: string;
  #offsets: Uint32Array = new Uint32Array(64);
  #count = 0;
  /** Bytes of the file that are header and whole records. */
  bytes = SEGMENT_HEADER_BYTES;

  constructor(firstOrdinal: number, path: string) {
    this.firstOrdinal = firstOrdinal;
    this.path = path;
  }

  /** One that is read already. */
  static full(firstOrdinal: number, path: string, offsets: Uint32Array, bytes: number): Segment {
    const segment = new Segment(firstOrdinal, path);
    segment.#offsets = offsets;
    segment.#count = offsets.length;
    segment.bytes = bytes;
    return segment;
  }

  get count(): number {
    return this.#count;
  }

  /** Where each of its records begins. */
  get offsets(): Uint32Array {
    return this.#offsets.subarray(0, this.#count);
  }

  /** Notes the next record, which is `size` bytes long with its header. */
  push(size: number): void {
    if (this.#count === this.#offsets.length) this.#resize(this.#count * 2);
    this.#offsets[this.#count] = this.bytes;
    this.#count += 1;
    this.bytes += size;
  }

  /** No further record will be pushed: gives the spare room back. */
  trim(): void {
    this.#resize(this.#count);
  }

  /** Where the record with this ordinal begins and ends. */
  place(ordinal: number): { readonly start: number; readonly end: number } {
    const index = ordinal - this.firstOrdinal;
    assert(index >= 0 && index < this.#count, `segment has no record ${ordinal}`);
    const end = index + 1 < this.#count ? this.#offsets[index + 1]! : this.bytes;
    return { start: this.#offsets[index]!, end };
  }

  #resize(length: number): void {
    const offsets = new Uint32Array(length);
    offsets.set(this.#offsets.subarray(0, this.#count));
    this.#offsets = offsets;
  }
}
