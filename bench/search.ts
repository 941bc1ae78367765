import { isLagGrowing } from './lag.ts';
import type { Load, LoadResult } from './load.ts';

/** Why a rate is not sustained; empty: it is. */
export function faultsOf(result: LoadResult): string[] {
  const { report, ratePerSecond } = result;
  const faults: string[] = [];
  if (report.final !== report.sent) faults.push(`${report.sent - report.final} not final`);
  if (report.lost > 0) faults.push(`${report.lost} lost`);
  if (report.driverBehind) faults.push('the driver fell behind');
  if (!report.roots.equal) faults.push('roots differ or are missing');
  if (report.latencyMs.p99 > P99_MAX_MS) faults.push(`p99 ${report.latencyMs.p99.toFixed(0)} ms`);
  const lateMs = report.durationMs - (report.sent * 1000) / ratePerSecond;
  if (lateMs > LATE_MAX_MS) faults.push(`the last came ${lateMs.toFixed(0)} ms after its time`);
  if (isLagGrowing(result.lag, ratePerSecond)) faults.push('the checkpoint lag grows');
  return faults;
}

/** A backlog shows as latency: a rate that is sustained keeps far below these. */
const P99_MAX_MS = 1500;
const LATE_MAX_MS = 1500;
const GROWTH = 1.4;
const NARROW = 1.1;

export type SearchOptions = {
  readonly from: number;
  readonly seconds: number;
  readonly note: (line: string) => void;
};

/** The highest rate that short runs sustain: grows until one fails, then narrows. */
export async function searchRate(load: Load, options: SearchOptions): Promise<number> {
  let good = 0;
  let bad = Number.POSITIVE_INFINITY;
  for (let rate = options.from; bad / Math.max(good, 1) > NARROW; ) {
    if (await isSustained(load, rate, options)) good = rate;
    else bad = rate;
    if (good === 0 && bad < LOWEST) return 0;
    if (bad === Number.POSITIVE_INFINITY) rate = Math.round(good * GROWTH);
    else rate = Math.round(good === 0 ? bad / 2 : Math.sqrt(good * bad));
  }
  return good;
}

const LOWEST = 20;

async function isSustained(
  load: Load,
  rate: number,
  { seconds, note }: SearchOptions,
): Promise<boolean> {
  const result = await load.run(rate, seconds);
  const faults = faultsOf(result);
  const { latencyMs, cpuMsPerTransaction } = result.report;
  const cpu = cpuMsPerTransaction === null ? '' : `, ${(cpuMsPerTransaction * 1000).toFixed(0)} us`;
  const outcome = faults.length === 0 ? 'sustained' : faults.join(', ');
  note(`  ${rate} tx/s: p50 ${latencyMs.p50.toFixed(0)} ms${cpu}, ${outcome}`);
  return faults.length === 0;
}
