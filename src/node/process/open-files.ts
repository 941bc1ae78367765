import { connectionsMaxOf } from '../../network/host.ts';
import { API_LIMITS, NETWORK_LIMITS, STORAGE_LIMITS } from '../../types/limits.ts';
import { configError } from '../operator-error.ts';

/** Of the runtime, LevelDB, logs and what is written: a validator at rest has 40, with 8 sockets among them. */
const BASE = 64;
const PER_WORKER = 8;
/** Segments, runs and pages are held open for reading, so many of each. */
const KINDS_HELD_OPEN = 3;
const METRICS = 16;
/** With fewer connections REST would be no use. */
const CLIENTS_MIN = 16;

/** How many files and sockets the system lets this process have open; null: any number, or it does not say. */
export function openFilesMax(): number | null {
  // Else the names of all peers are asked for.
  Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { soft: number | string } };
  };
  const max = Number(userLimits?.open_files?.soft);
  return Number.isSafeInteger(max) ? max : null;
}

/**
 * Connections of clients that leave the node the files which it may need itself: one that cannot begin a segment of
 * its journal, since clients have taken the last, halts. Throws an OperatorError where too few are left.
 */
export function clientConnectionsMax(
  members: number,
  workers: number,
  filesMax: number | null = openFilesMax(),
): number {
  const documented = API_LIMITS.connectionsMax.value;
  if (filesMax === null) return documented;
  const held = KINDS_HELD_OPEN * STORAGE_LIMITS.openFilesMax.value;
  const peers = connectionsMaxOf(members) + NETWORK_LIMITS.pendingConnectionsMax.value;
  const own = BASE + PER_WORKER * workers + held + METRICS + peers;
  if (filesMax >= own + CLIENTS_MIN) return Math.min(documented, filesMax - own);
  throw configError(
    `this process may have ${filesMax} files and connections open, a node of this network needs ${own + CLIENTS_MIN}, and ${own + documented} for all clients that it may have: raise the limit (ulimit -n)`,
  );
}
