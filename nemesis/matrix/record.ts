import { appendFileSync } from 'node:fs';
import { buildDigest, readRecord } from '../../src/cli/record-file.ts';
import { VERSION } from '../../src/node/version.ts';
import { addTally } from '../../src/std/tally.ts';
import type { Cell } from './cell.ts';
import type { MatrixResult } from './matrix.ts';

/** One devnet to its end, by one build: a line of the record. */
type Line = MatrixResult & {
  readonly version: string;
  readonly build: string;
  readonly seed: number;
  readonly rate: number;
};

const nameOf = ({ point, damage }: Cell): string => `${point} x ${damage}`;

/**
 * Which cells were run and judged, and what came of them, whatever build it was (each line names its own). A
 * cell that was wrong is run again, and all of a devnet on which something else was.
 */
export class MatrixRecord {
  readonly #file: string;
  readonly #build = buildDigest();
  readonly #lines: Line[];

  constructor(file: string) {
    this.#file = file;
    this.#lines = readRecord(file);
  }

  left(cells: readonly Cell[]): Cell[] {
    const judged = this.#lines.filter(isWhole).flatMap((line) => line.cells);
    const done = new Set(judged.filter(({ isRight }) => isRight).map(({ cell }) => nameOf(cell)));
    return cells.filter((cell) => !done.has(nameOf(cell)));
  }

  add(result: MatrixResult, { seed, rate }: { seed: number; rate: number }): void {
    const line: Line = { version: VERSION, build: this.#build, seed, rate, ...result };
    this.#lines.push(line);
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  /** Of each cell the newest result, and all else of the lines in which these stand. */
  sum(): MatrixResult {
    const newest = new Map<string, Line>();
    for (const line of this.#lines) {
      for (const { cell } of line.cells) newest.set(nameOf(cell), line);
    }
    const isNewest = (line: Line, cell: Cell) => newest.get(nameOf(cell)) === line;
    const standing = this.#lines.flatMap((line) => {
      const cells = line.cells.filter(({ cell }) => isNewest(line, cell));
      return cells.length === 0 ? [] : [{ ...line, cells }];
    });
    return sumOf(standing);
  }
}

export function isRight(result: MatrixResult): boolean {
  return isWhole(result) && result.cells.every((one) => one.isRight);
}

/** Nothing is wrong that no cell alone can be blamed for. */
function isWhole({ conflicts, deaths, inDoubt, verdict }: MatrixResult): boolean {
  return conflicts.length + deaths.length + verdict.violations.length + inDoubt === 0;
}

export function sumOf(results: readonly MatrixResult[]): MatrixResult {
  const [first] = results;
  if (first === undefined) throw new Error('nothing was run');
  const counts = { ...first.verdict.counts };
  for (const { verdict } of results.slice(1)) addTally(counts, verdict.counts);
  return {
    cells: results.flatMap(({ cells }) => cells),
    slots: results.reduce((sum, { slots }) => sum + slots, 0),
    conflicts: results.flatMap(({ conflicts }) => conflicts),
    deaths: results.flatMap(({ deaths }) => deaths),
    inDoubt: results.reduce((sum, { inDoubt }) => sum + inDoubt, 0),
    verdict: { violations: results.flatMap(({ verdict }) => verdict.violations), counts },
  };
}
