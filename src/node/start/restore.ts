import type { Committee } from '../../committee/committee.ts';
import type { Effects } from '../../replica/effects.ts';
import { shapeBlock, trust } from '../../replica/ingress.ts';
import type { Replica } from '../../replica/replica.ts';
import { assert } from '../../std/assert.ts';
import { runToEnd } from '../../std/slices.ts';
import { failpoint } from '../../storage/failpoint.ts';
import { halt, StorageFault } from '../../storage/fault.ts';
import type { Block } from '../../types/block.ts';
import type { LedgerId } from '../../types/ids.ts';
import type { Verified } from '../../types/transaction.ts';
import type { NodeData } from './data.ts';
import { ReplayFlush } from './replay-flush.ts';

/** Called behind each block, with how many are there then, and how many there will be. */
export type Advanced = (blocks: number, of: number) => void;

/** What is replayed, and by whose rules. */
export type Replay = {
  readonly committee: Committee;
  readonly ledgerId: LedgerId;
  readonly nowMs: number;
  /** The first so many blocks are there already. */
  readonly after: number;
  readonly advanced?: Advanced;
};

type Source = Pick<NodeData, 'journal' | 'store'>;

/**
 * Brings a replica to where the journal ends. Roots are computed as their epochs close; what the
 * effects would send or tell was sent or told in an earlier life. Returns the number of blocks.
 */
export async function restoreReplica(
  replica: Replica,
  data: Source,
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

/** Hands the journalled blocks to `restore`, in order. Returns how many there were. */
async function replayJournal(
  { journal, store }: Source,
  { committee, ledgerId, after, advanced }: Replay,
  restore: (block: Verified<Block>) => void,
): Promise<number> {
  const flush = new ReplayFlush(store);
  let count = 0;
  for await (const { ordinal, payload } of journal.scan(after)) {
    const block = shapeBlock(payload, committee, ledgerId);
    if (!block.ok) {
      const detail = `record ${ordinal} is no block of this ledger: ${block.error.detail}`;
      throw new StorageFault(halt('journal-corrupt', detail));
    }
    // It was verified before it was written, and the journal's hash chain is intact.
    restore(trust(block.value));
    count += 1;
    assert(after + count === ordinal, 'the journal is read in order');
    advanced?.(ordinal, journal.lastOrdinal);
    await flush.look();
  }
  await flush.end();
  return count;
}
