import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { projectFolder } from '../test/project/files.ts';
import { LAYERS, type Mutant, stage } from './mutant.ts';
import { built } from './tests.ts';

/** Instruments and compiles: one build holds all mutants, each behind its switch. */
export function build(): readonly Mutant[] {
  mkdirSync(stage, { recursive: true });
  run([path.join(projectFolder, 'mutation', 'instrument.mjs'), stage, ...LAYERS]);
  const compilerOptions = { rootDir: '.', outDir: built, noCheck: true, incremental: false };
  const include = ['src', 'test', 'bench', 'fuzz', 'nemesis', 'mutation'];
  const settings = { extends: '../tsconfig.json', compilerOptions, include };
  writeFileSync(path.join(stage, 'tsconfig.json'), JSON.stringify(settings));
  run([path.join(projectFolder, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', stage]);
  const mutants: Mutant[] = JSON.parse(readFileSync(path.join(stage, 'mutants.json'), 'utf8'));
  return mutants.filter(({ ignored }) => !ignored);
}

function run(args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${args[0]} failed`);
}
