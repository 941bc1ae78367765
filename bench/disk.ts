import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

export type DiskUse = { readonly journalBytes: number; readonly storeBytes: number };

/** Bytes in the journal and in the store of one validator's folder. */
export function diskUse(home: string): DiskUse {
  return {
    journalBytes: bytesBelow(path.join(home, 'data', 'journal')),
    storeBytes: bytesBelow(path.join(home, 'data', 'store')),
  };
}

/** Allocated on the disk, as du counts, since what is preallocated is not used. */
function bytesBelow(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) bytes += bytesBelow(file);
    else bytes += sizeOf(file);
  }
  return bytes;
}

function sizeOf(file: string): number {
  try {
    return statSync(file).blocks * 512;
  } catch {
    // LevelDB removes files whenever it has compacted them.
    return 0;
  }
}
