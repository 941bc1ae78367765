import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Coverage } from './coverage.ts';
import type { Target } from './target.ts';

/** The corpus stays small: whoever clones the project should not notice it. */
const ENTRY_BYTES_MAX = 1024;
const ENTRIES_MAX = 48;

/** One input per line, in base64, so that a change shows as lines of text. */
export function readCorpus(folder: string, target: string): Uint8Array[] {
  const file = path.join(folder, `${target}.txt`);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => new Uint8Array(Buffer.from(line, 'base64')));
}

export function writeCorpus(folder: string, target: string, inputs: readonly Uint8Array[]): void {
  mkdirSync(folder, { recursive: true });
  const lines = inputs.map((input) => Buffer.from(input).toString('base64'));
  writeFileSync(path.join(folder, `${target}.txt`), `${lines.join('\n')}\n`);
}

/** Those inputs, short ones first, of which each reaches a block or gives an answer that none before it does. */
export async function distilled(
  target: Target,
  inputs: readonly Uint8Array[],
  coverage: Coverage,
): Promise<Uint8Array[]> {
  const chosen: Uint8Array[] = [];
  const answers = new Set<string>();
  const short = inputs.filter(({ length }) => length > 0 && length <= ENTRY_BYTES_MAX);
  for (const input of short.sort((a, b) => a.length - b.length)) {
    coverage.take();
    const answer = await Promise.resolve(target.check(input)).catch(() => null);
    const reached = coverage.take();
    if (answer === null || (answers.has(answer) && !coverage.isNew(reached))) continue;
    answers.add(answer);
    coverage.keep(reached);
    chosen.push(input);
    if (chosen.length === ENTRIES_MAX) break;
  }
  return chosen;
}
