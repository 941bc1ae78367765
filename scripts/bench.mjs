// Entry of `npm run bench`: prepares the clone, then measures or compares in this same process.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { benchEntry } from './bench-entry.mjs';
import { prepare, root } from './prepare.mjs';

prepare();
await import(pathToFileURL(join(root, 'dist', benchEntry(process.argv[2]))).href);
