import process from 'node:process';
import { workerData } from 'node:worker_threads';
import { cpuMs } from './cpu.ts';

/*
 * A thread that ends its process when that has used more processor time than it was given: what else ends a loop
 * that reaches no mutant? A clock would say nothing on a busy machine. So it does at more memory than any test
 * needs: what V8 is told to bear with is its heap alone, and blocks are bytes beside it.
 */

const LOOK_EVERY_MS = 100;
const RSS_BYTES_MAX = 2 ** 31;
const limitMs = workerData as Float64Array;
setInterval(() => {
  if (cpuMs() > (limitMs[0] as number) || process.memoryUsage.rss() > RSS_BYTES_MAX) {
    process.kill(process.pid, 'SIGKILL');
  }
}, LOOK_EVERY_MS);
