import type { Effects, Input } from '../replica/effects.ts';
import { Replica } from '../replica/replica.ts';
import type { ReplicaOptions } from '../replica/replica-options.ts';
import type { TxStatus } from '../replica/view.ts';
import { MemoryStore } from '../storage/memory-store.ts';
import type { Block } from '../types/block.ts';
import type { LaneId, TxId } from '../types/ids.ts';
import type { Verified } from '../types/transaction.ts';
import type { Disk } from './disk.ts';
import { mockSigner, mockVerifier } from './mock-signatures.ts';
import { createProvider, type SnapshotProvider } from './provider.ts';
import type { Stage } from './stage.ts';

/** What a host drives. */
export type Machine = {
  step(nowMs: number, input: Input, more: boolean): Effects;
  restore(block: Verified<Block>): Effects;
  /** Are the witnesses of such a block to be checked before it is given to the machine? */
  checks(header: Block['header']): boolean;
  status(txid: TxId): TxStatus;
  readonly provider: SnapshotProvider;
  /** The roots of an epoch that the machine asked for. */
  roots(epoch: number): { readonly txRoot: Block['digest']; readonly stateRoot: Block['digest'] };
};

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
    verifier: mockVerifier,
    policy: scenario.policy,
    ...(scenario.nodeWindow === undefined ? {} : { nodeWindow: scenario.nodeWindow }),
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
    checks: (header) => replica.checks(header),
    status: (txid) => replica.status(txid),
    provider: createProvider(replica, store),
    roots(epoch) {
      const work = replica.rootWork(epoch);
      for (let next = work.next(); ; next = work.next()) if (next.done) return next.value;
    },
  };
}
