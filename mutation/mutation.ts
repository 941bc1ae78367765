import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import cliProgress from 'cli-progress';
import { readProjectFile } from '../test/project/files.ts';
import { toolOptions } from '../test/project/tool-options.ts';
import { build } from './build.ts';
import { CPU_MS_MAX } from './choice.ts';
import { type Coverage, recordCoverage } from './coverage.ts';
import { judgeAll, type Verdict } from './judge.ts';
import { LAYERS, layerOf, type Mutant, placeOf, stage } from './mutant.ts';
import { cpuMsSpent } from './orders.ts';
import { type Judged, reportOf, textOf } from './report.ts';
import { sampled } from './sample.ts';
import { stillborn } from './stillborn.ts';
import { JUDGES, type Judge, testFiles } from './tests.ts';

/*
 * npm run mutation: changes the sources of the pure layers in one place after the other, and asks the tests whether
 * they see it. Exits 0 when all that was asked for is judged, 2 when the command line is wrong.
 */
const HELP = readProjectFile('mutation/help.txt');

const { values } = toolOptions(HELP, {
  options: {
    layer: { type: 'string', multiple: true, default: [] },
    sample: { type: 'string', default: '640' },
    seed: { type: 'string', default: '1' },
    at: { type: 'string', multiple: true, default: [] },
    judge: { type: 'string', multiple: true, default: ['unit', 'seeds'] },
    cpu: { type: 'string' },
    tests: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  },
});

await main();

async function main(): Promise<void> {
  const judges = JUDGES.filter((name) => values.judge.includes(name));
  const size = Number(values.sample);
  const cpu = values.cpu === undefined ? undefined : Number(values.cpu);
  refuseStrange('layer', LAYERS);
  refuseStrange('judge', JUDGES);
  if (cpu !== undefined && !(cpu > 0)) wrong(`--cpu ${values.cpu}: seconds above 0 are wanted`);
  const all = await phase('build', 1, build);
  const drawn = chosen(all, size);
  if (drawn.length === 0) wrong('no mutant is there');
  // What does not compile is asked nothing.
  const dead = await phase('types', drawn.length, (done) => stillborn(drawn, done));
  const alive = drawn.filter((mutant) => !dead.has(mutant));
  const coverage = await coverageFor(judges);
  const spends = judges.map((judge): [Judge, number] => {
    return [judge, cpu === undefined ? CPU_MS_MAX[judge] : 1000 * cpu];
  });
  const judged = await ask(alive, coverage, new Map(spends));
  const cpuSeconds = Math.round(cpuMsSpent() / 1000);
  const report = reportOf(all, drawn, judged, { seed: values.seed, cpuSeconds });
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
}

function refuseStrange(option: 'layer' | 'judge', known: readonly string[]): void {
  const strange = values[option].find((name) => !known.includes(name));
  if (strange !== undefined) wrong(`--${option} ${strange}: there is none of this name`);
}

function wrong(why: string): never {
  process.stderr.write(`${why}\n\n${HELP}`);
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

function coverageFor(judges: readonly Judge[]): Promise<Coverage> {
  const wanted = [...testFiles()].filter(
    ([file, judge]) =>
      judges.includes(judge) &&
      (values.tests.length === 0 || values.tests.some((part) => file.includes(part))),
  );
  return phase('tests', wanted.length, (done) => recordCoverage(new Map(wanted), () => done(1)));
}

/** One line of the log per mutant, so that a run that is interrupted is not lost. */
async function ask(
  mutants: readonly Mutant[],
  coverage: Coverage,
  judges: ReadonlyMap<Judge, number>,
): Promise<readonly Judged[]> {
  const log = path.join(stage, 'judged.jsonl');
  writeFileSync(log, '');
  const judged: Judged[] = [];
  const note = (mutant: Mutant, verdict: Verdict): void => {
    const line = { place: placeOf(mutant), replacement: mutant.replacement, ...verdict };
    writeFileSync(log, `${JSON.stringify(line)}\n`, { flag: 'a' });
    judged.push({ ...verdict, mutant });
  };
  await phase('mutants', mutants.length, (done) =>
    judgeAll(mutants, coverage, judges, (mutant, verdict) => {
      note(mutant, verdict);
      done(1);
    }),
  );
  return judged;
}

async function phase<T>(
  name: string,
  total: number,
  work: (done: (count: number) => void) => T | Promise<T>,
): Promise<T> {
  const bar = new cliProgress.SingleBar(
    { format: `${name.padEnd(8)}{bar} {value}/{total}`, stream: process.stderr },
    cliProgress.Presets.shades_classic,
  );
  if (process.stderr.isTTY) bar.start(total, 0);
  const result = await work((count) => {
    bar.increment(count);
    if (process.stderr.isTTY) bar.render();
  });
  bar.stop();
  return result;
}
