import { setTimeout as sleep } from 'node:timers/promises';
import { createPrng } from '../../src/std/prng.ts';
import { DROP_FAILPOINTS, FAILPOINTS, type FailpointName } from '../../src/storage/failpoint.ts';
import type { Verdict } from '../checker/check.ts';
import type { FaultNote } from '../history/history.ts';
import { onFleet, type TrialOptions, underLoad } from '../trial.ts';
import { DAMAGES, type Damage } from './damage.ts';
import { observerCell } from './observer-cell.ts';
import { type Cell, type CellResult, ValidatorCells } from './validator-cells.ts';

export type MatrixOptions = Pick<TrialOptions, 'seed' | 'rate' | 'portBase' | 'note'> & {
  readonly points: readonly FailpointName[];
  readonly damages: readonly Damage[];
};

export type MatrixResult = {
  readonly cells: readonly CellResult[];
  /** Slots of lanes of which a block was seen, and what was signed twice. */
  readonly slots: number;
  readonly conflicts: readonly string[];
  readonly verdict: Verdict;
};

const VALIDATORS = 4;
/** A small segment, so that new ones are begun. */
const SEGMENT_BYTES = 200_000;
const MIX = { readsPerSecond: 5, rivals: 0.05, overdrafts: 0 };

/** Of two epochs, of which one ended is kept: without savepoints, so their points are not passed. */
const GENERATIONS = { generationEpochs: 2, settings: { 'storage.generationsKept': 1 } } as const;
const isDrop = ({ point }: Cell) => DROP_FAILPOINTS.includes(point);

/** All cells, in the order in which a folder can get into them. */
export function cellsOf(points: readonly FailpointName[], damages: readonly Damage[]): Cell[] {
  const wanted = FAILPOINTS.filter((point) => points.includes(point));
  return wanted.flatMap((point) => damages.map((damage) => ({ point, damage })));
}

/**
 * Ends one validator of a devnet under load at each failpoint, damages its folder, starts it again, and
 * looks at what it then is: the same as the others, or halted with a word about what to do.
 */
export async function runMatrix(options: MatrixOptions): Promise<MatrixResult> {
  const { seed, portBase, rate, note } = options;
  const cells = cellsOf(options.points, options.damages);
  const random = createPrng(`matrix ${seed}`);
  const results: CellResult[] = [];
  const add = (result: CellResult): void => {
    results.push(result);
    const { cell, outcome, isRight } = result;
    note(`${isRight ? 'ok  ' : 'FAIL'} ${cell.point} x ${cell.damage}: ${outcome}`);
  };
  const settings = {
    ...{ validators: VALIDATORS, portBase, accounts: 40 },
    ...(cells.some(isDrop) ? GENERATIONS : {}),
    orders: () => ({ segmentBytes: SEGMENT_BYTES }),
  };
  return onFleet(settings, async (fleet) => {
    const validatorCells = new ValidatorCells(fleet, random, SEGMENT_BYTES);
    const isMarker = ({ point }: Cell) => point.endsWith('-marker');
    const isInstall = ({ point }: Cell) => point.endsWith('-install');
    await validatorCells.startOthers();
    for (const cell of cells.filter(isMarker)) add(await validatorCells.setUp(cell));
    await fleet.launch(validatorCells.victim);
    const plan = { ...MIX, paymentsPerSecond: rate, seed };
    const { verdict } = await underLoad(fleet, plan, async ({ recorder }) => {
      const rest = cells.filter((cell) => !isMarker(cell) && !isInstall(cell));
      const noteFault = (fault: FaultNote): void => recorder.note({ line: 'fault', fault });
      for (const cell of rest) add(await validatorCells.run(cell, noteFault));
      for (const cell of cells.filter(isInstall)) add(await observerCell(fleet, cell, random));
      await sleep(1000);
    });
    const { slots, conflicts } = await validatorCells.collect();
    return { cells: results, slots, conflicts, verdict };
  });
}

/** One line per point, one column per damage. */
export function matrixTable(cells: readonly CellResult[]): string {
  const damages = DAMAGES.filter((damage) => cells.some(({ cell }) => cell.damage === damage));
  const points = [...new Set(cells.map(({ cell }) => cell.point))];
  const textOf = (point: FailpointName, damage: Damage): string => {
    const found = cells.find(({ cell }) => cell.point === point && cell.damage === damage);
    if (found === undefined) return '';
    return `${found.isRight ? '' : 'FAIL '}${found.short}`;
  };
  const rows = [
    ['', ...damages],
    ...points.map((point) => [point, ...damages.map((one) => textOf(point, one))]),
  ];
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
