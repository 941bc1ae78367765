// Entry of `npm run bench:hostile`: prepares the clone, then measures in this same process.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

prepare();
await import(pathToFileURL(join(root, 'dist', 'bench', 'hostile', 'hostile.js')).href);
