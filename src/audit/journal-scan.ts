import { existsSync, readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { toHex } from '../codec/hex.ts';
import type { BlockArchive } from '../replica/ports.ts';
import { defined } from '../std/assert.ts';
import { saidByDisk } from '../storage/fault.ts';
import {
  FIRST_LINK,
  FROM_THE_FIRST,
  type JournalBeginning,
} from '../storage/journal/journal-recovery.ts';
import { RECORD_HEADER_BYTES } from '../storage/journal/record.ts';
import {
  decodeSegmentHeader,
  JOURNAL_FORMAT,
  type JournalIdentity,
  SEGMENT_HEADER_BYTES,
  Segment,
  segmentPath,
  segmentsAmong,
} from '../storage/journal/segment.ts';
import { readSegmentHeader, SegmentReader } from '../storage/journal/segment-reader.ts';
import { OpenFiles } from '../storage/open-files.ts';
import type { Findings } from './findings.ts';

export type JournalRecord = { readonly ordinal: number; readonly payload: Uint8Array };

/**
 * Reads the journal of a data folder and writes nothing: where the node would cut off a torn end, it only
 * says so. Every header, checksum, ordinal and link of the hash chain is checked; what comes after the
 * first damage is not read, since nothing vouches for its place.
 */
export class JournalScan implements BlockArchive {
  readonly #folder: string;
  readonly #identity: JournalIdentity;
  readonly #findings: Findings;
  readonly #begins: JournalBeginning;
  /** Those read so far, the one at hand included, with the places of their records. */
  readonly #segments: Segment[] = [];
  readonly #files = new OpenFiles();

  /** `begins`: records that may be gone, or are passed over, and the hash chain behind them. */
  constructor(
    folder: string,
    identity: JournalIdentity,
    findings: Findings,
    begins: JournalBeginning = FROM_THE_FIRST,
  ) {
    this.#folder = folder;
    this.#begins = begins;
    this.#identity = identity;
    this.#findings = findings;
  }

  get segments(): number {
    return this.#segments.length;
  }

  /** Read so far, headers included. */
  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** A record that `records` has given out. */
  read(ordinal: number): Uint8Array {
    const found = this.#segments.findLast(({ firstOrdinal }) => firstOrdinal <= ordinal);
    const segment = defined(found, 'a record that was read');
    const { start, end } = segment.place(ordinal);
    return this.#files.read(segment.path, start + RECORD_HEADER_BYTES, end);
  }

  close(): void {
    this.#files.close();
  }

  /** Of all segments, for the progress of who reads. */
  async totalBytes(): Promise<number> {
    const sizes = this.#ordinals().map(async (ordinal) => {
      return (await stat(segmentPath(this.#folder, ordinal))).size;
    });
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  }

  async *records(): AsyncGenerator<JournalRecord> {
    const ordinals = this.#ordinals();
    let { next, link } = await this.#first(ordinals[0] ?? 1);
    if (ordinals.length === 0) this.#damaged(this.#folder, 'there are no segments');
    for (const [index, ordinal] of ordinals.entries()) {
      const file = segmentPath(this.#folder, ordinal);
      if (ordinal !== next) {
        this.#damaged(file, `the segment of record ${next} is missing`);
        return;
      }
      const isLast = index + 1 === ordinals.length;
      const read = yield* this.#segment(file, ordinal, link, isLast);
      if (read === null) return;
      ({ next, link } = read);
    }
  }

  /** The oldest segment there is says what its first record carries: held against `begins` on the way. */
  async #first(ordinal: number): Promise<{ next: number; link: Uint8Array }> {
    const nothing = { next: 1, link: FIRST_LINK };
    if (ordinal === 1 || ordinal > this.#begins.records + 1) return nothing;
    const header = await readSegmentHeader(segmentPath(this.#folder, ordinal)).catch(() => null);
    return header === null ? nothing : { next: ordinal, link: header.link };
  }

  #follows(file: string, next: number, link: Uint8Array): boolean {
    if (next !== this.#begins.records + 1 || toHex(link) === this.#begins.link) return true;
    this.#damaged(file, 'it does not go on from the stop state');
    return false;
  }

  #ordinals(): readonly number[] {
    const names = existsSync(this.#folder) ? readdirSync(this.#folder) : [];
    const { ordinals, others } = segmentsAmong(names);
    for (const name of others) this.#findings.note(`${name} in the journal is not a segment`);
    return ordinals;
  }

  /** null: nothing behind it can be trusted. */
  async *#segment(
    file: string,
    ordinal: number,
    link: Uint8Array,
    isLast: boolean,
  ): AsyncGenerator<JournalRecord, { next: number; link: Uint8Array } | null> {
    let reader: SegmentReader | null = null;
    try {
      reader = await SegmentReader.open({ path: file, ordinal, link });
      const header = await reader.headerBytes();
      if (isLast && ordinal > 1 && reader.size < SEGMENT_HEADER_BYTES) {
        this.#findings.note(`${path.basename(file)} was being created and is empty`);
        return null;
      }
      if (!this.#isHeaderRight(file, header, ordinal, link)) return null;
      const segment = new Segment(ordinal, file);
      this.#segments.push(segment);
      let next = ordinal;
      for (;;) {
        if (!this.#follows(file, next, reader.link)) return null;
        const entry = await reader.next();
        if (entry.kind === 'record') {
          next = entry.ordinal + 1;
          segment.push(RECORD_HEADER_BYTES + entry.payload.length);
          if (entry.ordinal > this.#begins.records) {
            yield { ordinal: entry.ordinal, payload: new Uint8Array(entry.payload) };
          }
          continue;
        }
        return this.#isEndRight(file, entry, reader, isLast) ? { next, link: reader.link } : null;
      }
    } catch (cause) {
      this.#damaged(file, saidByDisk(cause));
      return null;
    } finally {
      await reader?.close();
    }
  }

  #isHeaderRight(file: string, bytes: Buffer, ordinal: number, link: Uint8Array): boolean {
    const header = decodeSegmentHeader(bytes);
    if (header === null || header.version !== JOURNAL_FORMAT) {
      this.#damaged(file, header === null ? 'damaged header' : `format ${header.version}`);
      return false;
    }
    const { ledgerId, lane } = header.identity;
    if (ledgerId !== this.#identity.ledgerId || lane !== this.#identity.lane) {
      const whose = `lane ${lane ?? 'none'} of ledger ${ledgerId}`;
      this.#findings.add('foreign-genesis', path.basename(file), `it belongs to ${whose}`);
      return false;
    }
    if (header.firstOrdinal !== ordinal || Buffer.compare(header.link, link) !== 0) {
      this.#damaged(file, 'it does not follow the segment before it');
      return false;
    }
    return true;
  }

  #isEndRight(
    file: string,
    end: { readonly kind: 'seal' | 'end' | 'torn' | 'damaged'; readonly detail?: string },
    reader: SegmentReader,
    isLast: boolean,
  ): boolean {
    if (end.kind === 'damaged') {
      this.#damaged(file, end.detail ?? '');
      return false;
    }
    if (isLast && end.kind === 'seal') this.#damaged(file, 'the segment after it is missing');
    if (isLast && end.kind === 'torn') {
      const bytes = reader.size - reader.position;
      this.#findings.note(`${path.basename(file)} ends with ${bytes} bytes of an unfinished write`);
    }
    return true;
  }

  #damaged(file: string, detail: string): void {
    this.#findings.add('journal-damaged', path.basename(file), detail);
  }
}
