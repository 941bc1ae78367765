import { type PageFile, type PageFiles, pageFileName } from './page-files.ts';
import { RECORD_BYTES_MAX, recordLength } from './page-record.ts';
import type { Place } from './place.ts';

/** Looked at between two turns of the event loop: about a millisecond. */
const SLICE_BYTES = 65_536;
/** For each byte that is put so many are looked at: where two fifths of all bytes count, two thirds would be enough. */
const CLEANED_PER_BYTE = 2;
/** So many bytes may be on the disk for each that counts. */
const SPACE = 2.5;

export type CleanedSizes = {
  /** Bytes that need not count, beside those that SPACE leaves. */
  readonly slackBytesMax: number;
  readonly fileBytesMax: number;
  /** Beside those that would do if each were half full. */
  readonly filesMax: number;
};

/**
 * Keeps files of records from growing without end: takes the oldest one while too little of all bytes counts, or
 * there are too many files, hands over its records, of which those that count are added anew, and forgets it
 * (M. Rosenblum and J. Ousterhout, The Design and Implementation of a Log-Structured File System, 1992; the oldest
 * one is as good as any where what is replaced is drawn at random).
 */
export class PageCleaner {
  readonly #files: PageFiles;
  readonly #sizes: CleanedSizes;
  readonly #take: (record: Buffer, place: Place) => void;
  #under: PageFile | null = null;
  /** Where the next record of that file begins. */
  #at = 0;
  #credit = 0;
  readonly #cleaned: number[] = [];

  /** `take` is handed each record of a file that is cleaned, and where it stands. */
  constructor(files: PageFiles, sizes: CleanedSizes, take: (record: Buffer, place: Place) => void) {
    this.#files = files;
    this.#sizes = sizes;
    this.#take = take;
  }

  /** So many bytes were put. */
  earn(bytes: number): void {
    this.#credit += bytes * CLEANED_PER_BYTE;
  }

  /** As much as is due. Throws what reading does, and `take`. */
  async clean(liveBytes: () => number): Promise<void> {
    while (this.#isTooLong(liveBytes()) ? this.#credit > 0 : this.#areTooMany) {
      this.#under ??= this.#files.oldest;
      if (this.#under === null) return;
      this.#slice(this.#under);
      await new Promise(setImmediate);
    }
    // What was not needed is no right to a flood later.
    if (!this.#isTooLong(liveBytes())) this.#credit = 0;
  }

  /** Nothing that counts names the files that were cleaned. */
  async removeCleaned(): Promise<void> {
    for (const number of this.#cleaned.splice(0)) await this.#files.remove(pageFileName(number));
  }

  #isTooLong(liveBytes: number): boolean {
    return this.#files.bytes > SPACE * liveBytes + this.#sizes.slackBytesMax;
  }

  /** Each was short when it was turned: little is written, so what the oldest have is moved without delay. */
  get #areTooMany(): boolean {
    const { fileBytesMax, filesMax } = this.#sizes;
    return this.#files.count > filesMax + (2 * this.#files.bytes) / fileBytesMax;
  }

  #slice({ number, bytes }: PageFile): void {
    const end = Math.min(bytes, this.#at + SLICE_BYTES + RECORD_BYTES_MAX);
    const piece = this.#files.read({ file: number, at: this.#at, bytes: end - this.#at });
    let done = 0;
    while (done < SLICE_BYTES && this.#at + done < bytes) {
      const length = recordLength(piece.subarray(done));
      const place = { file: number, at: this.#at + done, bytes: length };
      this.#take(piece.subarray(done, done + length), place);
      done += length;
    }
    this.#at += done;
    this.#credit -= done;
    if (this.#at < bytes) return;
    this.#files.forget(number);
    this.#cleaned.push(number);
    this.#under = null;
    this.#at = 0;
  }
}
