import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { afterEach, beforeEach } from 'node:test';
import { type Hits, MUTANTS_MAX, record } from './switch.ts';

/* Loaded before a test file: notes what each of its tests costs and which mutants it reaches. */

type Counts = Readonly<Record<string, number>>;

export type Recorded = {
  /** Reached while the file was loaded and by what suites prepare: by all of its tests. */
  readonly outside: Counts;
  readonly outsideMs: number;
  readonly tests: readonly { readonly name: string; readonly hits: Counts; readonly ms: number }[];
};

const outside = new Uint32Array(MUTANTS_MAX);
const tests: { name: string; hits: Hits; ms: number }[] = [];
record(outside);

beforeEach((context) => {
  const hits = new Uint32Array(MUTANTS_MAX);
  tests.push({ name: 'name' in context ? context.name : '', hits, ms: -cpuMs() });
  record(hits);
});

afterEach(() => {
  const test = tests.at(-1);
  if (test !== undefined) test.ms += cpuMs();
  record(outside);
});

process.on('exit', (code) => {
  const outsideMs = tests.reduce((left, { ms }) => left - ms, cpuMs());
  const named = tests.map(({ name, hits, ms }) => ({ name, hits: countsOf(hits), ms }));
  const all: Recorded = { outside: countsOf(outside), outsideMs, tests: named };
  if (code === 0) writeFileSync(process.env.ALTHING_MUTANT_RECORD ?? '', JSON.stringify(all));
});

function countsOf(hits: Hits): Counts {
  return Object.fromEntries([...hits.entries()].filter(([, count]) => count > 0));
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
