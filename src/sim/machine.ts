import { Replica } from '../replica/replica.ts';
import type { LaneId } from '../types/ids.ts';
import { type Disk, MemoryTable } from './disk.ts';
import type { Machine } from './host.ts';
import { mockSigner } from './mock-signatures.ts';
import type { Stage } from './stage.ts';

/** The product's own replica on simulated ports. Its table is empty after every start. */
export function createReplica(stage: Stage, lane: LaneId, disk: Disk): Machine {
  const { genesis, ledgerId, committee, scenario } = stage;
  const replica = new Replica({
    genesis,
    ledgerId,
    committee,
    lane,
    signer: mockSigner(committee.publicKey(lane)),
    store: new MemoryTable(),
    archive: disk,
    policy: scenario.policy,
  });
  return {
    step: (nowMs, input) => replica.step(nowMs, input),
    restore: (block) => replica.restore(block),
    status: (txid) => replica.status(txid),
    roots(epoch) {
      const work = replica.rootWork(epoch);
      for (let next = work.next(); ; next = work.next()) if (next.done) return next.value;
    },
  };
}
