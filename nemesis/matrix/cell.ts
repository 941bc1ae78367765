import { DROP_FAILPOINTS, FAILPOINTS, type FailpointName } from '../../src/storage/failpoint.ts';
import type { Damage } from './damage.ts';

/** Where the process ends, and what becomes of its folder. */
export type Cell = { readonly point: FailpointName; readonly damage: Damage };

export type CellResult = {
  readonly cell: Cell;
  readonly isRight: boolean;
  /** A word for the table, and a sentence. */
  readonly short: string;
  readonly outcome: string;
};

/** In which life a point is passed, and how often. */
const MARKER: readonly FailpointName[] = ['before-marker', 'after-marker'];
const INSTALL: readonly FailpointName[] = ['before-install', 'after-install'];
const REPLAY: readonly FailpointName[] = ['before-replay', 'after-replay'];
/** Passed when it is stopped, at the latest. */
const AT_STOP: readonly FailpointName[] = [
  'before-batch',
  'after-batch',
  'before-run',
  'after-run',
  'before-savepoint',
  'after-savepoint',
];
const RARE: readonly FailpointName[] = [
  ...['before-segment', 'after-segment', 'before-seal', 'after-seal'],
  ...['before-roots', 'after-roots', 'before-certified', 'after-certified'],
].flatMap((name) => FAILPOINTS.find((point) => point === name) ?? []);

/** Up to so many passings of a point before it strikes; of what happens once in a life the first counts. */
const HITS_MAX = 5;
const RARE_HITS_MAX = 2;

/** In the first start of an empty folder. */
export const isMarker = ({ point }: Cell): boolean => MARKER.includes(point);
/** Of an observer. */
export const isInstall = ({ point }: Cell): boolean => INSTALL.includes(point);
/** Where generations end, of which few are kept. */
export const isDrop = ({ point }: Cell): boolean => DROP_FAILPOINTS.includes(point);
export const isAtStart = ({ point }: Cell): boolean => [...MARKER, ...REPLAY].includes(point);
export const isAtStop = ({ point }: Cell): boolean => AT_STOP.includes(point);

/** Does it lose what others have seen? What ends before it could sign does not. */
export function goesBack(cell: Cell): boolean {
  return cell.damage === 'rollback' && !isAtStart(cell);
}

export function hitsMax(cell: Cell): number {
  if (isAtStart(cell) || isAtStop(cell) || isDrop(cell)) return 1;
  return RARE.includes(cell.point) ? RARE_HITS_MAX : HITS_MAX;
}

/** All cells, in the order in which a folder can get into them. */
export function cellsOf(points: readonly FailpointName[], damages: readonly Damage[]): Cell[] {
  const wanted = FAILPOINTS.filter((point) => points.includes(point));
  return wanted.flatMap((point) => damages.map((damage) => ({ point, damage })));
}

/** Cells that share a devnet, so many at most: those of dropping generations need one of their own kind. */
export function piecesOf(cells: readonly Cell[], size: number): Cell[][] {
  const kinds = [cells.filter((cell) => !isDrop(cell)), cells.filter(isDrop)];
  return kinds.flatMap((kind) =>
    Array.from({ length: Math.ceil(kind.length / size) }, (_, at) =>
      kind.slice(at * size, (at + 1) * size),
    ),
  );
}
