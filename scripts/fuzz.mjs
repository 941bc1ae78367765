// Entry of `npm run fuzz`: prepares the clone, then fuzzes in this same process.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

prepare();
await import(pathToFileURL(join(root, 'dist', 'fuzz', 'fuzz.js')).href);
