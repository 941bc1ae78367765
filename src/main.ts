#!/usr/bin/env -S node --max-semi-space-size=64
import './std/polyfill.ts';
import { runCli } from './cli/program.ts';

// Not left to the event loop: a node that has failed may still hold sockets and timers.
process.exit(await runCli(process.argv.slice(2)));
