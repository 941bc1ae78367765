import path from 'node:path';
import { crc32 } from 'node:zlib';
import { countLeading } from '../../std/search.ts';
import type { OpenFiles } from '../open-files.ts';
import { storeFileName } from '../store-file.ts';
import { compareKeys, KEY_BYTES, RECORD_BYTES } from './record.ts';

/*
 * The file of a run: chunks of records in the order of their keys, all but the last one full, then the directory,
 * which has the first key of each chunk. Each of these parts ends with its CRC-32.
 */
const CRC_BYTES = 4;
const SUFFIX = '.run';

/** Makes it easy to tell from LevelDB's own files, beside which it lies. */
export function isRunName(name: string): boolean {
  return name.endsWith(SUFFIX);
}

export function runName(number: number): string {
  return storeFileName(number, SUFFIX);
}

/** The bytes, and room for their CRC-32, which is put there. */
export function putSum(part: Buffer): void {
  const at = part.length - CRC_BYTES;
  part.writeUInt32BE(crc32(part.subarray(0, at)), at);
}

/** How long a part with so many bytes is. */
export function summedBytes(bytes: number): number {
  return bytes + CRC_BYTES;
}

export type RunPlace = {
  readonly folder: string;
  readonly files: OpenFiles;
  readonly chunkRecords: number;
};

/** Many records in the order of their keys, in a file that is never changed. */
export class Run {
  readonly number: number;
  readonly records: number;
  readonly path: string;
  readonly #files: OpenFiles;
  readonly #chunkBytes: number;
  readonly #chunks: number;
  /** The first keys of all chunks, one after the other. */
  readonly #directory: Buffer;

  /** Throws the system's error, or one that says what is damaged. */
  constructor({ folder, files, chunkRecords }: RunPlace, number: number, records: number) {
    this.number = number;
    this.records = records;
    this.path = path.join(folder, runName(number));
    this.#files = files;
    this.#chunkBytes = chunkRecords * RECORD_BYTES;
    this.#chunks = Math.ceil(records / chunkRecords);
    const bytes = files.bytes(this.path);
    // Before anything is allocated for what the number of records promises.
    if (bytes !== this.bytes) {
      throw new Error(`${this.path} has ${bytes} bytes instead of ${this.bytes}`);
    }
    const at = records * RECORD_BYTES + this.#chunks * CRC_BYTES;
    this.#directory = this.#part(at, this.#chunks * KEY_BYTES);
  }

  get bytes(): number {
    return this.records * RECORD_BYTES + summedBytes(this.#chunks * (KEY_BYTES + CRC_BYTES));
  }

  /** Records; null behind the last chunk. Throws as the constructor does. */
  chunk(number: number): Buffer | null {
    if (number >= this.#chunks) return null;
    const left = this.records * RECORD_BYTES - number * this.#chunkBytes;
    return this.#part(number * summedBytes(this.#chunkBytes), Math.min(this.#chunkBytes, left));
  }

  /** The last chunk that begins at or below the key; the first one if there is none. */
  chunkOf(key: Buffer): number {
    const begun = countLeading(
      this.#chunks,
      (chunk) => compareKeys(this.#directory, chunk * KEY_BYTES, key, 0) <= 0,
    );
    return Math.max(0, begun - 1);
  }

  #part(start: number, bytes: number): Buffer {
    const read = this.#files.read(this.path, start, start + summedBytes(bytes));
    const part = Buffer.from(read.buffer, read.byteOffset, bytes);
    const sum = Buffer.from(read.buffer, read.byteOffset + bytes, CRC_BYTES).readUInt32BE(0);
    if (crc32(part) !== sum) throw new Error(`${this.path} is damaged at byte ${start}`);
    return part;
  }
}

/** The first record of the chunk at or above the key, or the number of records. */
export function indexOf(chunk: Buffer, key: Buffer): number {
  const records = chunk.length / RECORD_BYTES;
  return countLeading(records, (at) => compareKeys(chunk, at * RECORD_BYTES, key, 0) < 0);
}
