import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { RecentMap } from '../../std/recent-map.ts';
import { STORAGE_LIMITS } from '../../types/limits.ts';
import { PAGE_TABLE } from '../layout.ts';
import { entryBytes } from '../level/staged.ts';
import { writeDurably } from '../replace-file.ts';
import type { StoreFile } from '../store-file.ts';
import { type CleanedSizes, PageCleaner } from './page-cleaner.ts';
import { indexFileName, type PageFile, PageFiles, pageFileName } from './page-files.ts';
import { digitsIn, encodePage, pageIn } from './page-record.ts';
import { decodePagesRow, encodePagesRow } from './pages-row.ts';
import { isSamePlace, type Place } from './place.ts';
import { PlaceIndex } from './place-index.ts';
import { WriteBack } from './write-back.ts';

const FAN_OUT = 16;

export type PageSizes = CleanedSizes & {
  /** Of pages that wait in memory. */
  readonly waitingBytesMax: number;
  readonly cacheBytesMax: number;
};

const SIZES: PageSizes = {
  waitingBytesMax: STORAGE_LIMITS.heldBackBytesMax.value,
  cacheBytesMax: STORAGE_LIMITS.pageCacheBytesMax.value,
  fileBytesMax: STORAGE_LIMITS.pageFileBytesMax.value,
  slackBytesMax: STORAGE_LIMITS.pageSlackBytesMax.value,
  filesMax: STORAGE_LIMITS.pageFilesMax.value,
};

/** What there was at one moment, in files that do not change any more. */
type Turned = {
  /** What LevelDB's row of them is to be. */
  readonly row: Uint8Array;
  readonly index: Uint8Array;
  readonly indexName: string;
  readonly files: readonly StoreFile[];
};

/**
 * The pages of the state tree, which every cut writes anew and of which LevelDB would move each version from level to
 * level: in files that are only added to, with an index in memory that says where each stands (M. Rosenblum and J.
 * Ousterhout, The Design and Implementation of a Log-Structured File System, 1992; L. Lu et al., WiscKey, FAST
 * 2016). A page waits in memory as long as there is room, for its next version may come soon.
 *
 * Files and index are found again as they were turned last, by a row of LevelDB; a crash leaves that.
 */
export class PageLog {
  readonly #folder: string;
  readonly #files: PageFiles;
  readonly #cleaner: PageCleaner;
  readonly #waiting: WriteBack;
  #index = new PlaceIndex();
  readonly #read: RecentMap<string, Uint8Array>;
  /** Since it was turned. */
  #isChanged = false;
  #turned: Turned | null = null;
  /** What the row tells of. */
  #saved: Omit<Turned, 'row' | 'index'> | null = null;

  constructor(folder: string, sizes: PageSizes = SIZES) {
    this.#folder = folder;
    this.#files = new PageFiles(folder, sizes.fileBytesMax);
    this.#cleaner = new PageCleaner(this.#files, sizes, (record, place) =>
      this.#keep(record, place),
    );
    this.#waiting = new WriteBack(sizes.waitingBytesMax, (key, page) => this.#add(key, page));
    this.#read = new RecentMap<string, Uint8Array>(sizes.cacheBytesMax, entryBytes);
  }

  /** What a row tells of, before anything is put. Rejects when it, or a file, cannot be right. */
  async load(row: Uint8Array): Promise<void> {
    const { next, index, files } = decodePagesRow(row);
    const indexName = indexFileName(index);
    const bytes = await readFile(path.join(this.#folder, indexName));
    this.#files.load(files, next);
    this.#index = PlaceIndex.decode(bytes);
    this.#saved = { indexName, files: named(files, indexName, bytes) };
  }

  /** Removes files that no row names. */
  tidy(): Promise<void> {
    return this.#files.tidy(this.#saved?.indexName ?? null);
  }

  /** Bytes in memory that the next `write` writes. */
  get unwrittenBytes(): number {
    return this.#files.unwrittenBytes;
  }

  /** Of all files whose records may count. */
  get bytes(): number {
    return this.#files.bytes;
  }

  /** Throws when it cannot be read, or is damaged. */
  get(key: string): Uint8Array | undefined {
    const known = this.#waiting.get(key) ?? this.#read.get(key);
    if (known !== undefined) return known;
    const digits = key.slice(1);
    const place = this.#index.get(digits);
    if (place === null) return undefined;
    const page = pageIn(this.#files.read(place), digits);
    this.#read.set(key, page);
    return page;
  }

  put(key: string, page: Uint8Array): void {
    this.#isChanged = true;
    this.#waiting.put(key, page);
  }

  delete(key: string): void {
    this.#isChanged = true;
    this.#read.delete(key);
    this.#waiting.delete(key);
    this.#index.set(key.slice(1), null);
  }

  /** Lets all that waits go to the files, to be saved as it is now; what comes later goes to others. */
  turn(): void {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    this.#waiting.clear();
    const { number, next, files } = this.#files.turn();
    const [index, indexName] = [this.#index.encode(), indexFileName(number)];
    const row = encodePagesRow({ next, index: number, files });
    this.#turned = { row, index, indexName, files: named(files, indexName, index) };
  }

  /** Writes what left memory before. Rejects with the system's error, as those below. */
  write(): Promise<void> {
    return this.#files.write();
  }

  /** After `write`: what was turned is durable when this resolves with its row; null: nothing has changed. */
  async save(): Promise<Uint8Array | null> {
    if (this.#turned === null) return null;
    const { index, indexName, row } = this.#turned;
    await writeDurably(path.join(this.#folder, indexName), index);
    await this.#files.sync();
    return row;
  }

  /** The row is durable: removes files that it does not name any more. */
  async saved(): Promise<void> {
    if (this.#turned === null) return;
    const before = this.#saved;
    const { indexName, files } = this.#turned;
    this.#saved = { indexName, files };
    this.#turned = null;
    if (before !== null) await this.#files.remove(before.indexName);
    await this.#cleaner.removeCleaned();
  }

  /** That the row names. */
  get savedFiles(): readonly StoreFile[] {
    return this.#saved?.files ?? [];
  }

  /** Moves pages out of the oldest files when too little of what is on the disk counts. */
  clean(): Promise<void> {
    return this.#cleaner.clean(() => this.#index.liveBytes);
  }

  /** All pages, one before those below it. */
  *entries(key = PAGE_TABLE): Generator<{ readonly key: string; readonly page: Uint8Array }> {
    const page = this.get(key);
    if (page === undefined) return;
    yield { key, page };
    for (let digit = 0; digit < FAN_OUT; digit += 1) {
      yield* this.entries(key + digit.toString(FAN_OUT));
    }
  }

  close(): Promise<void> {
    return this.#files.close();
  }

  #add(key: string, page: Uint8Array): void {
    const digits = key.slice(1);
    const place = this.#files.add(encodePage(digits, page));
    this.#index.set(digits, place);
    this.#cleaner.earn(place.bytes);
    this.#read.set(key, page);
  }

  /** A record of a file that is to go: it is added anew if this is where its page stands. */
  #keep(record: Buffer, place: Place): void {
    const digits = digitsIn(record);
    const known = this.#index.get(digits);
    if (known === null || !isSamePlace(known, place)) return;
    this.#isChanged = true;
    const isReplaced = this.#waiting.get(PAGE_TABLE + digits) !== undefined;
    this.#index.set(digits, isReplaced ? null : this.#files.add(record));
  }
}

function named(files: readonly PageFile[], indexName: string, index: Uint8Array): StoreFile[] {
  const pages = files.map(({ number, bytes }) => ({ name: pageFileName(number), bytes }));
  return [...pages, { name: indexName, bytes: index.length }];
}
