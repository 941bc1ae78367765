import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Of the package.json above this file, wherever the build has put it. */
export const VERSION: string = JSON.parse(
  readFileSync(findPackage(import.meta.dirname), 'utf8'),
).version;

function findPackage(folder: string): string {
  const file = path.join(folder, 'package.json');
  return existsSync(file) || folder === path.dirname(folder)
    ? file
    : findPackage(path.dirname(folder));
}
