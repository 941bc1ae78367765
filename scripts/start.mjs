// Entry of `npm start`: prepares the clone, then runs the althing command in this same process, so that
// signals and the exit code need no passing on. `bench` is no command of the product: it stands apart.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { benchEntry } from './bench-entry.mjs';
import { stopWithParent } from './parent.mjs';
import { prepare, root } from './prepare.mjs';

stopWithParent();
prepare();
const isBench = process.argv[2] === 'bench';
const entry = join(root, 'dist', isBench ? benchEntry(process.argv[3]) : 'bundle/main.js');
process.setSourceMapsEnabled(isBench);
process.argv.splice(1, isBench ? 2 : 1, entry);
await import(pathToFileURL(entry).href);
