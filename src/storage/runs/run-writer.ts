import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { failpoint } from '../failpoint.ts';
import { realDisk } from '../journal/journal-disk.ts';
import { KEY_BYTES, RECORD_BYTES } from './record.ts';
import { putSum, Run, type RunPlace, runName, summedBytes } from './run.ts';

/** Written at a time. */
const WRITE_BYTES = 262_144;

/** Makes a run of records that come in the order of their keys. */
export class RunWriter {
  readonly #place: RunPlace;
  readonly #number: number;
  readonly #path: string;
  readonly #chunkBytes: number;
  readonly #firstKeys: Buffer[] = [];
  /** Full chunks with their sums, and behind them the one that fills. */
  readonly #buffer: Buffer;
  #chunkAt = 0;
  #used = 0;
  #records = 0;
  #file: FileHandle | null = null;

  constructor(place: RunPlace, number: number) {
    this.#place = place;
    this.#number = number;
    this.#path = path.join(place.folder, runName(number));
    this.#chunkBytes = place.chunkRecords * RECORD_BYTES;
    this.#buffer = Buffer.allocUnsafe(WRITE_BYTES + 2 * summedBytes(this.#chunkBytes));
  }

  /** Time to `flush`, before the next record. */
  get isFull(): boolean {
    return this.#chunkAt >= WRITE_BYTES;
  }

  /** Copies the record. */
  add(record: Buffer): void {
    if (this.#used === this.#chunkAt) {
      this.#firstKeys.push(Buffer.from(record.subarray(0, KEY_BYTES)));
    }
    record.copy(this.#buffer, this.#used);
    this.#used += RECORD_BYTES;
    this.#records += 1;
    if (this.#used - this.#chunkAt === this.#chunkBytes) this.#turn();
  }

  /** Writes the full chunks. */
  async flush(): Promise<void> {
    await this.#append(this.#buffer.subarray(0, this.#chunkAt));
    this.#buffer.copyWithin(0, this.#chunkAt, this.#used);
    this.#used -= this.#chunkAt;
    this.#chunkAt = 0;
  }

  /** The run is durable when this resolves; null: no record came. */
  async finish(): Promise<Run | null> {
    if (this.#records === 0) return null;
    if (this.#used > this.#chunkAt) this.#turn();
    await this.flush();
    const directory = Buffer.concat([...this.#firstKeys, Buffer.alloc(summedBytes(0))]);
    putSum(directory);
    await this.#append(directory);
    const file = this.#file as FileHandle;
    this.#file = null;
    failpoint('before-run');
    await file.sync().finally(() => file.close());
    await realDisk.syncFolder(this.#place.folder);
    failpoint('after-run');
    return new Run(this.#place, this.#number, this.#records);
  }

  /** It will not be finished. */
  async abandon(): Promise<void> {
    await this.#file?.close();
    await rm(this.#path, { force: true });
  }

  #turn(): void {
    const end = summedBytes(this.#used);
    putSum(this.#buffer.subarray(this.#chunkAt, end));
    this.#chunkAt = end;
    this.#used = end;
  }

  async #append(bytes: Buffer): Promise<void> {
    this.#file ??= await open(this.#path, 'w');
    await this.#file.writeFile(bytes);
  }
}
