import fs from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { BlockingBudget } from './blocking-budget.ts';

const openFile = promisify(fs.open);
const write = promisify(fs.write) as (
  fd: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => Promise<{ bytesWritten: number }>;
const datasync = promisify(fs.fdatasync);
const sync = promisify(fs.fsync);
const truncate = promisify(fs.ftruncate);
const closeFile = promisify(fs.close);

/** The calls by which the journal changes the disk; tests put faults here. All reject with the system's error. */
export interface JournalDisk {
  /** Opens for writing; with `create` the file must not exist yet. Returns a descriptor. */
  open(path: string, create: boolean): Promise<number>;
  /** Writes all of the bytes at `position`. */
  write(fd: number, bytes: Uint8Array, position: number): Promise<void>;
  /** Makes the contents and length durable. */
  datasync(fd: number): Promise<void>;
  /** Makes the contents and all of the file's metadata durable. */
  sync(fd: number): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
  truncate(fd: number, length: number): Promise<void>;
  close(fd: number): Promise<void>;
}

/** Returns the descriptor when `prepare` is done with it; closed where that fails. */
export async function prepared(
  disk: JournalDisk,
  fd: number,
  prepare: () => Promise<void>,
): Promise<number> {
  try {
    await prepare();
    return fd;
  } catch (cause) {
    await disk.close(fd);
    throw cause;
  }
}

const budget = new BlockingBudget(() => performance.now());

export const realDisk: JournalDisk = {
  open: (path, create) => openFile(path, create ? 'wx' : 'r+'),
  write: (fd, bytes, position) =>
    budget.spend(
      () => writeHere(fd, bytes, position),
      () => writeElsewhere(fd, bytes, position),
    ),
  datasync: (fd) =>
    budget.spend(
      () => fs.fdatasyncSync(fd),
      () => datasync(fd),
    ),
  sync,
  syncFolder: async (path) => {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  truncate,
  close: closeFile,
};

function writeHere(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += fs.writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}

async function writeElsewhere(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const answer = await write(fd, bytes, done, bytes.length - done, position + done);
    done += answer.bytesWritten;
  }
}
