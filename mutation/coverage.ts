import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { filesBelow } from './files.ts';
import { stage } from './mutant.ts';
import type { Recorded } from './recorder.ts';
import { built, type Judge } from './tests.ts';

/** A test that reaches a mutant; without an index, a file that does while it is loaded. */
export type Reaching = {
  readonly file: string;
  readonly index?: number;
  readonly judge: Judge;
  readonly cpuMs: number;
  /** What its suites prepare before: once, however many tests of the file are run. */
  readonly preparedMs: number;
  /** How often it is met. */
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
    for (const [id, reaching] of reachingOf(file, judge, JSON.parse(readFileSync(place, 'utf8')))) {
      const all = byMutant.get(id) ?? [];
      byMutant.set(id, all);
      all.push(reaching);
    }
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
  const { status, stderr } = spawnSync(process.execPath, [recorder, file, place], {
    encoding: 'utf8',
    env: { ...process.env, ALTHING_MUTANT_RECORD: '' },
    maxBuffer: 64 << 20,
  });
  if (status !== 0) throw new Error(`${file} fails without a mutant:\n${stderr}`);
}

function reachingOf(
  file: string,
  judge: Judge,
  { outside, outsideMs, tests }: Recorded,
): (readonly [number, Reaching])[] {
  const inside = tests.flatMap(({ hits, ms, preparedMs }, index) =>
    Object.entries(hits).map(([id, count]): readonly [number, Reaching] => [
      Number(id),
      { file, index, judge, cpuMs: ms, preparedMs, hits: count },
    ]),
  );
  const cpuMs = tests.reduce((sum, { ms }) => sum + ms, outsideMs);
  const preparedMs = Math.max(0, ...tests.map((test) => test.preparedMs));
  const whole = Object.entries(outside).map(([id, count]): readonly [number, Reaching] => {
    const hits = tests.reduce((sum, test) => sum + (test.hits[id] ?? 0), count);
    return [Number(id), { file, judge, cpuMs, preparedMs, hits }];
  });
  return [...inside, ...whole];
}
