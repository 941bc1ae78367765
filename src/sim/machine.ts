import { Replica } from '../replica/replica.ts';
import type { ReplicaOptions } from '../replica/replica-options.ts';
import { MemoryStore } from '../storage/memory-store.ts';
import type { LaneId } from '../types/ids.ts';
import type { Disk } from './disk.ts';
import type { Machine } from './host.ts';
import { mockSigner } from './mock-signatures.ts';
import { createProvider } from './provider.ts';
import type { Stage } from './stage.ts';

/** The product's own replica on simulated ports. Its table is empty after every start. */
export function createReplica(
  stage: Stage,
  lane: LaneId,
  disk: Disk,
  tampers: Pick<ReplicaOptions, 'tamper' | 'tamperParts'> = {},
): Machine {
  const { genesis, ledgerId, committee, scenario } = stage;
  const store = new MemoryStore();
  const replica = new Replica({
    genesis,
    ledgerId,
    committee,
    lane,
    signer: mockSigner(committee.publicKey(lane)),
    store,
    archive: disk,
    policy: scenario.policy,
    ...tampers,
    tamper(core) {
      const { leaders } = scenario;
      if (leaders !== undefined) {
        core.rules.leader = (epoch, view) => leaders[(epoch + view) % leaders.length]!;
      }
      tampers.tamper?.(core);
    },
  });
  return {
    step: (nowMs, input, more) => replica.step(nowMs, input, more),
    restore: (block) => replica.restore(block),
    status: (txid) => replica.status(txid),
    provider: createProvider(replica, store),
    roots(epoch) {
      const work = replica.rootWork(epoch);
      for (let next = work.next(); ; next = work.next()) if (next.done) return next.value;
    },
  };
}
