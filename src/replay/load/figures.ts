import { isBehind, quantilesOf } from '../create-report.ts';
import type { Quantiles } from '../report.ts';
import type { Outcomes } from './drivers.ts';
import type { MeterSample } from './meter.ts';

/** One second of a run, counted from the beginning of the trace; the warm-up has negative ones. */
export type Second = {
  readonly at: number;
  readonly due: number;
  readonly final: number;
  /** Of payments that were due in this second and became final; null: none. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
};

/** What one run says. Times in milliseconds; everything but `seconds` is of the trace alone. */
export type LoadFigures = {
  readonly scale: number;
  readonly arrivals: string;
  readonly drivers: number;
  readonly warmUpPayments: number;
  readonly traceSeconds: number;
  readonly due: number;
  readonly final: number;
  /** Final at the end of the trace, of those due. */
  readonly finalShareAtEnd: number;
  /** Final at the end of the drain, of those due. */
  readonly finalShare: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Without an outcome at the end of the drain. */
  readonly lost: number;
  readonly retries: number;
  readonly reposts: number;
  /** Final ones a second from the beginning of the trace to the last of them (or the trace's end). */
  readonly perSecond: number;
  readonly peakPerSecond: number;
  /** From the intended time. */
  readonly latencyMs: Quantiles;
  /** At 0, 0.5, 1, …, 100 %: the distribution, for a plot. */
  readonly latencyPercentilesMs: readonly number[];
  /** How late the driver had payments in its hands. */
  readonly lagMs: Quantiles;
  /** The driver was the bottleneck: no figure of this run is a result. */
  readonly invalid: boolean;
  readonly cpuMsPerFinal: number | null;
  readonly bytesPerFinal: number | null;
  readonly driverCpuMsPerDue: number;
  /** Of the machine, before and after. */
  readonly loadAverage: readonly number[];
  readonly seconds: readonly Second[];
};

export type LoadRun = {
  readonly outcomes: Outcomes;
  readonly intendedMs: Float64Array;
  readonly warmUpMs: number;
  readonly traceMs: number;
  /** Taken when the trace began, and at the end. */
  readonly first: MeterSample;
  readonly last: MeterSample;
  readonly loadAverage: readonly number[];
  readonly offered: Pick<LoadFigures, 'scale' | 'arrivals' | 'drivers' | 'warmUpPayments'>;
};

const PERCENTILE_STEPS = 200;

export function figuresOf(run: LoadRun): LoadFigures {
  const { outcomes, intendedMs, warmUpMs, traceMs, first, last, offered } = run;
  const { endedMs, sentMs, endings } = outcomes;
  const all = Array.from(intendedMs.keys());
  const mine = all.slice(offered.warmUpPayments);
  const finals = mine.filter((at) => endings[at]?.state === 'final');
  const due = mine.length;
  const final = finals.length;
  const endMs = warmUpMs + traceMs;
  const lastMs = finals.reduce((latest, at) => Math.max(latest, endedMs[at]!), endMs);
  const latencies = Float64Array.from(finals, (at) => endedMs[at]! - intendedMs[at]!).sort();
  const lags = Float64Array.from(mine, (at) => sentMs[at]! - intendedMs[at]!)
    .filter((lag) => !Number.isNaN(lag))
    .sort();
  const seconds = secondsOf(run, all);
  const per = (of: 'cpuMs' | 'bytesSent') => {
    const [from, to] = [first[of], last[of]];
    return from === null || to === null || final === 0 ? null : round((to - from) / final);
  };
  const driverCpuMs = last.driverCpuMs - first.driverCpuMs + outcomes.childrenCpuMs;
  return {
    ...offered,
    traceSeconds: traceMs / 1000,
    due,
    final,
    finalShareAtEnd: round(finals.filter((at) => endedMs[at]! <= endMs).length / due, 5),
    finalShare: round(final / due, 5),
    refused: refusalsOf(run, mine),
    lost: mine.filter((at) => endings[at] === undefined).length,
    retries: outcomes.retries,
    reposts: outcomes.reposts,
    perSecond: round((final * 1000) / (lastMs - warmUpMs)),
    peakPerSecond: Math.max(...seconds.map((second) => second.final)),
    latencyMs: rounded(quantilesOf(latencies)),
    latencyPercentilesMs: Array.from({ length: PERCENTILE_STEPS + 1 }, (_, step) => {
      const place = Math.round((step / PERCENTILE_STEPS) * (latencies.length - 1));
      return round(latencies[Math.max(0, place)] ?? 0);
    }),
    lagMs: rounded(quantilesOf(lags)),
    invalid: lags.length < due || isBehind(lags),
    cpuMsPerFinal: per('cpuMs'),
    bytesPerFinal: per('bytesSent'),
    driverCpuMsPerDue: round(driverCpuMs / due),
    loadAverage: run.loadAverage.map((load) => round(load)),
    seconds,
  };
}

function refusalsOf({ outcomes }: LoadRun, mine: readonly number[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const at of mine) {
    const ending = outcomes.endings[at];
    if (ending === undefined || ending.state === 'final') continue;
    counts[ending.reason] = (counts[ending.reason] ?? 0) + 1;
  }
  return counts;
}

function secondsOf(run: LoadRun, all: readonly number[]): Second[] {
  const { outcomes, intendedMs, warmUpMs } = run;
  const secondOf = (ms: number) => Math.floor((ms - warmUpMs) / 1000);
  const due = new Map<number, number[]>();
  const final = new Map<number, number>();
  for (const at of all) {
    const second = secondOf(intendedMs[at]!);
    const latencies = due.get(second) ?? [];
    due.set(second, latencies);
    const isFinal = outcomes.endings[at]?.state === 'final';
    latencies.push(isFinal ? outcomes.endedMs[at]! - intendedMs[at]! : Number.NaN);
    if (!isFinal) continue;
    const ended = secondOf(outcomes.endedMs[at]!);
    final.set(ended, (final.get(ended) ?? 0) + 1);
  }
  const [from, to] = [secondOf(0), Math.max(...due.keys(), ...final.keys())];
  return Array.from({ length: to - from + 1 }, (_, place): Second => {
    const at = from + place;
    const latencies = due.get(at) ?? [];
    const sorted = Float64Array.from(latencies.filter((ms) => !Number.isNaN(ms))).sort();
    const { p50, p99 } = rounded(quantilesOf(sorted));
    const hasAny = sorted.length > 0;
    return {
      at,
      due: latencies.length,
      final: final.get(at) ?? 0,
      p50Ms: hasAny ? p50 : null,
      p99Ms: hasAny ? p99 : null,
    };
  });
}

function rounded({ p50, p90, p99, max }: Quantiles): Quantiles {
  return { p50: round(p50), p90: round(p90), p99: round(p99), max: round(max) };
}

function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
