import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { readFault } from '../level/level-faults.ts';
import { isSame, type SavedFile } from './savepoint-file.ts';

/** Of as much as was read of a file that may be large, after each piece. Rejects with the system's error. */
async function* describePieces(
  name: string,
  place: string,
  piece: Buffer,
): AsyncGenerator<SavedFile> {
  const file = await open(place, 'r');
  try {
    for (let bytes = 0, sum = 0; ; ) {
      const { bytesRead } = await file.read(piece, 0, piece.length, bytes);
      sum = crc32(piece.subarray(0, bytesRead), sum);
      bytes += bytesRead;
      yield { name, bytes, sum };
      // Only at the end is less read than there is room for; another read would wait for a turn of its own.
      if (bytesRead < piece.length) return;
    }
  } finally {
    await file.close();
  }
}

/** Reads all of it. Rejects with the system's error. */
export async function describeFile(name: string, place: string, piece: Buffer): Promise<SavedFile> {
  let found: SavedFile = { name, bytes: 0, sum: 0 };
  for await (const part of describePieces(name, place, piece)) found = part;
  return found;
}

/**
 * Reads a file again and yields after each piece how many bytes that was. Throws a StoreDamage when it is not as it
 * was, unless it does not count any more.
 */
export async function* checkFile(
  file: SavedFile,
  place: string,
  piece: Buffer,
  counts: () => boolean,
): AsyncGenerator<number> {
  let found: SavedFile = { ...file, bytes: 0, sum: 0 };
  try {
    for await (const part of describePieces(file.name, place, piece)) {
      yield part.bytes - found.bytes;
      found = part;
    }
  } catch (cause) {
    if (counts()) throw readFault(cause);
    return;
  }
  if (!isSame(found, file)) throw readFault(new Error(`${file.name} is not as it was written`));
}
