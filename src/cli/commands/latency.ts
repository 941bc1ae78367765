import { type LatencyRow, latencyReport } from '../../sim/latency-report.ts';
import type { AddCommand } from '../context.ts';
import { notes } from '../help-notes.ts';
import { wholeNumbers } from '../options/parse-option.ts';
import { table } from '../output.ts';

type Options = { readonly validators: readonly number[] };

export const latencyCommand: AddCommand = (program, { output }) => {
  program
    .command('latency')
    .description('simulate validators all over the world, and say how long payments take there')
    .option(
      '--validators <n>',
      'how many; several sizes as in 4,7',
      wholeNumbers(4, 16),
      [4, 7, 16],
    )
    .addHelpText(
      'after',
      notes(
        `Simulated time: the same on every machine. One delay is that of a message to the slowest
         member of the fastest quorum. A payment takes three messages: to a quorum, among its
         members, and back. It takes less than three delays where those members are near each
         other, more by batching, processing and syncs to disk.`,
      ),
    )
    .action(({ validators }: Options) => {
      const { note, result } = output();
      const rows = latencyReport(validators, (n, condition) => note(`${n}, ${condition} ...`));
      result(rows, () => table([HEAD, ...rows.map(cells)]));
    });
};

const HEAD = [
  'validators',
  'condition',
  'payments',
  'p50 ms',
  'p99 ms',
  'p50 delays',
  'p99 delays',
];

function cells({ validators, condition, payments, ...found }: LatencyRow): string[] {
  const { p50Ms, p99Ms, p50Delays, p99Delays } = found;
  const figures = [p50Ms.toFixed(0), p99Ms.toFixed(0), p50Delays.toFixed(1), p99Delays.toFixed(1)];
  return [String(validators), condition, String(payments), ...figures];
}
