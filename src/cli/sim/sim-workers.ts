import { Worker } from 'node:worker_threads';
import {
  addReport,
  emptyReport,
  type SimulationOptions,
  type SimulationReport,
} from '../../sim/simulate.ts';

/** Seeds that a thread is given at once. */
const PIECE_SEEDS = 25;
/** Almost everything that a run makes dies with it: with more room for the young, less of it is copied. */
const YOUNG_MB = 64;

export const PIECE_DONE = 'done';

export type FromWorker =
  | { readonly kind: 'begin'; readonly seed: number; readonly drawn: string }
  | { readonly kind: 'end'; readonly failed: boolean }
  | { readonly kind: typeof PIECE_DONE; readonly report: SimulationReport };

/** Remembers what was run. */
export type PieceRecord = {
  /** Those of the seeds that it does not have. */
  left(asked: SimulationOptions): SimulationOptions[];
  add(piece: SimulationOptions, report: SimulationReport): void;
};

type Piece = { readonly part: number; readonly options: SimulationOptions };

/**
 * Runs the seeds of each part in `count` threads. The reports, one per part, do not depend on how many
 * there are: pieces are added up in their own order. Seeds that the record has are left out.
 */
export async function runInWorkers(
  parts: readonly SimulationOptions[],
  count: number,
  report: (event: Exclude<FromWorker, { kind: typeof PIECE_DONE }>) => void,
  record: PieceRecord | null = null,
): Promise<SimulationReport[]> {
  const pieces = piecesLeft(parts, record);
  const reports = new Array<SimulationReport>(pieces.length);
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./sim-worker.js', import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    try {
      while (next < pieces.length) {
        const index = next++;
        const { options } = pieces[index]!;
        const done = await runPiece(worker, options, report);
        record?.add(options, done);
        reports[index] = done;
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, pieces.length) }, work));
  const sums = parts.map(emptyReport);
  pieces.forEach(({ part }, index) => {
    addReport(sums[part]!, reports[index]!);
  });
  return sums;
}

/** How many seeds there are to run. */
export function seedsLeft(parts: readonly SimulationOptions[], record: PieceRecord | null): number {
  return piecesLeft(parts, record).reduce((sum, { options }) => sum + options.seeds, 0);
}

function piecesLeft(parts: readonly SimulationOptions[], record: PieceRecord | null): Piece[] {
  return parts.flatMap((asked, part) =>
    (record?.left(asked) ?? [asked]).flatMap((left) => piecesOf(left, part)),
  );
}

function piecesOf(options: SimulationOptions, part: number): Piece[] {
  const { seeds, firstSeed } = options;
  return Array.from({ length: Math.ceil(seeds / PIECE_SEEDS) }, (_, i) => {
    const done = i * PIECE_SEEDS;
    const left = Math.min(PIECE_SEEDS, seeds - done);
    return { part, options: { ...options, firstSeed: firstSeed + done, seeds: left } };
  });
}

function runPiece(
  worker: Worker,
  options: SimulationOptions,
  report: (event: Exclude<FromWorker, { kind: typeof PIECE_DONE }>) => void,
): Promise<SimulationReport> {
  return new Promise((resolve, reject) => {
    const listen = (message: FromWorker) => {
      if (message.kind !== PIECE_DONE) return report(message);
      worker.off('message', listen);
      worker.off('error', reject);
      resolve(message.report);
    };
    worker.on('message', listen);
    worker.on('error', reject);
    worker.postMessage(options);
  });
}
