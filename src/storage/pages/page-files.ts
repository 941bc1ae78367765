import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { assert, defined } from '../../std/assert.ts';
import { failpoint } from '../failpoint.ts';
import { realDisk } from '../journal/journal-disk.ts';
import { OpenFiles } from '../open-files.ts';
import { removeUnnamed, storeFileName } from '../store-file.ts';
import type { Place } from './place.ts';

const SUFFIX = '.pages';
const INDEX_SUFFIX = '.places';
/** Gathered in memory, and written at a time. */
const PART_BYTES = 262_144;

/** Makes it easy to tell from LevelDB's own files, beside which it lies. */
export function isOfPages(name: string): boolean {
  return name.endsWith(SUFFIX) || name.endsWith(INDEX_SUFFIX);
}

export function pageFileName(number: number): string {
  return storeFileName(number, SUFFIX);
}

/** Of the index of the places in other files, which share its numbers. */
export function indexFileName(number: number): string {
  return storeFileName(number, INDEX_SUFFIX);
}

/** A file of records, one behind the other. */
export type PageFile = { readonly number: number; readonly bytes: number };

/** Records of one file that are not written yet. */
type Part = { readonly file: number; readonly start: number; readonly bytes: Buffer; used: number };

/** Files that records are added to, and that are never changed otherwise. */
export class PageFiles {
  readonly #folder: string;
  /** Of a file. */
  readonly #bytesMax: number;
  readonly #open = new OpenFiles();
  /** The oldest first. */
  readonly #files: { readonly number: number; bytes: number }[] = [];
  #next = 1;
  /** Records go to the last one. */
  #isOpen = false;
  /** The oldest first; what is being written stays here until it is. */
  readonly #unwritten: Part[] = [];
  /** The last of these, while records are added to it. */
  #filling: Part | null = null;
  /** Of the file that was written to last. */
  #writing: { readonly number: number; readonly handle: FileHandle } | null = null;

  constructor(folder: string, bytesMax: number) {
    this.#folder = folder;
    this.#bytesMax = bytesMax;
  }

  /** Those that are there, before anything is added, and the number of the next one. Throws when one has another length. */
  load(files: readonly PageFile[], next: number): void {
    for (const { number, bytes } of files) {
      const found = this.#open.bytes(this.#path(number));
      if (found !== bytes) throw new Error(`${this.#path(number)} has ${found} of ${bytes} bytes`);
      this.#files.push({ number, bytes });
    }
    this.#next = next;
  }

  get count(): number {
    return this.#files.length;
  }

  get bytes(): number {
    return this.#files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get unwrittenBytes(): number {
    return this.#unwritten.reduce((sum, { used }) => sum + used, 0);
  }

  /** The oldest one, if it is complete and written. */
  get oldest(): PageFile | null {
    const first = this.#files[0];
    const isComplete = this.#files.length > 1 || !this.#isOpen;
    const isWritten = first?.number !== this.#unwritten[0]?.file;
    return first !== undefined && isComplete && isWritten ? { ...first } : null;
  }

  /** Copies the record. */
  add(record: Uint8Array): Place {
    const part = this.#partFor(record.length);
    const place = { file: part.file, at: part.start + part.used, bytes: record.length };
    part.bytes.set(record, part.used);
    part.used += record.length;
    defined(this.#files.at(-1), 'the open file').bytes += record.length;
    return place;
  }

  /** A copy. Throws the system's error. */
  read({ file, at, bytes }: Place): Buffer {
    const part = this.#unwritten.find((one) => one.file === file && at < one.start + one.used);
    if (part !== undefined && at >= part.start) {
      return Buffer.from(part.bytes.subarray(at - part.start, at - part.start + bytes));
    }
    return Buffer.from(this.#open.read(this.#path(file), at, at + bytes).buffer);
  }

  /** The files as they are now: the next record begins another one. Of the numbers from `next` on one is taken. */
  turn(): { readonly number: number; readonly next: number; readonly files: PageFile[] } {
    this.#isOpen = false;
    this.#filling = null;
    const number = this.#next;
    this.#next += 1;
    return { number, next: this.#next, files: this.#files.map((file) => ({ ...file })) };
  }

  /** Writes all that was added before. Calls do not overlap. Rejects with the system's error. */
  async write(): Promise<void> {
    this.#filling = null;
    for (let due = this.#unwritten.length; due > 0; due -= 1) {
      const part = defined(this.#unwritten[0], 'a part that is due');
      const handle = await this.#handleOf(part.file);
      await handle.writeFile(part.bytes.subarray(0, part.used));
      this.#unwritten.shift();
    }
  }

  /** What was written is durable when this resolves, and so are the names of all files in the folder. */
  async sync(): Promise<void> {
    failpoint('before-pages');
    await this.#writing?.handle.sync();
    await realDisk.syncFolder(this.#folder);
    failpoint('after-pages');
  }

  /** The file counts no more; it stays on the disk until it is removed. */
  forget(number: number): void {
    const at = this.#files.findIndex((file) => file.number === number);
    assert(at >= 0 && this.oldest !== null, 'a file that is complete');
    this.#files.splice(at, 1);
  }

  async remove(name: string): Promise<void> {
    const place = path.join(this.#folder, name);
    this.#open.forget(place);
    await rm(place, { force: true });
  }

  /** Removes files that do not count, of a store that was wiped or was not turned any more. */
  async tidy(indexName: string | null): Promise<void> {
    const known = new Set([indexName, ...this.#files.map(({ number }) => pageFileName(number))]);
    await removeUnnamed(this.#folder, isOfPages, known);
  }

  async close(): Promise<void> {
    this.#open.close();
    await this.#writing?.handle.close();
    this.#writing = null;
  }

  #partFor(bytes: number): Part {
    const isFull = (this.#files.at(-1)?.bytes ?? 0) + bytes > this.#bytesMax;
    if (!this.#isOpen || isFull) this.#begin();
    else if (this.#filling !== null && this.#filling.used + bytes <= PART_BYTES) {
      return this.#filling;
    }
    const { number, bytes: start } = defined(this.#files.at(-1), 'the open file');
    const part = { file: number, start, bytes: Buffer.allocUnsafeSlow(PART_BYTES), used: 0 };
    this.#unwritten.push(part);
    this.#filling = part;
    return part;
  }

  #begin(): void {
    this.#files.push({ number: this.#next, bytes: 0 });
    this.#next += 1;
    this.#isOpen = true;
  }

  /** Parts are written in order, so a file before is complete. */
  async #handleOf(number: number): Promise<FileHandle> {
    if (this.#writing?.number === number) return this.#writing.handle;
    if (this.#writing !== null) {
      await this.sync();
      await this.#writing.handle.close();
      this.#writing = null;
    }
    const handle = await open(this.#path(number), 'w');
    this.#writing = { number, handle };
    return handle;
  }

  #path(number: number): string {
    return path.join(this.#folder, pageFileName(number));
  }
}
