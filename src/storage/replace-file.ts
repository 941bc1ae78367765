import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import { realDisk } from './journal/journal-disk.ts';

/** Makes a new file durable. Its name is so only when its folder is synced as well. */
export async function writeDurably(place: string, bytes: Uint8Array): Promise<void> {
  const file = await open(place, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** After a crash the place holds what it held or these bytes, and when this resolves, these. */
export async function replaceFile(place: string, bytes: Uint8Array): Promise<void> {
  await writeDurably(`${place}.new`, bytes);
  await realDisk.syncFolder(path.dirname(place));
  await rename(`${place}.new`, place);
  await realDisk.syncFolder(path.dirname(place));
}
