import type { Committee } from '../committee/committee.ts';
import type { Genesis, Params } from '../types/genesis.ts';
import type { LaneId, LedgerId } from '../types/ids.ts';
import type { Core } from './core.ts';
import type { ReplicaParts } from './generation.ts';
import type { BlockArchive, LedgerStore, Signer, Verifier } from './ports.ts';
import type { Beginning } from './state-sync/beginning.ts';

/** Local timing and sizes; validators may differ. Times in milliseconds. */
export type Policy = {
  /** Least time between two own blocks. */
  readonly minBlockIntervalMs: number;
  /** How long transactions may be gathered for a batch when the lane is busy. */
  readonly batchTimeoutMs: number;
  readonly batchTxsMax: number;
  readonly batchBytesMax: number;
  /** Payload blocks of the own lane that may be uncertified before the node says busy. */
  readonly laneWindow: number;
  /** Longest time between cuts while something is not in a checkpoint. */
  readonly epochIntervalMs: number;
  /** Least time between cuts. */
  readonly minEpochIntervalMs: number;
  /** After that time a cut is due that would settle so many inputs: a cut holds up what comes after it. */
  readonly epochInputs: number;
  /** View 0 time-out; doubles per view. */
  readonly viewTimeoutMs: number;
  /** Age after which a transaction without Q acks is proposed again. */
  readonly reproposeAfterMs: number;
  /** Beat at which frontiers are compared with peers, and missing blocks asked for again. */
  readonly resyncMs: number;
  readonly mempoolTxsMax: number;
  readonly mempoolBytesMax: number;
  readonly uncheckpointedTxsMax: number;
  /** Where checks are shared: validators drawn per lane beyond the f that are needed with its author. */
  readonly checkSpares: number;
  /** How long their word is awaited before the own check. */
  readonly checkPatienceMs: number;
};

export const DEFAULT_POLICY: Policy = {
  minBlockIntervalMs: 5,
  batchTimeoutMs: 20,
  batchTxsMax: 500,
  batchBytesMax: 500_000,
  laneWindow: 16,
  epochIntervalMs: 1000,
  minEpochIntervalMs: 500,
  epochInputs: 1250,
  viewTimeoutMs: 1000,
  reproposeAfterMs: 2000,
  resyncMs: 500,
  mempoolTxsMax: 50_000,
  mempoolBytesMax: 67_108_864,
  uncheckpointedTxsMax: 200_000,
  checkSpares: 0,
  checkPatienceMs: 400,
};

/** The policy as far as the genesis allows it: everybody refuses a block beyond its bounds, the own lane too. */
export function allowed(policy: Policy, params: Params): Policy {
  return {
    ...policy,
    batchTxsMax: Math.min(policy.batchTxsMax, params.blockTxsMax),
    batchBytesMax: Math.min(policy.batchBytesMax, params.blockBytesMax),
    laneWindow: Math.min(policy.laneWindow, params.laneWindowMax),
  };
}

export type ReplicaOptions = {
  readonly genesis: Genesis;
  readonly ledgerId: LedgerId;
  readonly committee: Committee;
  /** null: an observer, which has no lane and signs nothing. */
  readonly lane: LaneId | null;
  readonly signer: Signer | null;
  /** Needed where the genesis says sharedChecks: for what nobody has checked before it counts. */
  readonly verifier?: Verifier;
  readonly store: LedgerStore;
  /** The store holds the genesis outputs already; else the replica puts them there, all at once. */
  readonly genesisStored?: boolean;
  /** Where it begins, if not at genesis: its store has the state of that stop checkpoint. */
  readonly beginning?: Beginning;
  readonly archive: BlockArchive;
  readonly policy: Policy;
  /** Tell in `Effects.trace` what happens; default false. */
  readonly trace?: boolean;
  /** Test only: blocks that are kept in memory; older ones are read back. */
  readonly nodeWindow?: number;
  /**
   * Test only, the hooks for planted bugs: called with the wired parts before anything else happens, they
   * may replace methods of them (src/sim/defects). `tamper` sees the core before the rest is built on it.
   */
  readonly tamper?: (core: Core) => void;
  readonly tamperParts?: (parts: ReplicaParts) => void;
};
