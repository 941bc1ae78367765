import type { Effects, Input } from '../../replica/effects.ts';
import { Replica } from '../../replica/replica.ts';
import type { ReplicaOptions } from '../../replica/replica-options.ts';
import type { ReplicaView, TxStatus } from '../../replica/view.ts';
import { runToEnd } from '../../std/slices.ts';
import { MemoryStore } from '../../storage/memory-store.ts';
import type { Block } from '../../types/block.ts';
import type { LaneId, TxId } from '../../types/ids.ts';
import type { Verified } from '../../types/transaction.ts';
import { mockSigner, mockVerifier } from '../world/mock-signatures.ts';
import type { Stage } from '../world/stage.ts';
import type { Disk } from './disk.ts';
import { createProvider, type SnapshotProvider } from './provider.ts';
import { beginOn, createRetained, type Retained } from './retained.ts';

/** A replica's state and its tables at one moment (docs/adr/0019). */
export type Saved = {
  /** Blocks of the journal that it takes in. */
  readonly blocks: number;
  readonly state: Uint8Array;
  readonly tables: ReadonlyMap<string, Uint8Array>;
};

/** What a host drives. */
export type Machine = {
  step(nowMs: number, input: Input, more: boolean): Effects;
  restore(nowMs: number, block: Verified<Block>): Effects;
  /** The journal has no more. */
  restored(): void;
  /** Are the witnesses of such a block to be checked before it is given to the machine? */
  checks(header: Block['header']): boolean;
  status(txid: TxId): TxStatus;
  readonly view: ReplicaView;
  /** null: roots are being computed. */
  save(): Saved | null;
  /** First of all: goes on from there. */
  resume(nowMs: number, saved: Saved): void;
  readonly provider: SnapshotProvider;
  readonly retained: Retained;
  /** The roots of an epoch that the machine asked for. */
  roots(epoch: number): { readonly txRoot: Block['digest']; readonly stateRoot: Block['digest'] };
};

/** The product's own replica on simulated ports. A start finds its table empty, or as a savepoint has it. */
export function createReplica(
  stage: Stage,
  lane: LaneId,
  disk: Disk,
  tampers: Pick<ReplicaOptions, 'tamper' | 'tamperParts'> = {},
): Machine {
  const { genesis, ledgerId, committee, scenario } = stage;
  const store = new MemoryStore();
  const beginning = beginOn(store, disk, stage);
  const replica = new Replica({
    ...(beginning === null ? {} : { beginning }),
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
    restore: (nowMs, block) => replica.restore(nowMs, block),
    restored: () => replica.restored(),
    checks: (header) => replica.checks(header),
    status: (txid) => replica.status(txid),
    view: replica,
    save() {
      const state = replica.save();
      return state === null ? null : { blocks: replica.blocks, state, tables: store.copy() };
    },
    resume(nowMs, { state, tables }) {
      store.replace(tables);
      replica.resume(nowMs, state);
    },
    provider: createProvider(replica, store),
    retained: createRetained(replica, store),
    roots: (epoch) => runToEnd(replica.rootWork(epoch)),
  };
}
