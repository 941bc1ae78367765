import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { defined } from '../../src/std/assert.ts';
import type { FolderIdentity } from '../../src/storage/folder.ts';
import { createJournal, Journal, type JournalOptions } from '../../src/storage/journal/journal.ts';
import { type JournalDisk, realDisk } from '../../src/storage/journal/journal-disk.ts';
import type { JournalIdentity } from '../../src/storage/journal/segment.ts';
import type { Digest } from '../../src/types/ids.ts';

export const LEDGER = 'ab'.repeat(32) as Digest;
export const IDENTITY: JournalIdentity = { ledgerId: LEDGER, lane: 2 };

export const FOLDER_IDENTITY: FolderIdentity = { ...IDENTITY, publicKey: '02'.repeat(33) };

export async function openJournal(folder: string, options?: JournalOptions): Promise<Journal> {
  const opened = await Journal.open(folder, IDENTITY, options);
  return defined(opened.ok ? opened.value : null, JSON.stringify(opened));
}

/** A closed journal with these payloads, each appended and synced alone. */
export async function writtenJournal(
  folder: string,
  payloads: readonly Uint8Array[],
  options?: JournalOptions,
): Promise<string> {
  const place = path.join(folder, 'journal');
  await createJournal(place, IDENTITY);
  const journal = await openJournal(place, options);
  for (const payload of payloads) await journal.append([payload]);
  await journal.close();
  return place;
}

export function copyOf(folder: string, name: string): string {
  const copy = path.join(path.dirname(folder), name);
  rmSync(copy, { recursive: true, force: true });
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** `count` distinct payloads of about `size` bytes, none of them with zeros at its end. */
export function samplePayloads(count: number, size: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) =>
    Uint8Array.from({ length: size + (index % 7) }, (__, at) => ((index * 31 + at * 7) % 255) + 1),
  );
}

export async function scanned(journal: Journal): Promise<Uint8Array[]> {
  const payloads: Uint8Array[] = [];
  for await (const { payload } of journal.scan()) payloads.push(payload);
  return payloads;
}

export type WatchedDisk = JournalDisk & {
  datasyncs: number;
  syncs: number;
  /** Runs before each call of that name; may throw, or wait. */
  before: (call: keyof JournalDisk) => void | Promise<void>;
};

/** The real disk with a hook before every call. */
export function watchedDisk(): WatchedDisk {
  const watched: WatchedDisk = {
    datasyncs: 0,
    syncs: 0,
    before: () => {},
    open: async (file, create) => {
      await watched.before('open');
      return realDisk.open(file, create);
    },
    write: async (fd, bytes, position) => {
      await watched.before('write');
      return realDisk.write(fd, bytes, position);
    },
    datasync: async (fd) => {
      watched.datasyncs += 1;
      await watched.before('datasync');
      return realDisk.datasync(fd);
    },
    sync: async (fd) => {
      watched.syncs += 1;
      await watched.before('sync');
      return realDisk.sync(fd);
    },
    syncFolder: async (folder) => {
      await watched.before('syncFolder');
      return realDisk.syncFolder(folder);
    },
    truncate: async (fd, length) => {
      await watched.before('truncate');
      return realDisk.truncate(fd, length);
    },
    close: realDisk.close,
  };
  return watched;
}
