import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/** A file in the folder of a store. */
export type StoreFile = { readonly name: string; readonly bytes: number };

/** As LevelDB names its own. */
export function storeFileName(number: number, suffix: string): string {
  return String(number).padStart(6, '0') + suffix;
}

/** Removes the files of a kind that nothing names: of a store that was wiped, or not finished. */
export async function removeUnnamed(
  folder: string,
  isOfKind: (name: string) => boolean,
  named: ReadonlySet<string | null>,
): Promise<void> {
  for (const name of await readdir(folder)) {
    if (isOfKind(name) && !named.has(name)) await rm(path.join(folder, name), { force: true });
  }
}
