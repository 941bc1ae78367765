import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectFolder } from '../test/project/files.ts';

export const LAYERS = [
  'codec',
  'consensus',
  'dag',
  'dependency',
  'execution',
  'iss',
  'ledger',
  'replica',
] as const;

type Point = { readonly line: number; readonly column: number };

/** One change of one place of a source. Lines count from 0. */
export type Mutant = {
  readonly id: number;
  readonly file: string;
  readonly mutator: string;
  readonly replacement: string;
  readonly start: Point;
  readonly end: Point;
  /** An assertion, or a text for people. */
  readonly ignored: boolean;
};

/** The folder in which mutants are built: as in the project, but for what is instrumented. */
export const stage = path.join(projectFolder, '.mutation');

export function layerOf({ file }: Mutant): string {
  return file.split('/')[1] ?? '';
}

export function placeOf({ file, start }: Mutant): string {
  return `${file}:${start.line + 1}:${start.column + 1}`;
}

export function readSource({ file }: Mutant): string {
  return readFileSync(path.join(projectFolder, file), 'utf8');
}

/** What stands there, and the whole source with the mutant in its place. */
export function spliced(mutant: Mutant, source: string): { original: string; mutated: string } {
  const [from, to] = [offsetOf(source, mutant.start), offsetOf(source, mutant.end)];
  const mutated = source.slice(0, from) + mutant.replacement + source.slice(to);
  return { original: source.slice(from, to), mutated };
}

function offsetOf(source: string, { line, column }: Point): number {
  let offset = 0;
  for (let passed = 0; passed < line; passed++) offset = source.indexOf('\n', offset) + 1;
  return offset + column;
}
