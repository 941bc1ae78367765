import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { filesBelow } from './files.ts';
import { stage } from './mutant.ts';
import type { Recorded } from './recorder.ts';
import { built, type Judge } from './tests.ts';

/** A test file that reaches a mutant: which of its tests do, what they cost, how often it is met. */
export type Reaching = {
  readonly file: string;
  readonly judge: Judge;
  /** Undefined: all of its tests. */
  readonly names?: readonly string[];
  readonly cpuMs: number;
  readonly hits: number;
};

export type Coverage = ReadonlyMap<number, readonly Reaching[]>;

/** Runs every test file once without a mutant; what was recorded of the same code before is kept. */
export function recordCoverage(files: ReadonlyMap<string, Judge>, done: () => void): Coverage {
  const folder = path.join(stage, 'recorded');
  mkdirSync(folder, { recursive: true });
  const code = digestOf(filesBelow(built).filter((file) => isCode(file)));
  const byMutant = new Map<number, Reaching[]>();
  for (const [file, judge] of files) {
    const key = createHash('sha256')
      .update(code)
      .update(digestOf([path.join(built, file)]));
    const place = path.join(folder, `${key.digest('hex').slice(0, 32)}.json`);
    if (!existsSync(place)) record(file, place);
    add(byMutant, file, judge, JSON.parse(readFileSync(place, 'utf8')));
    done();
  }
  return byMutant;
}

/** All that tests may rest on, but no test. */
function isCode(file: string): boolean {
  const name = path.relative(built, file);
  return /^(?:src|test)\/.*(?<!\.test)\.js$/.test(name);
}

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}

function record(file: string, place: string): void {
  const recorder = path.join(built, 'mutation', 'recorder.js');
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--import', recorder, path.join(built, file)],
    {
      encoding: 'utf8',
      env: { ...process.env, ALTHING_MUTANT_RECORD: place },
      maxBuffer: 64 << 20,
    },
  );
  if (status !== 0) throw new Error(`${file} fails without a mutant:\n${stdout}`);
}

function add(
  byMutant: Map<number, Reaching[]>,
  file: string,
  judge: Judge,
  { outside, outsideMs, tests }: Recorded,
): void {
  const ids = new Set([outside, ...tests.map(({ hits }) => hits)].flatMap(Object.keys));
  for (const id of [...ids].map(Number)) {
    const isOutside = outside[id] !== undefined;
    const reaching = isOutside ? tests : tests.filter(({ hits }) => hits[id] !== undefined);
    const cpuMs = reaching.reduce((sum, { ms }) => sum + ms, outsideMs);
    const hits = tests.reduce((sum, test) => sum + (test.hits[id] ?? 0), outside[id] ?? 0);
    const all = byMutant.get(id) ?? [];
    const names = [...new Set(reaching.map(({ name }) => name))];
    all.push({ file, judge, cpuMs, hits, ...(isOutside ? {} : { names }) });
    byMutant.set(id, all);
  }
}
