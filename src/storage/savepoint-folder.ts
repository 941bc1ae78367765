import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { assert } from '../std/assert.ts';
import { err, ok, type Result } from '../std/result.ts';
import { failpoint } from './failpoint.ts';
import { causeCode } from './fault.ts';
import { type LevelTable, parseManifest, tableName } from './level-manifest.ts';
import type { StillFolder } from './level-store.ts';
import { replaceFile, writeDurably } from './replace-file.ts';
import {
  encodeSavepoint,
  fileOf,
  filesOf,
  isIntact,
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
/** Files read ahead of the hashing. */
const READ_AHEAD = 4;
/** Hashed at a time. */
const PIECE_BYTES = 1_048_576;

/** A savepoint with the bytes of its sieve, which were read to be checked. */
export type FoundSavepoint = SavepointContent & { readonly sieveBytes: Uint8Array };

/** What it took to write a savepoint. */
export type SavepointCost = { readonly hashedBytes: number; readonly writtenBytes: number };

/**
 * The newest savepoint of a data folder (docs/adr/0019): LevelDB's tables and the runs beside them as hard links,
 * copies of LevelDB's manifest and of the sieve, and one file, `savepoint`, that names all of them with their
 * digests and has the replica's state. That file is replaced in one go when everything that it names is durable,
 * so there is always one that counts, or none.
 */
export class SavepointFolder {
  readonly #folder: string;
  /** Tables that are linked and were hashed once. */
  #tables: ReadonlyMap<string, SavedFile> = new Map();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `store`: nobody writes to it meanwhile, and the log of its LevelDB is empty. Rejects with the system's error. */
  async write(
    store: StillFolder,
    parts: { readonly head: SavepointHead; readonly state: Uint8Array; readonly sieve: Uint8Array },
  ): Promise<SavepointCost> {
    const { head, state } = parts;
    await mkdir(this.#folder, { recursive: true });
    const { manifestName, manifest, tables, hashedBytes } = await this.#linkTables(store);
    failpoint('before-savepoint');
    const content: SavepointContent = {
      ...{ head, state, manifestName, tables },
      manifest: await this.#put(`manifest.${head.blocks}`, manifest),
      sieve: await this.#put(`sieve.${head.blocks}`, parts.sieve),
    };
    const bytes = encodeSavepoint(content);
    await replaceFile(this.#at(SAVEPOINT), bytes);
    failpoint('after-savepoint');
    await this.#keepOnly(content);
    const writtenBytes = bytes.length + manifest.length + parts.sieve.length;
    return { hashedBytes, writtenBytes };
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

  /** Before a store that has nothing to do with the savepoint: LevelDB numbers its tables anew. */
  async clear(): Promise<void> {
    this.#tables = new Map();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #linkTables(store: StillFolder): Promise<{
    manifestName: string;
    manifest: Uint8Array;
    tables: SavedFile[];
    hashedBytes: number;
  }> {
    for (let tries = 1; ; tries++) {
      const manifestName = (await readFile(path.join(store.path, CURRENT), 'utf8')).trim();
      const bytes = await readFile(path.join(store.path, manifestName));
      const { tables, wholeBytes } = parseManifest(bytes);
      const files = [...tables.map(ofTable), ...store.runs];
      const known = new Map(this.#tables);
      let hashedBytes = 0;
      try {
        for (const { name, bytes: size } of files) {
          if (known.has(name)) continue;
          known.set(name, await this.#linkTable(store.path, name, size));
          hashedBytes += size;
        }
      } catch (cause) {
        if (causeCode(cause) === 'ENOENT' && tries < TRIES) continue;
        throw cause;
      } finally {
        this.#tables = known;
      }
      const listed = files.map(({ name }) => known.get(name) as SavedFile);
      return { manifestName, manifest: bytes.subarray(0, wholeBytes), tables: listed, hashedBytes };
    }
  }

  async #linkTable(store: string, name: string, size: number): Promise<SavedFile> {
    const at = this.#at(name);
    // What an unfinished savepoint of an earlier process left behind has another content.
    await rm(at, { force: true });
    await link(path.join(store, name), at);
    const file = await describeFile(name, at);
    assert(file.bytes === size, `${name} is as long as it should be`);
    return file;
  }

  async #put(name: string, bytes: Uint8Array): Promise<SavedFile> {
    await writeDurably(this.#at(name), bytes);
    return fileOf(name, bytes);
  }

  async #areIntact(files: readonly SavedFile[]): Promise<boolean> {
    const queue = [...files];
    let intact = true;
    const work = async (): Promise<void> => {
      for (let file = queue.shift(); file !== undefined && intact; file = queue.shift()) {
        const found = await describeFile(file.name, this.#at(file.name)).catch(() => null);
        if (found?.digest !== file.digest) intact = false;
      }
    };
    await Promise.all(Array.from({ length: READ_AHEAD }, work));
    return intact;
  }

  async #keepOnly(content: SavepointContent): Promise<void> {
    const named = new Set([SAVEPOINT, ...filesOf(content).map(({ name }) => name)]);
    this.#tables = new Map(content.tables.map((file) => [file.name, file]));
    for (const name of await readdir(this.#folder)) {
      if (!named.has(name)) await rm(this.#at(name), { force: true });
    }
  }

  #at(name: string): string {
    return path.join(this.#folder, name);
  }
}

function ofTable({ number, bytes }: LevelTable): { readonly name: string; readonly bytes: number } {
  return { name: tableName(number), bytes };
}

/** Of a file that may be large. Rejects with the system's error. */
async function describeFile(name: string, place: string): Promise<SavedFile> {
  const digest = createHash('sha256');
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const file = await open(place, 'r');
  try {
    for (let bytes = 0; ; ) {
      const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, bytes);
      if (bytesRead === 0) return { name, bytes, digest: digest.digest('hex') };
      digest.update(piece.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}
