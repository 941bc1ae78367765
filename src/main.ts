#!/usr/bin/env node
import './std/polyfill.ts';
import { runCli } from './cli/program.ts';

// Not left to the event loop: a node that has failed may still hold sockets and timers.
process.exit(await runCli(process.argv.slice(2)));
