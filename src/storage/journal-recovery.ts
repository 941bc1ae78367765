import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { toHex } from '../codec/hex.ts';
import { err, ok, type Result } from '../std/result.ts';
import { describe, type Halt, halt } from './fault.ts';
import { type JournalDisk, prepared } from './journal-disk.ts';
import { LINK_BYTES, RECORD_HEADER_BYTES } from './record.ts';
import {
  decodeSegmentHeader,
  JOURNAL_FORMAT,
  type JournalIdentity,
  parseSegmentFileName,
  SEGMENT_HEADER_BYTES,
  Segment,
  type SegmentHeader,
  segmentPath,
} from './segment.ts';
import { readSegmentHeader, SegmentReader } from './segment-reader.ts';

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
};

/** A journal whose first records may be gone, and the hash chain behind them, in hex. */
export type JournalBeginning = { readonly records: number; readonly link: string };

export const FROM_THE_FIRST: JournalBeginning = { records: 0, link: toHex(FIRST_LINK) };

const ADVICE =
  'This validator may have forgotten what it said, so it must never sign with this key again: ' +
  'keep the folder for inspection and start as an observer or with a new key';

class Damage extends Error {}

/**
 * Reads the whole journal, which has every record behind those of `begins`, checks every byte of it, cuts off the torn end of the last segment, and
 * makes durable what is kept: records that a killed process had written but not yet synced are part
 * of the journal from here on.
 */
export async function recoverJournal(
  place: JournalPlace,
  begins: JournalBeginning = FROM_THE_FIRST,
): Promise<Result<Recovered, Halt>> {
  const { folder } = place;
  try {
    return await new Recovery(place, begins).run();
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
  readonly #segments: Segment[] = [];
  readonly #done: Progress = { link: FIRST_LINK, nextOrdinal: 1, truncatedBytes: 0 };
  /** The newest segment read ends with a seal or in a torn one: another must follow. */
  #ended = false;

  constructor(place: JournalPlace, begins: JournalBeginning) {
    this.#begins = begins;
    this.#folder = place.folder;
    this.#identity = place.identity;
    this.#disk = place.disk;
  }

  async run(): Promise<Result<Recovered, Halt>> {
    const ordinals = await this.#listSegments();
    await this.#beginWith(ordinals[0]!);
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
    return ok({ segments: this.#segments, fd, ...this.#done });
  }

  async #listSegments(): Promise<number[]> {
    const names = existsSync(this.#folder) ? await readdir(this.#folder) : [];
    const ordinals = names.map((name) => {
      const ordinal = parseSegmentFileName(name);
      if (ordinal === null) throw new Damage(`${name} is not a segment`);
      return ordinal;
    });
    if (ordinals.length === 0) throw new Damage('all of its segments are missing');
    return ordinals.sort((a, b) => a - b);
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

  async #segment(ordinal: number, last: boolean): Promise<Halt | null> {
    const next = this.#done.nextOrdinal;
    if (ordinal !== next) throw new Damage(`the segment of record ${next} is missing`);
    const segment = new Segment(ordinal, segmentPath(this.#folder, ordinal));
    const reader = await SegmentReader.open({
      ...{ path: segment.path, ordinal },
      link: this.#done.link,
    });
    try {
      const header = decodeSegmentHeader(await reader.headerBytes());
      if (header === null) {
        await this.#dropUnfinished(segment, reader, last);
        return null;
      }
      const halted = this.#foreign(header, segment);
      if (halted !== null) return halted;
      await this.#records(segment, reader, last);
    } finally {
      await reader.close();
    }
    return null;
  }

  /** A crash while a segment was being created leaves one without a whole header. */
  async #dropUnfinished(segment: Segment, reader: SegmentReader, last: boolean): Promise<void> {
    const unfinished =
      reader.size < SEGMENT_HEADER_BYTES || (await reader.zeroTail(0, SEGMENT_HEADER_BYTES));
    if (!unfinished || !last || this.#ended || this.#segments.length === 0) {
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

  async #records(segment: Segment, reader: SegmentReader, last: boolean): Promise<void> {
    for (;;) {
      this.#noteLink();
      const entry = await reader.next();
      if (entry.kind === 'damaged') throw new Damage(`${segment.path}: ${entry.detail}`);
      if (entry.kind !== 'record') {
        await this.#finish(segment, reader, entry.kind, last);
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
    last: boolean,
  ): Promise<void> {
    this.#segments.push(segment);
    this.#ended = end === 'seal';
    if (!last) segment.trim();
    // In front of another segment only a seal can be torn: that one's link shows that no record is missing.
    if (end === 'torn' && last) this.#done.truncatedBytes += reader.size - reader.position;
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
