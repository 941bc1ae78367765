import process from 'node:process';
import { workerData } from 'node:worker_threads';
import { cpuMs } from './cpu.ts';

/*
 * A thread that ends its process when that has used more processor time than it was given: what else ends a loop
 * that reaches no mutant? A clock would say nothing on a busy machine.
 */

const LOOK_EVERY_MS = 100;
const limitMs = workerData as Float64Array;
setInterval(() => {
  if (cpuMs() > (limitMs[0] as number)) process.kill(process.pid, 'SIGKILL');
}, LOOK_EVERY_MS);
