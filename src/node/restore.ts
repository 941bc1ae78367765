import type { Effects } from '../replica/effects.ts';
import type { Replica } from '../replica/replica.ts';
import { runToEnd } from '../std/slices.ts';
import { failpoint } from '../storage/failpoint.ts';
import { halt, StorageFault } from '../storage/fault.ts';
import { type NodeData, type Replay, replayJournal } from './data.ts';

/**
 * Brings a replica to where the journal ends. Roots are computed as their epochs close; what the
 * effects would send or tell was sent or told in an earlier life. Returns the number of blocks.
 */
export async function restoreReplica(
  replica: Replica,
  data: Pick<NodeData, 'journal' | 'store'>,
  replay: Replay,
): Promise<number> {
  const { nowMs } = replay;
  const take = (effects: Effects): void => {
    if (effects.halt !== null) throw new StorageFault(halt(effects.halt.code, effects.halt.detail));
    for (const { epoch } of effects.work) {
      const roots = runToEnd(replica.rootWork(epoch));
      take(replica.step(nowMs, { kind: 'rooted', epoch, ...roots }));
    }
  };
  failpoint('before-replay');
  const blocks = await replayJournal(data, replay, (block) => {
    take(replica.restore(nowMs, block));
  });
  replica.restored();
  failpoint('after-replay');
  return blocks;
}
