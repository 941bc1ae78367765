import { defined } from '../../src/std/assert.ts';
import type { LevelStore } from '../../src/storage/level/level-store.ts';
import { openLevelStore } from '../../src/storage/level/open-level-store.ts';

/** Throws what keeps it from being opened. */
export async function openStore(folder: string, wipe: boolean): Promise<LevelStore> {
  const opened = await openLevelStore(folder, { wipe });
  return defined(opened.ok ? opened.value : null, JSON.stringify(opened));
}
