import { existsSync, readFileSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { assert } from '../../std/assert.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { failpoint } from '../failpoint.ts';
import { causeCode } from '../fault.ts';
import { type LevelTable, parseManifest, tableName } from '../level/level-manifest.ts';
import type { StillFolder } from '../level/level-store.ts';
import { makeFolder } from '../make-folder.ts';
import { replaceFile, writeDurably } from '../replace-file.ts';
import type { StoreFile } from '../store-file.ts';
import { checkFile, describeFile } from './describe-file.ts';
import {
  decodeSavepoint,
  encodeSavepoint,
  fileOf,
  filesOf,
  isIntact,
  isSame,
  openSavepoint,
  type SavedFile,
  type SavepointContent,
} from './savepoint-file.ts';
import type { Misfit, SavepointHead, SavepointPlace } from './savepoint-head.ts';

/** LevelDB's name for the file that says which manifest counts. */
const CURRENT = 'CURRENT';
const SAVEPOINT = 'savepoint';
/** A compaction may remove a table between the reading of the manifest and the link. */
const TRIES = 8;
/** Files that are linked or removed at a time. One after the other, each would wait for a turn of a busy event loop. */
const NAMES_AT_ONCE = 64;
/** Files that are read at a time. */
const READ_AT_ONCE = 4;
/** Read at a time: most tables of LevelDB are a little longer than 2 MiB. */
const PIECE_BYTES = 4_194_304;
/** The same beside the work. */
const AGAIN_BYTES = 1_048_576;

/** A savepoint with the bytes of its sieve, which were read to be checked. */
export type FoundSavepoint = SavepointContent & { readonly sieveBytes: Uint8Array };

/** What was linked of a still store, which is as it was then whatever becomes of the store. */
export type LinkedStore = {
  readonly manifestName: string;
  readonly manifest: Uint8Array;
  /** LevelDB's tables and the files beside them. */
  readonly files: readonly StoreFile[];
};

/** What it took to write a savepoint. */
export type SavepointCost = { readonly readBytes: number; readonly writtenBytes: number };

/**
 * The newest savepoint of a data folder (docs/adr/0019): LevelDB's tables and the files beside them as hard links,
 * copies of LevelDB's manifest and of the sieve, and one file, `savepoint`, that names all of them with their
 * sums and has the replica's state. That file is replaced in one go when everything that it names is durable,
 * so there is always one that counts, or none.
 */
export class SavepointFolder {
  readonly #folder: string;
  /** Tables that are linked and were read once. */
  #tables: ReadonlyMap<string, SavedFile> = new Map();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Holds on to the tables of a store. Nobody writes to it meanwhile, and the log of its LevelDB is empty. Rejects
   * with the system's error.
   */
  link(store: StillFolder): Promise<LinkedStore> {
    return this.#orDropped(() => this.#linkAll(store));
  }

  /** The savepoint of what was linked last; the store may go on. Rejects with the system's error. */
  write(
    linked: LinkedStore,
    parts: { readonly head: SavepointHead; readonly state: Uint8Array; readonly sieve: Uint8Array },
  ): Promise<SavepointCost> {
    return this.#orDropped(() => this.#write(linked, parts));
  }

  /** Links of a savepoint that failed would keep tables on the disk, more with each, that LevelDB has removed. */
  async #orDropped<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      await this.#dropUnfinished().catch(() => {});
      throw cause;
    }
  }

  async #dropUnfinished(): Promise<void> {
    if (!existsSync(this.#at(SAVEPOINT))) return this.clear();
    const content = decodeSavepoint(await readFile(this.#at(SAVEPOINT)));
    if (content !== null) await this.#keepOnly(content);
  }

  async #linkAll(store: StillFolder): Promise<LinkedStore> {
    // These are small and were written just now: to wait for turns of the event loop would take longer.
    makeFolder(this.#folder);
    for (let tries = 1; ; tries++) {
      const manifestName = readFileSync(path.join(store.path, CURRENT), 'utf8').trim();
      const bytes = readFileSync(path.join(store.path, manifestName));
      const { tables, wholeBytes } = parseManifest(bytes);
      const files = [...tables.map(ofTable), ...store.files];
      try {
        await eachOf(files, NAMES_AT_ONCE, ({ name }) => this.#linkFile(store.path, name));
      } catch (cause) {
        if (causeCode(cause) === 'ENOENT' && tries < TRIES) continue;
        throw cause;
      }
      return { manifestName, manifest: bytes.subarray(0, wholeBytes), files };
    }
  }

  async #write(
    linked: LinkedStore,
    parts: { readonly head: SavepointHead; readonly state: Uint8Array; readonly sieve: Uint8Array },
  ): Promise<SavepointCost> {
    const { head, state } = parts;
    const { manifestName, manifest, files } = linked;
    const { tables, readBytes } = await this.#describe(files);
    failpoint('before-savepoint');
    const content: SavepointContent = {
      head,
      state,
      manifestName,
      tables,
      manifest: await this.#put(`manifest.${head.blocks}`, manifest),
      sieve: await this.#put(`sieve.${head.blocks}`, parts.sieve),
    };
    const bytes = encodeSavepoint(content);
    await replaceFile(this.#at(SAVEPOINT), bytes);
    failpoint('after-savepoint');
    await this.#keepOnly(content);
    const writtenBytes = bytes.length + manifest.length + parts.sieve.length;
    return { readBytes, writtenBytes };
  }

  /** The savepoint, if it fits and every file of it is as it was written. Reads all of them. */
  async read(place: SavepointPlace): Promise<Result<FoundSavepoint, Misfit>> {
    if (!existsSync(this.#at(SAVEPOINT))) return err('missing');
    const bytes = await readFile(this.#at(SAVEPOINT)).catch(() => null);
    const opened = openSavepoint(bytes, place);
    if (!opened.ok) return opened;
    const { sieve } = opened.value;
    const sieveBytes = await readFile(this.#at(sieve.name)).catch(() => null);
    const others = filesOf(opened.value).filter((file) => file !== sieve);
    if (!isIntact(sieve, sieveBytes) || !(await this.#areIntact(others))) return err('damaged');
    return ok({ ...opened.value, sieveBytes });
  }

  /** Puts what `read` found to `store` as a LevelDB of its own. Returns the sieve. */
  async unpack(content: FoundSavepoint, store: string): Promise<Uint8Array> {
    await this.#keepOnly(content);
    await rm(store, { recursive: true, force: true });
    await mkdir(store, { recursive: true });
    for (const { name } of content.tables) await link(this.#at(name), path.join(store, name));
    await copyFile(this.#at(content.manifest.name), path.join(store, content.manifestName));
    await writeFile(path.join(store, CURRENT), `${content.manifestName}\n`);
    return content.sieveBytes;
  }

  /**
   * Reads the files of the newest savepoint again, which a store has too while it needs them; yields how many bytes
   * it has read. Throws a StoreDamage when one is not as it was.
   */
  async *readAgain(): AsyncGenerator<number> {
    const piece = Buffer.allocUnsafeSlow(AGAIN_BYTES);
    for (const file of [...this.#tables.values()]) {
      const counts = () => this.#tables.get(file.name) === file;
      if (counts()) yield* checkFile(file, this.#at(file.name), piece, counts);
    }
  }

  /** Before a store that has nothing to do with the savepoint: LevelDB numbers its tables anew. */
  async clear(): Promise<void> {
    this.#tables = new Map();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #linkFile(store: string, name: string): Promise<void> {
    if (this.#tables.has(name)) return;
    const [from, to] = [path.join(store, name), this.#at(name)];
    try {
      await link(from, to);
    } catch (cause) {
      if (causeCode(cause) !== 'EEXIST') throw cause;
      // What an unfinished savepoint left behind, of an earlier process with another content.
      await rm(to, { force: true });
      await link(from, to);
    }
  }

  /** With the sums of all; those that were read before are not read again. */
  async #describe(files: readonly StoreFile[]) {
    const known = new Map(this.#tables);
    let readBytes = 0;
    const pieces = piecesToRead();
    await eachOf(files, READ_AT_ONCE, async ({ name, bytes }, reader) => {
      if (known.has(name)) return;
      const file = await describeFile(name, this.#at(name), pieces[reader] as Buffer);
      assert(file.bytes === bytes, `${name} is as long as it should be`);
      known.set(name, file);
      readBytes += bytes;
    });
    this.#tables = known;
    return { tables: files.map(({ name }) => known.get(name) as SavedFile), readBytes };
  }

  async #put(name: string, bytes: Uint8Array): Promise<SavedFile> {
    await writeDurably(this.#at(name), bytes);
    return fileOf(name, bytes);
  }

  async #areIntact(files: readonly SavedFile[]): Promise<boolean> {
    let intact = true;
    const pieces = piecesToRead();
    await eachOf(files, READ_AT_ONCE, async (file, reader) => {
      if (!intact) return;
      const { name } = file;
      const piece = pieces[reader] as Buffer;
      const found = await describeFile(name, this.#at(name), piece).catch(() => null);
      intact &&= found !== null && isSame(found, file);
    });
    return intact;
  }

  async #keepOnly(content: SavepointContent): Promise<void> {
    const named = new Set([SAVEPOINT, ...filesOf(content).map(({ name }) => name)]);
    this.#tables = new Map(content.tables.map((file) => [file.name, file]));
    const left = (await readdir(this.#folder)).filter((name) => !named.has(name));
    await eachOf(left, NAMES_AT_ONCE, (name) => rm(this.#at(name), { force: true }));
  }

  #at(name: string): string {
    return path.join(this.#folder, name);
  }
}

/**
 * Does the work for all of them, so many at a time, and tells it as which of these. Rejects with the first failure,
 * when nothing is under way any more.
 */
async function eachOf<T>(
  all: readonly T[],
  atOnce: number,
  work: (one: T, worker: number) => Promise<void>,
): Promise<void> {
  const queue = [...all];
  const take = async (worker: number): Promise<void> => {
    try {
      for (let one = queue.shift(); one !== undefined; one = queue.shift()) await work(one, worker);
    } catch (cause) {
      queue.length = 0;
      throw cause;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, (_, i) => take(i)));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function ofTable({ number, bytes }: LevelTable): StoreFile {
  return { name: tableName(number), bytes };
}

/** Used for file after file: one for each would be a gigabyte that the garbage collector is to look after. */
function piecesToRead(): Buffer[] {
  return Array.from({ length: READ_AT_ONCE }, () => Buffer.allocUnsafeSlow(PIECE_BYTES));
}
