import type { LoadFigures } from '../../src/replay/load/figures.ts';
import type { Contender } from './network.ts';
import type { Cell, LimitResult } from './result.ts';

const FINAL_SHARE = 0.99;
const P99_MAX_MS = 10_000;
/** Growth until a scale fails, and how close the largest good and the smallest bad one come. */
const GROWTH = 2;
const NARROW = 1.15;
const TRIES_MAX = 9;

function isTaken({ finalShare, latencyMs, invalid }: LoadFigures): boolean {
  return !invalid && finalShare >= FINAL_SHARE && latencyMs.p99 <= P99_MAX_MS;
}

/** Doubles until a scale fails, then narrows. A scale at which the driver fails counts as failed. */
export async function largestScale(
  system: Contender,
  cell: Cell,
  run: (system: Contender, cell: Cell) => Promise<LoadFigures>,
): Promise<LimitResult> {
  const tried: { scale: number; passed: boolean; figures: LoadFigures }[] = [];
  let good = 0;
  let bad = Number.POSITIVE_INFINITY;
  for (let scale = cell.scale; tried.length < TRIES_MAX && bad / good > NARROW; ) {
    const figures = await run(system, { ...cell, scale });
    const passed = isTaken(figures);
    tried.push({ scale, passed, figures });
    if (passed) good = scale;
    else bad = scale;
    if (bad === Number.POSITIVE_INFINITY) scale = good * GROWTH;
    else scale = good === 0 ? bad / GROWTH : Math.sqrt(good * bad);
    scale = Number(scale.toPrecision(4));
  }
  const best = tried.find(({ scale, passed }) => passed && scale === good)?.figures;
  return {
    ...cell,
    system,
    tried,
    largest: best === undefined ? null : good,
    perSecond: best === undefined ? null : Math.round(best.due / best.traceSeconds),
  };
}
