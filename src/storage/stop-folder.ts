import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { WIRE_LIMITS } from '../types/limits.ts';
import { failpoint } from './failpoint.ts';
import { halt, StorageFault } from './fault.ts';
import { realDisk } from './journal/journal-disk.ts';
import { replaceFile } from './replace-file.ts';
import { decodeStopState, encodeStopState, type StopState } from './stop-file.ts';

const STATE_NAME = /^(\d{10})\.stop$/;
/** Before each page: its length. */
const LENGTH_BYTES = 4;

/** A stop state that is written: its pages first. */
export type StopWriter = {
  add(page: Uint8Array): Promise<void>;
  /** Everything is durable when it resolves, with how many bytes the pages are. */
  finish(state: Omit<StopState, 'pages'>): Promise<number>;
  /** It will not be finished. */
  abandon(): Promise<void>;
};

/** The stop states of a data folder: of each generation a file of pages, and one that names it with its digest. */
export class StopFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Generations of which there is one, the newest first. */
  async generations(): Promise<number[]> {
    if (!existsSync(this.#folder)) return [];
    const names = await readdir(this.#folder);
    const numbers = names.map((name) => Number(STATE_NAME.exec(name)?.[1] ?? -1));
    return numbers.filter((number) => number >= 0).sort((a, b) => b - a);
  }

  /** null: it, or a page, is not as it was written. Reads all of it. */
  async read(generation: number): Promise<StopState | null> {
    const bytes = await readFile(this.#state(generation)).catch(() => null);
    const state = bytes === null ? null : decodeStopState(bytes);
    if (state === null || state.generation !== generation) return null;
    const digest = createHash('sha256');
    let length = 0;
    try {
      for await (const part of createReadStream(this.#pages(generation))) {
        digest.update(part as Buffer);
        length += (part as Buffer).length;
      }
    } catch {
      return null;
    }
    const isWhole = length === state.pages.bytes && digest.digest('hex') === state.pages.digest;
    return isWhole ? state : null;
  }

  /** Of a state that `read` found whole. Throws a StorageFault. */
  async *pages(generation: number): AsyncGenerator<Uint8Array> {
    const file = await open(this.#pages(generation), 'r');
    try {
      for (let at = 0; ; ) {
        const length = Buffer.alloc(LENGTH_BYTES);
        if ((await file.read(length, 0, LENGTH_BYTES, at)).bytesRead === 0) return;
        const page = Buffer.alloc(Math.min(length.readUInt32BE(), WIRE_LIMITS.frameBytesMax.value));
        const { bytesRead } = await file.read(page, 0, page.length, at + LENGTH_BYTES);
        if (bytesRead !== length.readUInt32BE()) throw damaged(generation);
        yield page;
        at += LENGTH_BYTES + bytesRead;
      }
    } finally {
      await file.close();
    }
  }

  /** What an earlier writer of this generation left is overwritten; there must be no state of it. */
  async writer(generation: number): Promise<StopWriter> {
    await mkdir(this.#folder, { recursive: true });
    const file = await open(this.#pages(generation), 'w');
    const digest = createHash('sha256');
    let bytes = 0;
    return {
      add: async (page) => {
        const length = Buffer.alloc(LENGTH_BYTES);
        length.writeUInt32BE(page.length);
        for (const part of [length, page]) {
          digest.update(part);
          await file.writeFile(part);
          bytes += part.length;
        }
      },
      finish: async (state) => {
        await file.sync().finally(() => file.close());
        const pages = { bytes, digest: digest.digest('hex') };
        await this.#put(generation, encodeStopState({ ...state, pages }));
        return bytes;
      },
      abandon: async () => {
        await file.close();
        // A state whose writing failed late names them already.
        if (existsSync(this.#state(generation))) return;
        await rm(this.#pages(generation), { force: true });
      },
    };
  }

  /** Those of earlier generations go, and what unfinished writers left of them. */
  async dropBefore(generation: number): Promise<void> {
    if (!existsSync(this.#folder)) return;
    for (const name of (await readdir(this.#folder)).sort()) {
      if (!(Number.parseInt(name, 10) < generation)) continue;
      failpoint('before-forget');
      await rm(path.join(this.#folder, name), { force: true });
      failpoint('after-forget');
    }
  }

  async #put(generation: number, bytes: Uint8Array): Promise<void> {
    const place = this.#state(generation);
    failpoint('before-stop-state');
    await replaceFile(place, bytes);
    // Its own name in the data folder.
    await realDisk.syncFolder(path.dirname(this.#folder));
    failpoint('after-stop-state');
  }

  #state(generation: number): string {
    return path.join(this.#folder, `${String(generation).padStart(10, '0')}.stop`);
  }

  #pages(generation: number): string {
    return path.join(this.#folder, `${String(generation).padStart(10, '0')}.pages`);
  }
}

function damaged(generation: number): StorageFault {
  return new StorageFault(halt('stop-state-damaged', `stop state of generation ${generation}`));
}
