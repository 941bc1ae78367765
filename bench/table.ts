import type { RunFigures } from './passes.ts';

export type Row = readonly [name: string, text: string];

export function printRows(title: string, rows: readonly Row[]): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
  process.stdout.write(`\n${title}\n${lines.join('\n')}\n`);
}

export function countsText(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts);
  return entries.length === 0 ? 'none' : entries.map(([name, n]) => `${name} ${n}`).join(', ');
}

export function latencyText({ latencyMs, ratePerSecond, loadAverage }: RunFigures): string {
  const { p50, p99 } = latencyMs;
  const load = loadAverage[0] ?? 0;
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms at ${ratePerSecond} tx/s (load average ${load})`;
}

function shareText(share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(0)} % of the mean`;
}

export function runRows(figures: RunFigures): Row[] {
  const { sent, final, rejected, lost, wireBytesPerTransaction, diskBytesPerTransaction } = figures;
  const wire = Object.values(wireBytesPerTransaction).reduce((sum, bytes) => sum + bytes, 0);
  const disk = diskBytesPerTransaction.journal + diskBytesPerTransaction.store;
  return [
    ['rate', `${figures.ratePerSecond} tx/s meant, ${figures.perSecond} final per second`],
    ['length', `${figures.seconds} s, ${figures.cuts} cuts`],
    ['posts', `${sent} sent = ${final} final + rejected: ${countsText(rejected)} + ${lost} lost`],
    ['lag of checkpoints', `${figures.lag.early} tx early, ${figures.lag.late} tx late in the run`],
    ['finality', latencyText(figures)],
    ['slowest second', shareText(figures.slowestSecondShare)],
    ['CPU', `${figures.cpuUsPerTransaction} us per tx, all validators`],
    ['CPU of the driver', `${figures.driverUsPerTransaction} us per tx`],
    ['transactions per block', String(figures.txsPerBlock)],
    [
      'on the wire',
      `${wire.toFixed(0)} B per tx, all validators: ${countsText(wireBytesPerTransaction)}`,
    ],
    [
      'on disk',
      `${disk.toFixed(0)} B per tx, all validators: ${countsText(diskBytesPerTransaction)}`,
    ],
    ['roots', figures.rootsEqual ? 'equal on all validators' : 'DIFFER'],
    ['sustained', figures.faults.length === 0 ? 'yes' : `NO: ${figures.faults.join(', ')}`],
    ['load average', figures.loadAverage.join(' ')],
  ];
}
