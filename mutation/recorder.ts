import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { cpuMs } from './cpu.ts';
import { Run, testsOf } from './harness.ts';
import { type Hits, MUTANTS_MAX, record } from './switch.ts';
import { built } from './tests.ts';

/* Runs a test file without a mutant, and notes what each of its tests costs and which mutants it reaches. */

type Counts = Readonly<Record<string, number>>;

export type Recorded = {
  /** Reached while the file was loaded: only a process that loads it again sees such a mutant. */
  readonly outside: Counts;
  readonly outsideMs: number;
  readonly tests: readonly RecordedTest[];
};

type RecordedTest = {
  readonly name: string;
  readonly hits: Counts;
  readonly ms: number;
  /** What its suites and those before them prepared, once for all of them. */
  readonly preparedMs: number;
};

const [file = '', place = ''] = process.argv.slice(2);
const outside = new Uint32Array(MUTANTS_MAX);
record(outside);
const tests = await testsOf(() => import(pathToFileURL(path.join(built, file)).href));
const outsideMs = cpuMs();
const run = new Run();
// What suites prepare counts for every test.
const prepared = new Uint32Array(MUTANTS_MAX);
let preparedMs = 0;
const bodies: { name: string; hits: Hits; ms: number; preparedMs: number }[] = [];
for (const test of tests) {
  const hits = new Uint32Array(MUTANTS_MAX);
  const from = cpuMs();
  record(prepared);
  await run.prepare(test);
  preparedMs += cpuMs() - from;
  record(hits);
  const bodyFrom = cpuMs();
  await run.test(test);
  bodies.push({ name: test.name, hits, ms: cpuMs() - bodyFrom, preparedMs });
}
await run.end();
const recorded = bodies.map(({ hits, ...test }) => {
  const sum = hits.map((count, id) => count + (prepared[id] as number));
  return { ...test, hits: countsOf(sum) };
});
const all: Recorded = { outside: countsOf(outside), outsideMs, tests: recorded };
writeFileSync(place, JSON.stringify(all));
process.exit(0);

function countsOf(hits: Hits): Counts {
  return Object.fromEntries([...hits.entries()].filter(([, count]) => count > 0));
}
