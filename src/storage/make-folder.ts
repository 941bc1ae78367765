import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes the folder and those above it that are missing. Node's own recursive way never ends where a folder that is
 * there lets none be made in it and says ENOENT, as /proc does. Throws the system's error.
 */
export function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  const above = path.dirname(folder);
  if (!existsSync(above)) makeFolder(above);
  try {
    mkdirSync(folder);
  } catch (cause) {
    // Another process may have been quicker.
    if (!isFolder(folder)) throw cause;
  }
}

function isFolder(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}
