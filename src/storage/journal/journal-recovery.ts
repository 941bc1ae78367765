import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { toHex } from '../../codec/hex.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { describe, type Halt, halt } from '../fault.ts';
import { type JournalDisk, prepared } from './journal-disk.ts';
import { LINK_BYTES, RECORD_HEADER_BYTES } from './record.ts';
import {
  decodeSegmentHeader,
  JOURNAL_FORMAT,
  type JournalIdentity,
  SEGMENT_HEADER_BYTES,
  Segment,
  type SegmentHeader,
  segmentPath,
  segmentsAmong,
} from './segment.ts';
import type { IndexedSegment, SegmentIndexes } from './segment-index.ts';
import { readSeal, readSegmentHeader, SegmentReader } from './segment-reader.ts';

/** What every journal's first record carries as link. */
export const FIRST_LINK = new Uint8Array(LINK_BYTES);

export type JournalPlace = {
  readonly folder: string;
  readonly identity: JournalIdentity;
  readonly disk: JournalDisk;
};

export type Recovered = {
  readonly segments: Segment[];
  /** The last segment, open for writing. */
  readonly fd: number;
  /** What the next record will carry. */
  readonly link: Uint8Array;
  readonly nextOrdinal: number;
  /** Bytes of an unfinished write that were cut off. */
  readonly truncatedBytes: number;
  /** Those of the segments that were taken by their indexes, the oldest first. */
  readonly unread: readonly IndexedSegment[];
};

/** Which segments need not be read: those with an index, but for so many bytes of the newest. */
export type Unread = { readonly indexes: SegmentIndexes; readonly readBytes: number };

/** A journal whose first records may be gone, and the hash chain behind them, in hex. */
export type JournalBeginning = { readonly records: number; readonly link: string };

export const FROM_THE_FIRST: JournalBeginning = { records: 0, link: toHex(FIRST_LINK) };

const ADVICE =
  'This validator may have forgotten what it said, so it must never sign with this key again: ' +
  'keep the folder for inspection and start as an observer or with a new key';

class Damage extends Error {}

/**
 * Reads the journal, which has every record behind those of `begins`, checks every byte of it, cuts off the torn end of the last segment, and
 * makes durable what is kept: records that a killed process had written but not yet synced are part
 * of the journal from here on. Of full segments that `unread` leaves out it looks at the header, the index and the seal.
 */
export async function recoverJournal(
  place: JournalPlace,
  begins: JournalBeginning = FROM_THE_FIRST,
  unread: Unread | null = null,
): Promise<Result<Recovered, Halt>> {
  const { folder } = place;
  try {
    return await new Recovery(place, begins, unread).run();
  } catch (cause) {
    if (cause instanceof Damage) {
      return err(halt('journal-corrupt', `journal ${folder}: ${cause.message}. ${ADVICE}`));
    }
    return err(halt('disk-error', `journal ${folder} cannot be read: ${describe(cause)}`));
  }
}

type Progress = { link: Uint8Array; nextOrdinal: number; truncatedBytes: number };

class Recovery {
  readonly #folder: string;
  readonly #identity: JournalIdentity;
  readonly #disk: JournalDisk;
  readonly #begins: JournalBeginning;
  /** What the record behind those of `begins` carries, when it was come by. */
  #linkThere: string | null = null;
  readonly #mayLeave: Unread | null;
  readonly #segments: Segment[] = [];
  readonly #unread: IndexedSegment[] = [];
  /** Segments before this one are old enough to be left unread. */
  #readFrom = 0;
  readonly #done: Progress = { link: FIRST_LINK, nextOrdinal: 1, truncatedBytes: 0 };
  /** The newest segment read ends with a seal or in a torn one: another must follow. */
  #ended = false;

  constructor(place: JournalPlace, begins: JournalBeginning, unread: Unread | null) {
    this.#begins = begins;
    this.#mayLeave = unread;
    this.#folder = place.folder;
    this.#identity = place.identity;
    this.#disk = place.disk;
  }

  async run(): Promise<Result<Recovered, Halt>> {
    const ordinals = await this.#listSegments();
    await this.#beginWith(ordinals[0]!);
    this.#readFrom = await this.#firstToRead(ordinals);
    for (const [index, ordinal] of ordinals.entries()) {
      const halted = await this.#segment(ordinal, index + 1 === ordinals.length);
      if (halted !== null) return err(halted);
    }
    if (this.#ended) throw new Damage('its last segment is missing');
    this.#noteLink();
    if (this.#linkThere !== this.#begins.link) {
      throw new Damage(
        `its first ${this.#begins.records} records are other ones, or not all there`,
      );
    }
    const fd = await this.#openLast();
    return ok({ segments: this.#segments, unread: this.#unread, fd, ...this.#done });
  }

  async #listSegments(): Promise<readonly number[]> {
    const names = existsSync(this.#folder) ? await readdir(this.#folder) : [];
    const { ordinals, others } = segmentsAmong(names);
    if (others.length > 0) throw new Damage(`${others[0]} is not a segment`);
    if (ordinals.length === 0) throw new Damage('all of its segments are missing');
    return ordinals;
  }

  /** The oldest segment there is says what its first record carries: held against `begins` in the end. */
  async #beginWith(first: number): Promise<void> {
    if (first === 1 || first > this.#begins.records + 1) return;
    const header = await readSegmentHeader(segmentPath(this.#folder, first));
    if (header === null) return;
    this.#done.nextOrdinal = first;
    this.#done.link = header.link;
  }

  #noteLink(): void {
    if (this.#done.nextOrdinal === this.#begins.records + 1) {
      this.#linkThere = toHex(this.#done.link);
    }
  }

  async #segment(ordinal: number, isLast: boolean): Promise<Halt | null> {
    const next = this.#done.nextOrdinal;
    if (ordinal !== next) throw new Damage(`the segment of record ${next} is missing`);
    const segment = new Segment(ordinal, segmentPath(this.#folder, ordinal));
    if (await this.#takenUnread(segment)) return null;
    const reader = await SegmentReader.open({
      path: segment.path,
      ordinal,
      link: this.#done.link,
    });
    try {
      const header = decodeSegmentHeader(await reader.headerBytes());
      if (header === null) {
        await this.#dropUnfinished(segment, reader, isLast);
        return null;
      }
      const halted = this.#foreign(header, segment);
      if (halted !== null) return halted;
      await this.#records(segment, reader, isLast);
    } finally {
      await reader.close();
    }
    return null;
  }

  /** The newest segments, `readBytes` of them and the one in which that many begin. */
  async #firstToRead(ordinals: readonly number[]): Promise<number> {
    const { readBytes } = this.#mayLeave ?? { readBytes: Number.POSITIVE_INFINITY };
    let bytes = 0;
    for (const ordinal of ordinals.toReversed()) {
      bytes += (await stat(segmentPath(this.#folder, ordinal))).size;
      if (bytes > readBytes) return ordinal;
    }
    return 0;
  }

  /**
   * Its index says where it ends, and what stands there is a seal that carries what the index says. That nothing
   * before it has changed is looked at later. Whatever is not so is for who reads the segment to say.
   */
  async #takenUnread({ firstOrdinal, path }: Segment): Promise<boolean> {
    if (this.#mayLeave === null || firstOrdinal >= this.#readFrom) return false;
    const indexed = await this.#mayLeave.indexes.read(firstOrdinal);
    if (indexed === null) return false;
    const { segment, link } = indexed;
    const next = firstOrdinal + segment.count;
    const { records } = this.#begins;
    if (records + 1 > firstOrdinal && records + 1 < next) return false;
    const header = await readSegmentHeader(path);
    if (header === null || this.#foreign(header, segment) !== null) return false;
    const seal = await readSeal(path, segment.bytes);
    if (seal?.ordinal !== next || Buffer.compare(seal.link, link) !== 0) return false;
    this.#noteLink();
    this.#segments.push(segment);
    this.#unread.push(indexed);
    this.#done.nextOrdinal = next;
    this.#done.link = link;
    this.#ended = true;
    return true;
  }

  /** A crash while a segment was being created leaves one without a whole header. */
  async #dropUnfinished(segment: Segment, reader: SegmentReader, isLast: boolean): Promise<void> {
    const isUnfinished =
      reader.size < SEGMENT_HEADER_BYTES || (await reader.zeroTail(0, SEGMENT_HEADER_BYTES));
    if (!isUnfinished || !isLast || this.#ended || this.#segments.length === 0) {
      throw new Damage(`the header of ${segment.path} is damaged`);
    }
    await rm(segment.path);
    this.#done.truncatedBytes += reader.size;
  }

  #foreign(header: SegmentHeader, segment: Segment): Halt | null {
    const { identity } = header;
    if (header.version !== JOURNAL_FORMAT) {
      const detail = `${segment.path} has format ${header.version}, this program knows ${JOURNAL_FORMAT}: use the program that wrote it`;
      return halt('format-unknown', detail);
    }
    if (identity.ledgerId !== this.#identity.ledgerId) {
      return halt('wrong-ledger', `${segment.path} belongs to ledger ${identity.ledgerId}`);
    }
    if (identity.lane !== this.#identity.lane) {
      return halt('wrong-validator', `${segment.path} belongs to ${laneName(identity.lane)}`);
    }
    if (header.firstOrdinal !== segment.firstOrdinal) {
      throw new Damage(`${segment.path} begins with record ${header.firstOrdinal}`);
    }
    if (Buffer.compare(header.link, this.#done.link) !== 0) {
      throw new Damage(`${segment.path} does not follow the segment before it`);
    }
    return null;
  }

  async #records(segment: Segment, reader: SegmentReader, isLast: boolean): Promise<void> {
    for (;;) {
      this.#noteLink();
      const entry = await reader.next();
      if (entry.kind === 'damaged') throw new Damage(`${segment.path}: ${entry.detail}`);
      if (entry.kind !== 'record') {
        await this.#finish(segment, reader, entry.kind, isLast);
        return;
      }
      segment.push(RECORD_HEADER_BYTES + entry.payload.length);
      this.#done.nextOrdinal = entry.ordinal + 1;
      this.#done.link = reader.link;
    }
  }

  async #finish(
    segment: Segment,
    reader: SegmentReader,
    end: 'seal' | 'end' | 'torn',
    isLast: boolean,
  ): Promise<void> {
    this.#segments.push(segment);
    this.#ended = end === 'seal';
    if (!isLast) segment.trim();
    if (end === 'seal' && segment.firstOrdinal < this.#readFrom) {
      await this.#mayLeave?.indexes.write({ segment, link: this.#done.link });
    }
    // In front of another segment only a seal can be torn: that one's link shows that no record is missing.
    if (end === 'torn' && isLast) this.#done.truncatedBytes += reader.size - reader.position;
  }

  async #openLast(): Promise<number> {
    const last = this.#segments.at(-1)!;
    const fd = await this.#disk.open(last.path, false);
    return prepared(this.#disk, fd, async () => {
      await this.#disk.truncate(fd, last.bytes);
      await this.#disk.sync(fd);
      await this.#disk.syncFolder(this.#folder);
    });
  }
}

function laneName(lane: number | null): string {
  return lane === null ? 'an observer' : `validator ${lane}`;
}
