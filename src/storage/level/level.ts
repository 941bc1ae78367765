import { ClassicLevel, type OpenOptions } from 'classic-level';
import { decodeValue } from './level-value.ts';

/** LevelDB, whose keys and values are bytes that nobody copies. */
export type Level = ClassicLevel<Uint8Array, Uint8Array>;

/** Rejects with LevelDB's error. */
export async function openLevel(folder: string, options?: OpenOptions): Promise<Level> {
  const level: Level = new ClassicLevel(folder, { keyEncoding: 'view', valueEncoding: 'view' });
  await level.open(options ?? {});
  return level;
}

/** One value, as it was put. Rejects with LevelDB's error, or when it is damaged. */
export async function storedRow(level: Level, key: Uint8Array): Promise<Uint8Array | undefined> {
  const stored = await level.get(key);
  return stored === undefined ? undefined : decodeValue(key, stored);
}
