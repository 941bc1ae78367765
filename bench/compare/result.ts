import type { LoadFigures } from '../../src/replay/load/figures.ts';
import type { Contender } from './network.ts';

/** The form of result.json. A change of its meaning is a new number. */
export const RESULT_FORMAT = 'althing.compare/1';

export type Fault = 'none' | 'crash';

/** What one cell of the matrix asks of every system. */
export type Cell = {
  readonly trace: string;
  readonly scale: number;
  readonly from: number;
  readonly seconds: number;
  readonly fault: Fault;
  readonly validators: number;
};

/** Over the valid repetitions. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number };

export const SCALARS = [
  'perSecond',
  'finalShare',
  'p50Ms',
  'p90Ms',
  'p99Ms',
  'cpuMsPerFinal',
  'bytesPerFinal',
  'driverCpuMsPerDue',
] as const;
export type Scalar = (typeof SCALARS)[number];
export const SCALAR_HEADS: Readonly<Record<Scalar, string>> = {
  perSecond: 'final/s',
  finalShare: 'final share',
  p50Ms: 'p50 ms',
  p90Ms: 'p90 ms',
  p99Ms: 'p99 ms',
  cpuMsPerFinal: 'CPU-ms/tx',
  bytesPerFinal: 'bytes/tx',
  driverCpuMsPerDue: 'driver CPU-ms/tx',
};

export type CellResult = Cell & {
  readonly system: Contender;
  readonly runs: readonly LoadFigures[];
  /** Runs in which the driver was the bottleneck; they count nowhere. */
  readonly invalid: number;
  readonly summary: Readonly<Record<Scalar, Spread | null>>;
};

/** The largest scale of a trace that a system takes: 99 % final, and p99 within ten seconds. */
export type LimitResult = Cell & {
  readonly system: Contender;
  /** null: not even the smallest one that was tried. */
  readonly largest: number | null;
  /** Mean rate at that scale. */
  readonly perSecond: number | null;
  readonly tried: readonly {
    readonly scale: number;
    readonly passed: boolean;
    readonly figures: LoadFigures;
  }[];
};

/** A system that nobody asks for anything. */
export type IdleResult = {
  readonly system: Contender;
  readonly validators: number;
  readonly seconds: number;
  /** Of one core, all validators together. */
  readonly cpuPercent: number | null;
  readonly bytesPerSecond: number | null;
};

export type CompareResult = {
  readonly format: typeof RESULT_FORMAT;
  readonly date: string;
  readonly commit: string;
  readonly command: string;
  readonly machine: {
    readonly cores: number;
    readonly model: string;
    readonly memoryGiB: number;
    readonly kernel: string;
    readonly node: string;
  };
  readonly systems: Readonly<Partial<Record<Contender, string>>>;
  /** Systems that were asked for and cannot run here, and why. */
  readonly notRun: Readonly<Partial<Record<Contender, string>>>;
  readonly cells: readonly CellResult[];
  readonly limits: readonly LimitResult[];
  readonly idle: readonly IdleResult[];
};

export function cellResult(
  cell: Cell,
  system: Contender,
  runs: readonly LoadFigures[],
): CellResult {
  const valid = runs.filter((run) => !run.invalid);
  const values = valid.map(scalarsOf);
  const summary = Object.fromEntries(
    SCALARS.map((name) => [name, spreadOf(values.map((value) => value[name]))]),
  ) as CellResult['summary'];
  return { ...cell, system, runs, invalid: runs.length - valid.length, summary };
}

export function cellKey({ trace, scale, from, seconds, fault, validators }: Cell): string {
  return [trace, `x${scale}`, `${from}+${seconds}s`, fault, `n=${validators}`].join(' ');
}

function scalarsOf(run: LoadFigures): Record<Scalar, number | null> {
  const { perSecond, finalShare, cpuMsPerFinal, bytesPerFinal, driverCpuMsPerDue } = run;
  const { p50, p90, p99 } = run.latencyMs;
  return {
    perSecond,
    finalShare,
    p50Ms: p50,
    p90Ms: p90,
    p99Ms: p99,
    cpuMsPerFinal,
    bytesPerFinal,
    driverCpuMsPerDue,
  };
}

export function spreadOf(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((value) => value !== null && Number.isFinite(value)) as number[];
  if (known.length === 0) return null;
  const sorted = known.sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const odd = sorted.length % 2 === 1;
  const median = odd ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** As figures are shown. */
export function short(value: number): number {
  return Number(value.toPrecision(4));
}
