// Entry of `npm run mutation`: prepares the clone and what plants the mutants, then judges in this same process.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, prepareApart, root } from './prepare.mjs';

if (process.argv.includes('--help')) {
  process.stdout.write(readFileSync(join(root, 'mutation', 'help.txt')));
} else {
  prepare();
  prepareApart('mutation', 'what plants the mutants');
  await import(pathToFileURL(join(root, 'dist', 'mutation', 'mutation.js')).href);
}
