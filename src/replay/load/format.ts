import { counted, countsText, quantilesText, type Row, rowsText } from '../report-text.ts';
import type { LoadFigures } from './figures.ts';

/** The table at the end of a run. */
export function formatFigures(title: string, figures: LoadFigures): string {
  const { due, final, lost, refused, invalid } = figures;
  const rows: Row[] = [
    ['load', title],
    ['due', `${due} in ${figures.traceSeconds} s, after ${figures.warmUpPayments} of warm-up`],
    ['final', `${final} (${share(figures.finalShare)}), ${share(figures.finalShareAtEnd)} in time`],
    ['refused', countsText(refused)],
    ['lost', String(lost)],
    ['sent again', `${figures.retries} later, ${figures.reposts} to another validator`],
    ['throughput', `${figures.perSecond} final a second, ${figures.peakPerSecond} at most`],
    ['latency', `${quantilesText(figures.latencyMs)} from the intended time`],
    [
      'driver lag',
      `${quantilesText(figures.lagMs)}, ${counted(figures.drivers, 'process', 'processes')}`,
    ],
    ['driver', `${figures.driverCpuMsPerDue} CPU-ms per payment`],
    ['validators', costText(figures)],
    ['load average', figures.loadAverage.join(' to ')],
    ['result', invalid ? 'INVALID: the driver was the bottleneck' : 'valid'],
  ];
  return rowsText(rows);
}

function costText({ cpuMsPerFinal, bytesPerFinal }: LoadFigures): string {
  const cpu = cpuMsPerFinal === null ? 'CPU not measured' : `${cpuMsPerFinal} CPU-ms`;
  const bytes = bytesPerFinal === null ? 'bytes not measured' : `${bytesPerFinal} bytes sent`;
  return `${cpu}, ${bytes} per final payment, all together`;
}

function share(part: number): string {
  return `${(part * 100).toFixed(2)} %`;
}
