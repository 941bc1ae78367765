import { ClassicLevel, type OpenOptions } from 'classic-level';

/** LevelDB, whose keys and values are bytes that nobody copies. */
export type Level = ClassicLevel<Uint8Array, Uint8Array>;

/** Rejects with LevelDB's error. */
export async function openLevel(folder: string, options?: OpenOptions): Promise<Level> {
  const level: Level = new ClassicLevel(folder, { keyEncoding: 'view', valueEncoding: 'view' });
  await level.open(options ?? {});
  return level;
}
