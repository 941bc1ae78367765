import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import cliProgress from 'cli-progress';
import { build } from './build.ts';
import { type Coverage, recordCoverage } from './coverage.ts';
import { judge } from './judge.ts';
import { LAYERS, layerOf, type Mutant, placeOf, stage } from './mutant.ts';
import { type Judged, reportOf, textOf } from './report.ts';
import { sampled } from './sample.ts';
import { stillborn } from './stillborn.ts';
import { JUDGES, type Judge, testFiles } from './tests.ts';

/*
 * npm run mutation: changes the sources of the pure layers in one place after the other, and asks the tests whether
 * they see it. Exits 0 when all that was asked for is judged, 2 when the command line is wrong.
 */
const HELP = `npm run mutation -- [options]
  --layer <name>     only this layer (${LAYERS.join(', ')}); may be given several times
  --sample <n>       so many mutants, in equal shares of the layers (640); 0: all
  --seed <n>         which ones (1)
  --at <place>       only mutants whose place (src/dag/graph.ts:101:57) begins so; several times; no sample
  --minutes <n>      begins no mutant later than that; the report is about those before
  --judge <name>     only these judges (${JUDGES.join(', ')}); several times; unit and seeds by default
  --tests <part>     only test files whose path contains this; several times
  --json             the report as JSON
`;

const { values } = parseArgs({
  options: {
    layer: { type: 'string', multiple: true, default: [] },
    sample: { type: 'string', default: '640' },
    seed: { type: 'string', default: '1' },
    at: { type: 'string', multiple: true, default: [] },
    minutes: { type: 'string', default: 'Infinity' },
    judge: { type: 'string', multiple: true, default: ['unit', 'seeds'] },
    tests: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else main();

function main(): void {
  const judges = JUDGES.filter((name) => values.judge.includes(name));
  const size = Number(values.sample);
  const known = values.layer.every((name) => LAYERS.some((layer) => layer === name));
  if (!known || judges.length !== values.judge.length || !(Number.isSafeInteger(size) && size >= 0))
    wrong();
  const all = phase('build', 1, build);
  const drawn = chosen(all, size);
  if (drawn.length === 0) wrong();
  const coverage = coverageFor(judges);
  const judged = judgeAll(drawn, coverage, judges);
  const looked = judged.map(({ mutant }) => mutant);
  // Asked last, and only of those that had their turn: a survivor is known sooner.
  const dead = phase('types', looked.length, (done) => stillborn(looked, done));
  const cpuSeconds = Math.round(judged.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / 1000);
  const alive = judged.filter(({ mutant }) => !dead.has(mutant));
  const report = reportOf(all, looked, alive, { seed: values.seed, cpuSeconds });
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
}

function wrong(): never {
  process.stderr.write(HELP);
  process.exit(2);
}

function chosen(all: readonly Mutant[], size: number): readonly Mutant[] {
  const { at, layer } = values;
  if (at.length > 0) {
    return all.filter((mutant) => at.some((place) => isAt(placeOf(mutant), place)));
  }
  const own = all.filter((mutant) => layer.length === 0 || layer.includes(layerOf(mutant)));
  return size === 0 ? own : sampled(own, size, values.seed);
}

/** A line is whole: 10 is not where 101 begins. */
function isAt(place: string, wanted: string): boolean {
  return place === wanted || place.startsWith(`${wanted}:`);
}

function coverageFor(judges: readonly Judge[]): Coverage {
  const wanted = [...testFiles()].filter(
    ([file, judge]) =>
      judges.includes(judge) &&
      (values.tests.length === 0 || values.tests.some((part) => file.includes(part))),
  );
  return phase('tests', wanted.length, (done) => recordCoverage(new Map(wanted), () => done(1)));
}

/** One line of the log per mutant, so that a run that is interrupted is not lost. */
function judgeAll(
  mutants: readonly Mutant[],
  coverage: Coverage,
  judges: readonly Judge[],
): readonly Judged[] {
  const log = path.join(stage, 'judged.jsonl');
  writeFileSync(log, '');
  const endMs = performance.now() + 60_000 * Number(values.minutes);
  return phase('mutants', mutants.length, (done) =>
    mutants.flatMap((mutant) => {
      if (performance.now() > endMs) return [];
      const verdict = judge(mutant, coverage.get(mutant.id) ?? [], judges);
      const line = { place: placeOf(mutant), replacement: mutant.replacement, ...verdict };
      writeFileSync(log, `${JSON.stringify(line)}\n`, { flag: 'a' });
      done(1);
      return [{ ...verdict, mutant }];
    }),
  );
}

function phase<T>(name: string, total: number, work: (done: (count: number) => void) => T): T {
  const bar = new cliProgress.SingleBar(
    { format: `${name.padEnd(8)}{bar} {value}/{total}`, stream: process.stderr },
    cliProgress.Presets.shades_classic,
  );
  if (process.stderr.isTTY) bar.start(total, 0);
  const result = work((count) => {
    bar.increment(count);
    if (process.stderr.isTTY) bar.render();
  });
  bar.stop();
  return result;
}
