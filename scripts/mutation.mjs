// Entry of `npm run mutation`: prepares the clone and what plants the mutants, then judges in this same process.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, prepareApart, root } from './prepare.mjs';

prepare();
prepareApart('mutation', 'what plants the mutants');
await import(pathToFileURL(join(root, 'dist', 'mutation', 'mutation.js')).href);
