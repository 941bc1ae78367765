import { type CellResult, type CompareResult, cellKey, type Scalar } from './result.ts';

/** Which way is better, for the figures that are compared. */
const BETTER: Readonly<Partial<Record<Scalar, 'less' | 'more'>>> = {
  p50Ms: 'less',
  p99Ms: 'less',
  cpuMsPerFinal: 'less',
  bytesPerFinal: 'less',
  perSecond: 'more',
  finalShare: 'more',
};

export type CheckLines = { readonly all: readonly string[]; readonly worse: readonly string[] };

/**
 * Compares Althing's medians in two results, cell by cell. Where another system was run beside it in
 * both, it is the ratio to that one which is compared: a slower machine slows both.
 */
export function checkResults(
  before: CompareResult,
  after: CompareResult,
  tolerance: number,
): CheckLines {
  const all: string[] = [];
  const worse: string[] = [];
  for (const now of after.cells.filter(({ system }) => system === 'althing')) {
    const then = before.cells.find(({ system, ...cell }) => {
      return system === 'althing' && cellKey(cell) === cellKey(now);
    });
    if (then === undefined) continue;
    const yardstick = yardstickOf(before, after, now);
    for (const [name, direction] of Object.entries(BETTER) as [Scalar, 'less' | 'more'][]) {
      const growth = growthOf(then, now, name, yardstick);
      if (growth === null) continue;
      const loss = direction === 'less' ? growth : 1 / growth;
      const against = yardstick === null ? '' : ` against ${yardstick[0].system}`;
      const line = `${cellKey(now)}: ${name} x ${growth.toFixed(3)}${against}`;
      all.push(loss > tolerance ? `${line} WORSE` : line);
      if (loss > tolerance) worse.push(line);
    }
  }
  if (all.length === 0) {
    const line = 'the two results have no cell in common';
    return { all: [line], worse: [line] };
  }
  return { all, worse };
}

type Yardstick = readonly [before: CellResult, after: CellResult];

/** The first other system that ran this cell in both. */
function yardstickOf(
  before: CompareResult,
  after: CompareResult,
  cell: CellResult,
): Yardstick | null {
  const others = (result: CompareResult) =>
    result.cells.filter((one) => {
      return one.system.startsWith('algorand') && cellKey(one) === cellKey(cell);
    });
  for (const now of others(after)) {
    const then = others(before).find(({ system }) => system === now.system);
    if (then !== undefined) return [then, now];
  }
  return null;
}

function growthOf(
  then: CellResult,
  now: CellResult,
  name: Scalar,
  yardstick: Yardstick | null,
): number | null {
  const own = ratio(now, then, name);
  if (own === null || yardstick === null) return own;
  const other = ratio(yardstick[1], yardstick[0], name);
  return other === null ? own : own / other;
}

function ratio(over: CellResult, under: CellResult, name: Scalar): number | null {
  const [a, b] = [over.summary[name]?.median ?? 0, under.summary[name]?.median ?? 0];
  return a > 0 && b > 0 ? a / b : null;
}
