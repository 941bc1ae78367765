// Entry of `npm start`: prepares the clone, then runs the althing command in this same process, so that
// signals and the exit code need no passing on.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

prepare();
process.setSourceMapsEnabled(true);
const main = join(root, 'dist', 'src', 'main.js');
process.argv.splice(1, 1, main);
await import(pathToFileURL(main).href);
