// Entry of `npm run nemesis`: prepares the clone, then runs in this same process.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

prepare();
await import(pathToFileURL(join(root, 'dist', 'nemesis', 'main.js')).href);
