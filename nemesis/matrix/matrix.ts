import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPrng } from '../../src/std/prng.ts';
import type { FailpointName } from '../../src/storage/failpoint.ts';
import type { Verdict } from '../checker/check.ts';
import { BUNDLE } from '../cluster/validator.ts';
import type { FaultNote } from '../history/history.ts';
import { onFleet, type TrialOptions, underLoad } from '../trial.ts';
import {
  type Cell,
  type CellResult,
  cellsOf,
  isDrop,
  isInstall,
  isMarker,
  piecesOf,
} from './cell.ts';
import { DAMAGES, type Damage } from './damage.ts';
import { observerCell } from './observer-cell.ts';
import { isRight, type MatrixRecord, sumOf } from './record.ts';
import { ValidatorCells } from './validator-cells.ts';

export type MatrixOptions = Pick<TrialOptions, 'seed' | 'rate' | 'portBase' | 'note'> & {
  readonly points: readonly FailpointName[];
  readonly damages: readonly Damage[];
  /** Cells on one devnet, with one verdict. */
  readonly chunk: number;
  /** What it has is left out and counts; null: everything is run. */
  readonly record: MatrixRecord | null;
};

export type MatrixResult = {
  readonly cells: readonly CellResult[];
  /** Slots of lanes of which a block was seen, and what was signed twice. */
  readonly slots: number;
  readonly conflicts: readonly string[];
  /** What others said that ended by themselves. */
  readonly deaths: readonly string[];
  /** Transactions of which nobody said what became of them. */
  readonly inDoubt: number;
  readonly verdict: Verdict;
};

const VALIDATORS = 4;
/** A small segment, so that new ones are begun. */
const SEGMENT_BYTES = 40_000;
const MIX = { rivals: 0.05, overdrafts: 0 };

/** Short ones, but two kept last longer than it takes to come back. Without savepoints: their points are not passed. */
const GENERATIONS = { generationEpochs: 6, settings: { 'storage.generationsKept': 2 } } as const;

/** All cells that the record does not have, some on one devnet after some on another. */
export async function runMatrix(options: MatrixOptions): Promise<MatrixResult> {
  const { record, chunk, note } = options;
  const cells = cellsOf(options.points, options.damages);
  const left = record?.left(cells) ?? cells;
  if (left.length < cells.length) note(`${cells.length - left.length} of ${cells.length} were run`);
  const results: MatrixResult[] = [];
  for (const piece of piecesOf(left, chunk)) {
    const result = await runPiece(options, piece);
    record?.add(result, options);
    results.push(result);
    const { slots, conflicts, verdict } = result;
    const counts = `${slots} slots, ${conflicts.length} signed twice, ${verdict.counts.acknowledged} acknowledged, ${verdict.violations.length} violations`;
    note(`${isRight(result) ? 'ok  ' : 'FAIL'} ${piece.length} cells: ${counts}`);
  }
  return record?.sum() ?? sumOf(results);
}

/**
 * Ends one validator of a devnet under load at one failpoint after another, damages its folder each time,
 * starts it again, and looks at what it then is: the same as the others, or halted with a word about what
 * to do. At the end what all clients saw is judged, and all journals are searched.
 */
async function runPiece(options: MatrixOptions, cells: readonly Cell[]): Promise<MatrixResult> {
  const { seed, portBase, rate, note } = options;
  const randomOf = ({ point, damage }: Cell) => createPrng(`matrix ${seed} ${point} ${damage}`);
  const results: CellResult[] = [];
  const settings = {
    validators: VALIDATORS,
    portBase,
    accounts: 40,
    program: () => BUNDLE,
    ...(cells.some(isDrop) ? GENERATIONS : {}),
  };
  return onFleet(settings, async (fleet) => {
    const add = (result: CellResult): void => {
      results.push(result);
      const { cell, outcome, isRight } = result;
      note(`${isRight ? 'ok  ' : 'FAIL'} ${cell.point} x ${cell.damage}: ${outcome}`);
    };
    const ofValidator = new ValidatorCells(fleet, randomOf, SEGMENT_BYTES);
    await ofValidator.startOthers();
    for (const cell of cells.filter(isMarker)) add(await ofValidator.setUp(cell));
    await ofValidator.startVictim();
    const historyFile = path.join(fleet.folder, 'history.jsonl');
    const plan = { ...MIX, paymentsPerSecond: rate, readsPerSecond: rate, seed, historyFile };
    const { inDoubt, verdict } = await underLoad(fleet, plan, async (stage) => {
      if (cells.some(isDrop)) stage.watchLedgers();
      const rest = cells.filter((cell) => !isMarker(cell) && !isInstall(cell));
      const noteFault = (fault: FaultNote): void => stage.recorder.note({ line: 'fault', fault });
      for (const cell of rest) add(await ofValidator.run(cell, noteFault));
      for (const cell of cells.filter(isInstall))
        add(await observerCell(fleet, cell, randomOf(cell)));
      await sleep(1000);
    });
    const { deaths } = ofValidator;
    const { slots, conflicts } = await ofValidator.collect();
    const result = { cells: results, slots, conflicts, deaths, inDoubt, verdict };
    if (!isRight(result)) {
      fleet.keep();
      note(`kept: ${fleet.folder}`);
    }
    return result;
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
