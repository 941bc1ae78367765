import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { projectFolder } from '../test/project/files.ts';
import { filesBelow } from './files.ts';
import { LAYERS, type Mutant, placeOf, readSource, spliced, stage } from './mutant.ts';

/*
 * Mutants that the compiler refuses never reach a test: they count for nothing. One of each file is checked at a
 * time, and an error belongs to the mutant of its file. What was found is kept until the code changes.
 */

const folder = path.join(stage, 'types');
const tsc = path.join(projectFolder, 'node_modules', 'typescript', 'bin', 'tsc');

/** Whether a mutant compiles, by its place and text: kept as long as the code stays the same. */
type Known = Record<string, boolean>;

export function stillborn(
  mutants: readonly Mutant[],
  done: (checked: number) => void,
): Set<Mutant> {
  prepare();
  const kept = path.join(stage, `compiles-${digestOfSources()}.json`);
  const known: Known = existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : {};
  const fresh = mutants.filter((mutant) => known[nameOf(mutant)] === undefined);
  if (fresh.length > 0) requireUnchanged();
  done(mutants.length - fresh.length);
  for (const round of roundsOf(fresh)) {
    const wrong = new Set(refused(round));
    for (const mutant of round) known[nameOf(mutant)] = !wrong.has(mutant);
    writeFileSync(kept, JSON.stringify(known));
    done(round.length);
  }
  return new Set(mutants.filter((mutant) => !known[nameOf(mutant)]));
}

function nameOf(mutant: Mutant): string {
  const { end, replacement } = mutant;
  return `${placeOf(mutant)} ${end.line}:${end.column} ${replacement}`;
}

/** One of each file in a round. */
function roundsOf(mutants: readonly Mutant[]): Mutant[][] {
  const rounds: Mutant[][] = [];
  for (const mutant of mutants) {
    const free = rounds.find((round) => round.every(({ file }) => file !== mutant.file));
    if (free === undefined) rounds.push([mutant]);
    else free.push(mutant);
  }
  return rounds;
}

function prepare(): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(path.join(projectFolder, 'src'), path.join(folder, 'src'), {
    recursive: true,
    filter: (file) => !file.endsWith('.test.ts'),
  });
  const options = {
    noEmit: true,
    incremental: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
  };
  const settings = {
    extends: '../../tsconfig.json',
    compilerOptions: { ...options, rootDir: '.' },
  };
  const include = LAYERS.map((layer) => `src/${layer}`);
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ ...settings, include }));
}

function digestOfSources(): string {
  const hash = createHash('sha256');
  for (const file of filesBelow(folder)) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 32);
}

function requireUnchanged(): void {
  const wrong = filesWithErrors();
  if (wrong.size > 0) throw new Error(`does not compile unchanged: ${[...wrong]}`);
}

function refused(mutants: readonly Mutant[]): readonly Mutant[] {
  const write = (mutant: Mutant, text: string) =>
    writeFileSync(path.join(folder, mutant.file), text);
  for (const mutant of mutants) write(mutant, spliced(mutant, readSource(mutant)).mutated);
  const wrong = filesWithErrors();
  for (const mutant of mutants) write(mutant, readSource(mutant));
  const own = mutants.filter(({ file }) => wrong.has(file));
  if (own.length === wrong.size) return own;
  // An error where nothing was changed: by halves, until it is clear whose it is.
  if (mutants.length === 1) return mutants;
  const middle = mutants.length >> 1;
  return [...refused(mutants.slice(0, middle)), ...refused(mutants.slice(middle))];
}

function filesWithErrors(): Set<string> {
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
    cwd: folder,
    maxBuffer: 64 << 20,
  });
  return new Set([...stdout.matchAll(/^(\S+)\(\d+,\d+\): error/gm)].map(([, file = '']) => file));
}
