import type { Quantiles } from '../report.ts';
import type { LoadFigures } from './figures.ts';

/** The table at the end of a run. */
export function formatFigures(title: string, figures: LoadFigures): string {
  const { due, final, lost, refused, invalid } = figures;
  const rows: [string, string][] = [
    ['load', title],
    ['due', `${due} in ${figures.traceSeconds} s, after ${figures.warmUpPayments} of warm-up`],
    ['final', `${final} (${share(figures.finalShare)}), ${share(figures.finalShareAtEnd)} in time`],
    ['refused', countsText(refused)],
    ['lost', String(lost)],
    ['sent again', `${figures.retries} later, ${figures.reposts} to another validator`],
    ['throughput', `${figures.perSecond} final a second, ${figures.peakPerSecond} at most`],
    ['latency', `${quantilesText(figures.latencyMs)} from the intended time`],
    ['driver lag', `${quantilesText(figures.lagMs)}, ${processes(figures)}`],
    ['driver', `${figures.driverCpuMsPerDue} CPU-ms per payment`],
    ['validators', costText(figures)],
    ['load average', figures.loadAverage.join(' to ')],
    ['result', invalid ? 'INVALID: the driver was the bottleneck' : 'valid'],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n');
}

function costText({ cpuMsPerFinal, bytesPerFinal }: LoadFigures): string {
  const cpu = cpuMsPerFinal === null ? 'CPU not measured' : `${cpuMsPerFinal} CPU-ms`;
  const bytes = bytesPerFinal === null ? 'bytes not measured' : `${bytesPerFinal} bytes sent`;
  return `${cpu}, ${bytes} per final payment, all together`;
}

function processes({ drivers }: LoadFigures): string {
  return drivers === 1 ? 'one process' : `${drivers} processes`;
}

function share(part: number): string {
  return `${(part * 100).toFixed(2)} %`;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts);
  return entries.length === 0 ? '0' : entries.map(([name, n]) => `${n} ${name}`).join(', ');
}

function quantilesText({ p50, p90, p99, max }: Quantiles): string {
  return `p50 ${p50}  p90 ${p90}  p99 ${p99}  max ${max} ms`;
}
