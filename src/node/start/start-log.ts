import { MISFITS } from '../../storage/savepoint/savepoint-head.ts';
import type { Identity } from '../folder/identity.ts';
import type { Log } from '../log/logger.ts';
import type { OpenData } from './data.ts';
import type { Advanced } from './restore.ts';
import type { Started } from './start-replica.ts';
import { START_PARTS } from './start-times.ts';

/** What the operator is told of a start. */
export function sayStart(log: Log, identity: Identity, data: OpenData, started: Started): void {
  sayBeginning(log, data);
  const { lane, ledgerId } = identity;
  const { replica, continued, misfit, replayed, transactions, times } = started;
  const tookMs = Object.fromEntries(START_PARTS.map((part) => [part, Math.round(times[part])]));
  const fields = { lane, ledgerId, blocks: replica.blocks, replayed, transactions, tookMs };
  if (continued !== null) {
    log.info({ ...fields, continued }, 'continued from a savepoint, rest of the journal replayed');
    return;
  }
  const why = misfit === null ? '' : MISFITS[misfit];
  log.info({ ...fields, misfit }, `journal replayed; no savepoint: ${why}`);
}

/** Between two lines about a replay. */
const REPLAY_LINE_MS = 10_000;

/** Says at times how far a long replay is: nothing else of the node answers before its end. */
export function sayReplay(log: Log, now = () => performance.now()): Advanced {
  let saidMs = now();
  return (blocks, of) => {
    const nowMs = now();
    if (nowMs - saidMs < REPLAY_LINE_MS) return;
    saidMs = nowMs;
    log.info({ blocks, of }, 'replaying the journal');
  };
}

/** What was dropped before, if anything. */
function sayBeginning(log: Log, { stop, damagedStops }: OpenData): void {
  if (damagedStops.length > 0) {
    const fields = { damagedStops, generation: stop?.generation ?? 0 };
    log.warn(fields, 'a stop state is damaged; the journal still has what it stands for');
  }
  if (stop === null) return;
  const { generation, records } = stop;
  log.info({ generation, records }, 'everything here begins with this generation');
}
