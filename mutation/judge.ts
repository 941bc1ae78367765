import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import type { Outcome } from './bail.ts';
import type { Reaching } from './coverage.ts';
import type { Mutant } from './mutant.ts';
import { built, type Judge } from './tests.ts';

export type Verdict = {
  readonly state: 'killed' | 'endless' | 'survived' | 'not reached';
  /** Who found it, and by which test. */
  readonly judge?: Judge;
  readonly test?: string;
  readonly cpuMs: number;
};

const NO_MUTANT = -1;
/** Per process: what an endless loop without a hit is stopped by. Processor time, for a clock says nothing on a busy machine. */
const CPU_SECONDS_MAX = 60;
/** More often than without the mutant is no fault; this much more often is no end. */
const HITS_FACTOR = 100;
/** Of the files with the same mutant, the cheapest up to so much, and at least one. */
const CPU_MS_MAX: Readonly<Record<Judge, number>> = { unit: 5_000, seeds: 60_000, scope: 60_000 };

/** Asks the judges one after the other until one says no. */
export function judge(
  mutant: Mutant,
  reaching: readonly Reaching[],
  judges: readonly Judge[],
): Verdict {
  let cpuMs = 0;
  for (const name of judges) {
    const files = cheapest(
      reaching.filter((one) => one.judge === name),
      CPU_MS_MAX[name],
    );
    if (files.length === 0) continue;
    const found = run(mutant, files);
    cpuMs += found.cpuMs;
    if (found.state !== 'survived') return { ...found, judge: name, cpuMs };
  }
  return { state: reaching.length === 0 ? 'not reached' : 'survived', cpuMs };
}

function cheapest(files: readonly Reaching[], cpuMsMax: number): Reaching[] {
  let spent = 0;
  return [...files]
    .sort((a, b) => a.cpuMs - b.cpuMs)
    .filter(({ cpuMs }, index) => (spent += cpuMs) <= cpuMsMax || index === 0);
}

function run(mutant: Mutant, files: readonly Reaching[]): Verdict {
  const { signal, outcome, cpuMs } = start(mutant.id, files);
  if (signal !== null) return { state: 'endless', cpuMs: CPU_SECONDS_MAX * 1000 };
  if (outcome?.failed !== undefined) return { state: 'killed', test: outcome.failed, cpuMs };
  if (outcome !== undefined && outcome.passed > 0) return { state: 'survived', cpuMs };
  // It died without a word, while it was loading: by the mutant only if it lives without.
  const control = start(NO_MUTANT, files).outcome;
  if (control === undefined || control.passed === 0) throw new Error('no test runs any more');
  return { state: 'killed', test: 'loading', cpuMs };
}

type Ended = {
  readonly signal: string | null;
  readonly outcome: Outcome | undefined;
  readonly cpuMs: number;
};

function start(mutant: number, files: readonly Reaching[]): Ended {
  const hits = files.reduce((sum, file) => sum + file.hits, 0);
  const { stdout, signal } = spawnSync('/bin/sh', limited(argumentsOf(files)), {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    env: {
      ...process.env,
      ALTHING_MUTANT: String(mutant),
      ALTHING_MUTANT_HITS_MAX: String(HITS_FACTOR * (hits + 100)),
    },
  });
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  const outcome: Outcome | undefined = last.startsWith('{"') ? JSON.parse(last) : undefined;
  return { signal, outcome, cpuMs: outcome?.cpuMs ?? 0 };
}

/** The files in one process, in order; only the tests that reach the mutant. */
function argumentsOf(files: readonly Reaching[]): string[] {
  const names = files.flatMap((file) => file.names ?? ['']);
  const pattern = names.includes('') ? [] : [`--test-name-pattern=${anyOf(names)}`];
  const paths = files.map(({ file }) => path.join(built, file));
  const loaded = paths.slice(0, -1).flatMap((file) => ['--import', file]);
  const reporter = path.join(built, 'mutation', 'bail.js');
  return [
    '--max-old-space-size=1024',
    `--test-reporter=${reporter}`,
    ...pattern,
    ...loaded,
    ...paths.slice(-1),
  ];
}

function anyOf(names: readonly string[]): string {
  const escaped = [...new Set(names)].map((name) => name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return `/^(${escaped.join('|')})$/`;
}

function limited(args: readonly string[]): string[] {
  const script = 'ulimit -t "$1"; shift; exec "$@"';
  return ['-c', script, 'sh', String(CPU_SECONDS_MAX), process.execPath, ...args];
}
