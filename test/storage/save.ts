import type { LevelStore } from '../../src/storage/level/level-store.ts';
import type { SavepointFolder } from '../../src/storage/savepoint/savepoint-folder.ts';
import type { SavepointHead } from '../../src/storage/savepoint/savepoint-head.ts';

/** Writes a savepoint as a validator does it: the store goes on when its tables are linked. `meanwhile`: what it does then. */
export async function save(
  level: LevelStore,
  folder: SavepointFolder,
  parts: { readonly head: SavepointHead; readonly state: Uint8Array },
  meanwhile: () => Promise<void> = async () => {},
) {
  const { linked, sieve } = await level.still(async (from, sieve) => {
    return { linked: await folder.link(from), sieve };
  });
  await meanwhile();
  return folder.write(linked, { ...parts, sieve });
}
