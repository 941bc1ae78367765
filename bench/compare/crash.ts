import type { LoadFigures, Second } from '../../src/replay/load/figures.ts';
import { type CellResult, cellKey, spreadOf } from './result.ts';

/** When, of a trace's length, a validator is killed. */
export const CRASH_SHARE = 0.4;

export type CrashShares = {
  readonly cell: string;
  readonly system: string;
  readonly before: number | null;
  readonly after: number | null;
  readonly p50Before: number | null;
  readonly p50After: number | null;
  /** Whole seconds after the crash in which payments were due and none became final. */
  readonly silentSeconds: number | null;
};

export function crashShares(cell: CellResult): CrashShares {
  const runs = cell.runs.filter(({ invalid }) => !invalid);
  const crashAt = CRASH_SHARE * cell.seconds;
  const median = (of: (run: LoadFigures) => number | null) => {
    const found = spreadOf(runs.map(of));
    return found === null ? null : Number(found.median.toFixed(1));
  };
  const before = (run: LoadFigures) => between(run, 0, crashAt);
  const after = (run: LoadFigures) => between(run, crashAt + 1, cell.seconds);
  return {
    cell: cellKey(cell),
    system: cell.system,
    before: median((run) => mean(before(run).map(({ final }) => final))),
    after: median((run) => mean(after(run).map(({ final }) => final))),
    p50Before: median((run) => middle(before(run))),
    p50After: median((run) => middle(after(run))),
    silentSeconds: median((run) => longestSilence(between(run, crashAt, cell.seconds))),
  };
}

function between({ seconds }: LoadFigures, from: number, to: number): Second[] {
  return seconds.filter(({ at }) => at >= from && at < to);
}

function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function middle(seconds: readonly Second[]): number | null {
  return spreadOf(seconds.map(({ p50Ms }) => p50Ms))?.median ?? null;
}

function longestSilence(seconds: readonly Second[]): number {
  let longest = 0;
  let current = 0;
  for (const { due, final } of seconds) {
    current = final === 0 && due > 0 ? current + 1 : 0;
    longest = Math.max(longest, current);
  }
  return longest;
}
