import './std/polyfill.ts';
import { runCli } from './cli/program.ts';

// Not left to the event loop: a node that has failed may still hold sockets and timers.
void runCli(process.argv.slice(2)).then((code) => process.exit(code));
