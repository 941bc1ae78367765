import cliProgress from 'cli-progress';
import { describeCoverage, runSimulation, type SimulationReport } from '../sim/simulate.ts';
import type { AddCommand } from './context.ts';
import { EXIT } from './exit-code.ts';
import { wholeNumber } from './parse-option.ts';

type Options = {
  readonly seeds: number;
  readonly first: number;
  readonly validators: number;
  readonly byzantine?: number;
  readonly verbose: boolean;
};

export const simCommand: AddCommand = (program, { output, setExit }) => {
  program
    .command('sim')
    .description('run the protocol in a simulated bad world and check what it promises')
    .option('--seeds <count>', 'how many runs', wholeNumber(1, 10_000_000), 100)
    .option('--first <seed>', 'the first seed; a seed fixes everything', wholeNumber(0, 2 ** 31), 1)
    .option('--validators <n>', 'how many', wholeNumber(1, 16), 4)
    .option(
      '--byzantine <n>',
      'how many are Byzantine; above f the checkers should find violations. Default: drawn',
      wholeNumber(0, 16),
    )
    .option('--verbose', 'print each seed and what it drew before its run', false)
    .action((options: Options) => {
      const report = run(options, output().note);
      const { runs, failed, coverage } = report;
      const value = { runs, coverage, failed: failed.map(failureOf) };
      output().result(value, () => reportText(report, options));
      if (failed.length > 0) setExit(EXIT.failed);
    });
};

function run(options: Options, note: (line: string) => void): SimulationReport {
  const { seeds, validators, byzantine } = options;
  const bar = new cliProgress.SingleBar(
    {
      format: '{bar} {value}/{total} seeds  failed {failed}  {eta_formatted}',
      stream: process.stderr,
    },
    cliProgress.Presets.shades_classic,
  );
  let failed = 0;
  const isWatched = process.stderr.isTTY && !options.verbose;
  if (isWatched) bar.start(seeds, 0, { failed });
  const report = runSimulation(
    {
      seeds,
      validators,
      firstSeed: options.first,
      ...(byzantine === undefined ? {} : { byzantine }),
    },
    (event) => {
      if (event.kind === 'begin') {
        if (options.verbose) note(`seed ${event.seed}: ${event.drawn}`);
        return;
      }
      if (event.result.violations.length > 0) failed += 1;
      if (isWatched) bar.increment({ failed });
    },
  );
  bar.stop();
  return report;
}

type Failed = SimulationReport['failed'][number];

function failureOf({ seed, result }: Failed) {
  return { seed, violations: result.violations };
}

function reportText({ runs, failed, coverage }: SimulationReport, options: Options): string {
  const again = `althing sim --seeds 1 --verbose --validators ${options.validators}`;
  const byzantine = options.byzantine === undefined ? '' : ` --byzantine ${options.byzantine}`;
  const lines = failed.flatMap(({ seed, result }) => [
    `seed ${seed} failed; again: ${again}${byzantine} --first ${seed}`,
    ...result.violations.map(({ checker, detail }) => `  ${checker}: ${detail}`),
  ]);
  const verdict = failed.length === 0 ? 'no violation' : `${failed.length} FAILED`;
  return [...lines, `coverage: ${describeCoverage(coverage)}`, `${runs} runs, ${verdict}`].join(
    '\n',
  );
}
