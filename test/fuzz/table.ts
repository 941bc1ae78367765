import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { withPart } from '../documents/generated-part.ts';
import { projectFolder, readProjectFile } from '../project/files.ts';

const PART = {
  begin: '<!-- fuzzing: written by scripts/generate-docs.mjs -->',
  end: '<!-- end of fuzzing -->',
};
const RESULTS = 'bench/results';
const HEAD = [
  '| target | executions | processor s | corpus | blocks reached | answers | kept | memory | findings |',
  '|---|---|---|---|---|---|---|---|---|',
];

/** What `fuzz --record` notes of one target. `commit`: of what was run. */
export type FuzzRun = {
  readonly commit: string;
  readonly node: string;
  readonly target: string;
  readonly seed: number;
  readonly execs: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly corpus: number;
  readonly blocks: number;
  readonly answers: number;
  readonly kept: number;
  readonly allocated: { readonly share: number };
  readonly failures: readonly unknown[];
};

/** The page with what all records of the fuzzer say. */
export function withFuzzing(page: string): string {
  return withPart(page, PART, `\n${fuzzingText(fuzzRuns())}\n\n`);
}

/** Of every file COMMIT.jsonl in the folders of results that end in -fuzz. */
function fuzzRuns(): FuzzRun[] {
  const list = (folder: string) => readdirSync(join(projectFolder, folder)).sort();
  const folders = list(RESULTS).filter((name) => name.endsWith('-fuzz'));
  return folders.flatMap((folder) =>
    list(`${RESULTS}/${folder}`).flatMap((name) => {
      const lines = readProjectFile(`${RESULTS}/${folder}/${name}`).trimEnd().split('\n');
      return lines.map((line) => ({ ...JSON.parse(line), commit: basename(name, '.jsonl') }));
    }),
  );
}

/** Executions, time and findings are summed over all runs of a target; of the rest the most is told. */
export function fuzzingText(runs: readonly FuzzRun[]): string {
  const targets = [...new Set(runs.map(({ target }) => target))];
  const rows = targets.map((target) => row(runs.filter((run) => run.target === target)));
  const sessions = new Set(
    runs.map(({ commit, seed, node }) => `${commit} with seed ${seed} on Node.js ${node.slice(1)}`),
  );
  const { execs, seconds, cpuSeconds, findings } = sums(runs);
  const hours = (time: number) => `${(time / 3600).toFixed(2)} hours`;
  const used = `${hours(seconds)} by the clock, ${hours(cpuSeconds)} of processor`;
  return [
    ...HEAD,
    ...rows,
    '',
    `In all ${grouped(execs)} executions over ${targets.length} targets, ${used}; ${findings} findings. What was run: ${[...sessions].join(', ')}.`,
  ].join('\n');
}

function row(runs: readonly FuzzRun[]): string {
  const { execs, cpuSeconds, findings } = sums(runs);
  const most = (of: (run: FuzzRun) => number) => Math.max(...runs.map(of));
  const counts = (['corpus', 'blocks', 'answers', 'kept'] as const).map((name) =>
    grouped(most((run) => run[name])),
  );
  const memory = `${Math.round(100 * most(({ allocated }) => allocated.share))} %`;
  const cells = [grouped(execs), grouped(Math.round(cpuSeconds)), ...counts, memory, findings];
  return `| ${runs[0]!.target} | ${cells.join(' | ')} |`;
}

function sums(runs: readonly FuzzRun[]) {
  const sum = (of: (run: FuzzRun) => number) => runs.reduce((all, run) => all + of(run), 0);
  return {
    execs: sum(({ execs }) => execs),
    seconds: sum(({ seconds }) => seconds),
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    findings: sum(({ failures }) => failures.length),
  };
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
