import { writeFileSync } from 'node:fs';
import cliProgress from 'cli-progress';
import { Option } from 'commander';
import { createReplica } from '../../sim/host/machine.ts';
import type { Verdict } from '../../sim/run.ts';
import { regressionTest, shrink } from '../../sim/shrink.ts';
import {
  addReport,
  describeCoverage,
  describeFaults,
  emptyReport,
  runSimulation,
  SIMULATION_KINDS,
  type SimulationKind,
  type SimulationOptions,
  type SimulationReport,
  scenarioOf,
  sourceOf,
} from '../../sim/simulate.ts';
import type { AddCommand } from '../context.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { wholeNumber, wholeNumbers } from '../options/parse-option.ts';
import { SimRecord } from './sim-record.ts';
import { runInWorkers, seedsLeft } from './sim-workers.ts';

type Options = {
  readonly seeds: number;
  readonly first: number;
  readonly validators: readonly number[];
  readonly kind: SimulationKind;
  readonly byzantine?: number;
  readonly workers: number;
  readonly sharedChecks: boolean;
  readonly report?: string;
  readonly record?: string;
  readonly shrink: boolean;
  readonly verbose: boolean;
};

type Summary = ReturnType<typeof summarise> & {
  readonly record: ReturnType<SimRecord['sums']>;
};

/** What was run of one committee size, and what came of it. */
type Part = { readonly options: SimulationOptions; readonly report: SimulationReport };

/** Of fewer none may be Byzantine (f = 0): what seeds draw is more than they promise to bear. */
const VALIDATORS_MIN = 4;
const VALIDATORS_MAX = 16;
const MS_PER_HOUR = 3_600_000;

export const simCommand: AddCommand = (program, { output, setExit }) => {
  program
    .command('sim')
    .description('run the protocol in a simulated bad world and check what it promises')
    .option(
      '--seeds <count>',
      'how many runs, of each committee size',
      wholeNumber(1, 10_000_000),
      100,
    )
    .option('--first <seed>', 'the first seed; a seed fixes everything', wholeNumber(0, 2 ** 31), 1)
    .option(
      '--validators <n>',
      'how many, 4 to 16; several sizes as in 4,5,7',
      wholeNumbers(VALIDATORS_MIN, VALIDATORS_MAX),
      [4],
    )
    .addOption(
      new Option(
        '--kind <kind>',
        'all that a seed draws; the same in little (brief), or less still (spark); partitions over twins; generations that nobody keeps for long (outlived)',
      )
        .choices(SIMULATION_KINDS)
        .default('full'),
    )
    .option(
      '--byzantine <n>',
      'how many are Byzantine; above f the checkers should find violations. Default: drawn, of twins f',
      wholeNumber(0, VALIDATORS_MAX),
    )
    .option('--workers <count>', 'threads to run in', wholeNumber(1, 256), 1)
    .option('--shared-checks', 'witness signatures are checked by f + 1 validators', false)
    .option('--report <file>', 'write a summary there as JSON')
    .option(
      '--record <file>',
      'note there what was run, to leave it out the next time, and sum up all that is noted',
    )
    .option('--no-shrink', 'do not look for a smaller run that fails in the same way')
    .option('--verbose', 'print each seed and what it drew before its run', false)
    .action(async (options: Options) => {
      const { byzantine = 0, validators } = options;
      if (byzantine >= Math.min(...validators)) {
        throw new CommandError(EXIT.usage, `--byzantine ${byzantine}: no validator is left`);
      }
      const startMs = performance.now();
      const record = options.record === undefined ? null : new SimRecord(options.record);
      const parts = await run(options, record, output().note);
      const seconds = (performance.now() - startMs) / 1000;
      const summary = { ...summarise(parts, seconds), record: record?.sums() ?? [] };
      output().result(summary, () => reportText(parts, summary, options.shrink));
      if (summary.failed.length > 0) setExit(EXIT.failed);
      if (options.report !== undefined) {
        writeFileSync(options.report, `${JSON.stringify(summary, null, 2)}\n`);
      }
    });
};

async function run(
  options: Options,
  record: SimRecord | null,
  note: (line: string) => void,
): Promise<Part[]> {
  const { seeds, first, validators, kind, byzantine, workers, sharedChecks } = options;
  const bar = new cliProgress.SingleBar(
    {
      format: '{bar} {value}/{total} seeds  failed {failed}  {eta_formatted}',
      stream: process.stderr,
    },
    cliProgress.Presets.shades_classic,
  );
  let failed = 0;
  const isWatched = process.stderr.isTTY && !options.verbose;
  const asked = validators.map((n) => {
    const one = { seeds, firstSeed: first, validators: n, kind, sharedChecks };
    return byzantine === undefined ? one : { ...one, byzantine };
  });
  if (isWatched) bar.start(seedsLeft(asked, record), 0, { failed });
  const reports = await runInWorkers(
    asked,
    workers,
    (event) => {
      if (event.kind === 'begin') {
        if (options.verbose) note(`seed ${event.seed}: ${event.drawn}`);
        return;
      }
      if (event.failed) failed += 1;
      if (isWatched) bar.increment({ failed });
    },
    record,
  );
  bar.stop();
  return asked.map((one, i) => ({ options: one, report: reports[i]! }));
}

/** What --report and --json give. */
function summarise(parts: readonly Part[], seconds: number) {
  const sum = emptyReport();
  for (const { report } of parts) addReport(sum, report);
  const failed = parts.flatMap(({ options, report }) =>
    report.failed.map(({ seed, result: { verdict, violations } }) => {
      return { validators: options.validators, seed, verdict, violations };
    }),
  );
  const bySize = parts.map(({ options, report }) => {
    const { runs, simulatedMs } = report;
    const { validators, firstSeed, kind } = options;
    return { validators, kind, firstSeed, runs, simulatedMs: Math.round(simulatedMs) };
  });
  const { runs, coverage, faults, simulatedMs } = sum;
  const { user, system } = process.cpuUsage();
  return {
    runs,
    verdicts: verdictsOf(runs, sum),
    seconds: rounded(seconds),
    cpuSeconds: rounded((user + system) / 1e6),
    simulatedMs: Math.round(simulatedMs),
    bySize,
    faults,
    coverage,
    failed,
  };
}

function verdictsOf(runs: number, { failed }: SimulationReport) {
  const of = (verdict: Verdict) => failed.filter(({ result }) => result.verdict === verdict).length;
  const bad = { 'no progress': of('no progress'), diverged: of('diverged') };
  return { pass: runs - failed.length, ...bad };
}

function rounded(seconds: number): number {
  return Math.round(100 * seconds) / 100;
}

function reportText(parts: readonly Part[], summary: Summary, shrinks: boolean): string {
  const { runs, coverage, faults, simulatedMs, seconds, cpuSeconds, failed } = summary;
  const [first] = parts.flatMap(({ options, report }) =>
    report.failed.map(({ seed }) => ({ options, seed })),
  );
  const verdict = failed.length === 0 ? 'no violation' : `${failed.length} FAILED`;
  return [
    ...parts.flatMap(failures),
    ...(first === undefined || !shrinks ? [] : [smallest(first.options, first.seed)]),
    `faults: ${describeFaults(faults)}`,
    `coverage: ${describeCoverage(coverage)}`,
    ...summary.record.map(recordText),
    `${runs} runs, ${simulatedText(simulatedMs)}, ${seconds} s, of processors ${cpuSeconds} s, ${verdict}`,
  ].join('\n');
}

function recordText(sum: Summary['record'][number]): string {
  const { build, kind, validators, sharedChecks, seeds, runs, simulatedMs, failed } = sum;
  const checks = sharedChecks ? ', shared checks' : '';
  const ranges = seeds.map(([from, to]) => `${from}-${to}`).join(' ');
  return `record: build ${build}, ${kind}${checks}, ${validators} validators: ${runs} runs (${ranges}), ${simulatedText(simulatedMs)}, of processors ${sum.cpuSeconds} s, ${failed.length} failed`;
}

function simulatedText(ms: number): string {
  if (ms < MS_PER_HOUR) return `${(ms / 1000).toFixed(0)} simulated seconds`;
  return `${(ms / MS_PER_HOUR).toFixed(1)} simulated hours`;
}

function failures({ options, report }: Part): string[] {
  const { validators, byzantine, kind, sharedChecks } = options;
  const checks = sharedChecks === true ? ' --shared-checks' : '';
  const liars = byzantine === undefined ? checks : `${checks} --byzantine ${byzantine}`;
  const again = `althing sim --seeds 1 --verbose --kind ${kind} --validators ${validators}${liars}`;
  return report.failed.flatMap(({ seed, result }) => [
    `seed ${seed}: ${result.verdict}; again: ${again} --first ${seed}`,
    ...result.violations.map(({ checker, detail }) => `  ${checker}: ${detail}`),
  ]);
}

/** The first failure made smaller, as a test. */
function smallest(options: SimulationOptions, seed: number): string {
  const drawn = scenarioOf(options, seed);
  const found = runSimulation({ ...options, seeds: 1, firstSeed: seed }, () => undefined).failed[0];
  const checker = found?.result.violations[0]?.checker;
  if (checker === undefined) return `seed ${seed} did not fail again`;
  const shrunk = shrink(drawn, checker, createReplica);
  return `smallest run found that fails so, as a test:\n${regressionTest(sourceOf(options, seed), drawn, shrunk, checker)}`;
}
