// Entry of `npm run bench:growth`: prepares the clone, then measures in this same process.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

prepare();
await import(pathToFileURL(join(root, 'dist', 'bench', 'growth.js')).href);
