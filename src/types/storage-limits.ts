import type { Limit } from './limits.ts';

/** Bounds of the data folder (storage); validators may differ. */
export const STORAGE_LIMITS = {
  recordsMax: {
    value: 2_147_483_647,
    unit: 'blocks in the journal (ordinals are 31 bits)',
    consequence: 'the node stops: assertion',
  },
  recordBytesMax: {
    value: 16_777_216,
    unit: 'bytes per journal record',
    consequence: 'never reached by a block; a longer record on disk is damage',
  },
  segmentBytes: {
    value: 67_108_864,
    unit: 'bytes of a journal segment before the next one begins',
    consequence: 'a new segment',
  },
  journalReadBytes: {
    value: 67_108_864,
    unit: 'bytes of the newest segments of the journal that a start reads whole',
    consequence: 'older ones are taken by their indexes, and read beside the work',
  },
  commitBytesMax: {
    value: 16_777_216,
    unit: 'bytes of records per write and fsync of the journal',
    consequence: 'the rest goes with the next fsync',
  },
  openFilesMax: {
    value: 32,
    unit: 'segments of the journal, files of sorted runs, and of pages, each, held open for reading',
    consequence: 'the least recently read one is closed',
  },
  cacheBytesMax: {
    value: 33_554_432,
    unit: 'bytes of recently used store entries in memory',
    consequence: 'the least recently used ones are read from disk again',
  },
  heldBackBytesMax: {
    value: 33_554_432,
    unit: 'bytes of pages of the state tree that wait to be rewritten',
    consequence: 'those put longest ago are written',
  },
  pageCacheBytesMax: {
    value: 16_777_216,
    unit: 'bytes of pages of the state tree in memory that were read or written lately',
    consequence: 'the least recently used ones are read from disk again',
  },
  pageFileBytesMax: {
    value: 16_777_216,
    unit: 'bytes of a file of pages of the state tree',
    consequence: 'a new file',
  },
  pageSlackBytesMax: {
    value: 16_777_216,
    unit: 'bytes on disk of pages of the state tree that were replaced, beyond one and a half times as many as count',
    consequence: 'the oldest file is emptied',
  },
  pageFilesMax: {
    value: 1024,
    unit: 'files of pages of the state tree beside those that would do if each were half full',
    consequence: 'the oldest one is emptied',
  },
  writeBufferBytes: {
    value: 33_554_432,
    unit: "bytes of LevelDB's memory, and as many of the one before while it is written",
    consequence: 'they become a table',
  },
  runRecordsMax: {
    value: 32_768,
    unit: 'unspent outputs by owner, new or deleted, that wait in memory (76 bytes each)',
    consequence: 'they become a sorted run, a file',
  },
  backlogBytesMax: {
    value: 67_108_864,
    unit: 'bytes of store entries not yet written',
    consequence: 'the driver waits for a flush before the next input',
  },
  unreleasedBytesMax: {
    value: 67_108_864,
    unit: 'bytes of blocks that are stepped and not durable',
    consequence: 'the driver waits for the disk before the next input',
  },
  scanEntriesMax: {
    value: 10_000,
    unit: 'entries per scan of the store',
    consequence: 'the rest is scanned from the last key on',
  },
} as const satisfies Record<string, Limit>;
