import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { LINK_BYTES, RECORD_HEADER_BYTES } from './record.ts';
import {
  ordinalFileName,
  parseOrdinalFileName,
  SEGMENT_HEADER_BYTES,
  Segment,
  segmentPath,
} from './segment.ts';

/**
 * What a start would learn by reading a full segment, so that it need not:
 *
 *      0  magic             8 bytes
 *      8  format version    u32
 *     12  first ordinal     u32
 *     16  end               u32, where the segment's seal begins
 *     20  link              16 bytes, what the seal carries
 *     36  where each record begins, u32 each
 *         checksum          u32, CRC-32 of all before it
 */
const MAGIC = Buffer.from('ALTHINDX', 'latin1');
const FORMAT = 1;
const VERSION_AT = 8;
const ORDINAL_AT = 12;
const END_AT = 16;
const LINK_AT = 20;
const HEAD_BYTES = LINK_AT + LINK_BYTES;
const WORD = 4;

/** A full segment and what the record behind it carries. */
export type IndexedSegment = { readonly segment: Segment; readonly link: Uint8Array };

export function encodeSegmentIndex({ segment, link }: IndexedSegment): Buffer {
  const { offsets } = segment;
  const bytes = Buffer.alloc(HEAD_BYTES + (offsets.length + 1) * WORD);
  bytes.set(MAGIC);
  bytes.writeUInt32BE(FORMAT, VERSION_AT);
  bytes.writeUInt32BE(segment.firstOrdinal, ORDINAL_AT);
  bytes.writeUInt32BE(segment.bytes, END_AT);
  bytes.set(link, LINK_AT);
  for (const [i, offset] of offsets.entries()) bytes.writeUInt32BE(offset, HEAD_BYTES + i * WORD);
  const sumAt = bytes.length - WORD;
  bytes.writeUInt32BE(crc32(bytes.subarray(0, sumAt)), sumAt);
  return bytes;
}

/** null: these are not the bytes of an index of the segment that begins with this record. */
export function decodeSegmentIndex(
  bytes: Buffer,
  firstOrdinal: number,
  file: string,
): IndexedSegment | null {
  const sumAt = bytes.length - WORD;
  const count = (sumAt - HEAD_BYTES) / WORD;
  if (count < 1 || !Number.isInteger(count)) return null;
  if (bytes.readUInt32BE(sumAt) !== crc32(bytes.subarray(0, sumAt))) return null;
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  if (bytes.readUInt32BE(VERSION_AT) !== FORMAT) return null;
  if (bytes.readUInt32BE(ORDINAL_AT) !== firstOrdinal) return null;
  const offsets = Uint32Array.from({ length: count }, (_, i) =>
    bytes.readUInt32BE(HEAD_BYTES + i * WORD),
  );
  const end = bytes.readUInt32BE(END_AT);
  const isInOrder = offsets.every(
    (offset, i) => (offsets[i + 1] ?? end) > offset + RECORD_HEADER_BYTES,
  );
  if (offsets[0] !== SEGMENT_HEADER_BYTES || !isInOrder) return null;
  const link = new Uint8Array(bytes.subarray(LINK_AT, HEAD_BYTES));
  return { segment: Segment.full(firstOrdinal, file, offsets, end), link };
}

/** The indexes of the full segments of a journal, in a folder beside it: a cache of what these say themselves. */
export class SegmentIndexes {
  readonly #folder: string;
  readonly #journal: string;

  constructor(folder: string, journal: string) {
    this.#folder = folder;
    this.#journal = journal;
  }

  /** null: there is none, or it is damaged. */
  async read(firstOrdinal: number): Promise<IndexedSegment | null> {
    const bytes = await readFile(this.#path(firstOrdinal)).catch(() => null);
    const file = segmentPath(this.#journal, firstOrdinal);
    return bytes === null ? null : decodeSegmentIndex(bytes, firstOrdinal, file);
  }

  /** Not synced: what a crash leaves of it is no index, or this one. Rejects with the system's error. */
  async write(indexed: IndexedSegment): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await writeFile(this.#path(indexed.segment.firstOrdinal), encodeSegmentIndex(indexed));
  }

  /** Removes those of segments that are gone: the oldest that is there begins with this record. */
  async tidy(oldest: number): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const ordinal = parseOrdinalFileName(name, 'index');
      if (ordinal === null || ordinal >= oldest) continue;
      await rm(path.join(this.#folder, name), { force: true });
    }
  }

  #path(firstOrdinal: number): string {
    return path.join(this.#folder, ordinalFileName(firstOrdinal, 'index'));
  }
}
