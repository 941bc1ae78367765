// Entry of `npm start`: prepares the clone, then runs the althing command in this same process, so that
// signals and the exit code need no passing on. `bench` is no command of the product: it stands apart.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stopWithParent } from './parent.mjs';
import { prepare, root } from './prepare.mjs';

stopWithParent();
prepare();
const isBench = process.argv[2] === 'bench';
const isCompare = isBench && ['compare', 'report', 'check'].includes(process.argv[3]);
const bench = isCompare ? 'bench/compare/main.js' : 'bench/bench.js';
const entry = join(root, 'dist', isBench ? bench : 'bundle/main.js');
process.setSourceMapsEnabled(isBench);
process.argv.splice(1, isBench ? 2 : 1, entry);
await import(pathToFileURL(entry).href);
