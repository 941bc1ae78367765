import { halt, StorageFault } from '../storage/fault.ts';
import {
  readSegmentHeader,
  type SegmentPart,
  SegmentReader,
} from '../storage/journal/segment-reader.ts';

/** What was read of a segment that a node may be writing. */
export type SegmentRecords = {
  readonly records: readonly Uint8Array[];
  /** Where to read on. */
  readonly next: SegmentPart;
  /** It is full: another one follows. */
  readonly isSealed: boolean;
};

/** null: no segment is there yet, or not the whole of its header. Rejects with the system's error. */
export async function beginningOf(file: string, ordinal: number): Promise<SegmentPart | null> {
  try {
    const header = await readSegmentHeader(file);
    return header === null ? null : { path: file, ordinal, link: header.link };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
}

/**
 * The newest `most` records of this part, up to its end or to what is being written there. Throws a StorageFault for
 * damage, and what the disk says.
 */
export async function recordsOf(part: SegmentPart, most: number): Promise<SegmentRecords> {
  const reader = await SegmentReader.open(part);
  let { ordinal } = part;
  let records: Uint8Array[] = [];
  try {
    for (;;) {
      const entry = await reader.next();
      if (entry.kind === 'damaged')
        throw new StorageFault(halt('journal-corrupt', `${part.path}: ${entry.detail}`));
      if (entry.kind !== 'record') {
        const next = { path: part.path, ordinal, link: reader.link, start: reader.position };
        return { records: records.slice(-most), next, isSealed: entry.kind === 'seal' };
      }
      ordinal = entry.ordinal + 1;
      records.push(new Uint8Array(entry.payload));
      if (records.length >= 2 * most) records = records.slice(-most);
    }
  } finally {
    await reader.close();
  }
}
