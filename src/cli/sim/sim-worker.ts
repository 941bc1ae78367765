import { parentPort } from 'node:worker_threads';
import { runSimulation, type SimulationOptions } from '../../sim/simulate.ts';
import { type FromWorker, PIECE_DONE } from './sim-workers.ts';

/** Thread entry: runs each piece of seeds that it is given, and tells every seed's beginning and end. */
parentPort?.on('message', (piece: SimulationOptions) => {
  const tell = (message: FromWorker) => parentPort?.postMessage(message);
  const report = runSimulation(piece, (event) => {
    if (event.kind === 'begin') tell({ kind: 'begin', seed: event.seed, drawn: event.drawn });
    else tell({ kind: 'end', failed: event.result.violations.length > 0 });
  });
  tell({ kind: PIECE_DONE, report });
});
