// Entry of `npm run nemesis`: prepares the clone, then runs in this same process.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepareNemesis, root } from './prepare.mjs';

prepareNemesis();
await import(pathToFileURL(join(root, 'dist', 'nemesis', 'main.js')).href);
