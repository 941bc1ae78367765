import { statfsSync } from 'node:fs';

/** Bytes that are left for who has no special rights, where the folder is. NaN: the system does not say. */
export function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Number.NaN;
  }
}
