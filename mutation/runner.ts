import { readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { defined } from '../src/std/assert.ts';
import { cpuMs } from './cpu.ts';
import { Run, type Test, testsOf } from './harness.ts';
import type { Failed, Job, Message, Orders } from './orders.ts';
import { switchOff, switchOn } from './switch.ts';
import { built } from './tests.ts';

/* A process that loads test files once, and runs tests of them for one mutant after the other. */

const LOAD_CPU_MS_MAX = 60_000;

const { files, jobs }: Orders = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const limitMs = new Float64Array(new SharedArrayBuffer(8));
limitMs[0] = LOAD_CPU_MS_MAX;
new Worker(new URL('./watchdog.js', import.meta.url), { workerData: limitMs }).unref();

const loaded = new Map<string, readonly Test[]>();
for (const file of files) {
  const load = () => import(pathToFileURL(path.join(built, file)).href);
  loaded.set(file, await testsOf(load));
}
say({ kind: 'loaded' });
for (const job of jobs) if (!(await does(job))) break;
process.exit(0);

/** False when the mutant has left something behind, so that this process can be asked no more. */
async function does({ id, tests, hitsMax, cpuMsMax }: Job): Promise<boolean> {
  say({ kind: 'begun', id });
  limitMs[0] = cpuMs() + cpuMsMax;
  switchOn(id, hitsMax);
  const failed = await firstFailing(tests);
  const hits = switchOff();
  const isSpoilt = failed !== undefined && (await firstFailing([failed])) !== undefined;
  say({ kind: 'judged', id, hits, isSpoilt, cpuMs: cpuMs(), ...(failed && { failed }) });
  return !isSpoilt;
}

async function firstFailing(wanted: Job['tests']): Promise<Failed | undefined> {
  const run = new Run();
  let next: Failed | undefined;
  try {
    for (const { file, index } of wanted) {
      const own = loaded.get(file) ?? [];
      for (const at of index === undefined ? own.keys() : [index]) {
        next = { file, index: at, name: own[at]?.name ?? 'gone' };
        const test = defined(own[at], 'a file defines the same tests each time');
        await run.prepare(test);
        await run.test(test);
      }
    }
    return undefined;
  } catch {
    return next;
  } finally {
    await run.end().catch(() => undefined);
  }
}

function say(message: Message): void {
  writeSync(3, `${JSON.stringify(message)}\n`);
}
