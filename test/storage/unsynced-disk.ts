import { type JournalDisk, realDisk } from '../../src/storage/journal/journal-disk.ts';

/** Where nobody pulls the plug, nothing waits for the disk itself. */
export const unsyncedDisk: JournalDisk = {
  ...realDisk,
  datasync: async () => {},
  sync: async () => {},
  syncFolder: async () => {},
};
