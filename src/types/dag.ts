import type { Block, Vote } from './block.ts';
import type { Digest, Epoch, LaneId, Seq, View } from './ids.ts';

/** Local ordinal of an admitted block = its record number in the journal. 0 means "none". */
export type NodeId = number;

/**
 * Where a chain stands in the single-shot consensus after a block: what section 6 lets it vote next.
 * `checkpointed` is the last epoch whose checkpoint the chain has signed.
 */
export type Stance = {
  readonly epoch: Epoch;
  readonly view: View;
  readonly proposed: boolean;
  readonly prepared: boolean;
  readonly committed: boolean;
  readonly checkpointed: Epoch;
  /** Has the chain said END? */
  readonly ended: boolean;
};

/** Lanes that equivocate in a history, with the last blocks of all their branches, ascending by id. */
export type Forks = ReadonlyMap<LaneId, readonly NodeId[]>;

/** An admitted block and what is a pure function of its history. Immutable. */
export type DagNode = {
  readonly id: NodeId;
  readonly lane: LaneId;
  readonly seq: Seq;
  readonly digest: Digest;
  readonly prev: NodeId;
  readonly refs: readonly NodeId[];
  readonly epoch: Epoch;
  readonly timeMs: number;
  /** Per lane: the newest block of that lane in the history (one of them if it forks there); 0 none. */
  readonly tips: Int32Array;
  /** Per lane: highest seq of that lane in the history (F_B). */
  readonly frontier: Int32Array;
  readonly forks: Forks;
  /**
   * Per lane l: Q-th largest over lanes m of frontier[l] of m's tip in the history. Of a block behind its
   * chain's END: what it was there, for the chain gives verdicts on no more (rule 9.2).
   */
  readonly certified: Int32Array;
  /** Per lane l: Q-th largest over lanes k of certified[l] of k's tip in the history. */
  readonly settled: Int32Array;
  /** Number of transaction-carrying blocks in this chain up to and with this one. */
  readonly payloads: number;
  readonly votes: readonly Vote[];
  readonly txCount: number;
  readonly stance: Stance;
};

/** The blocks that a block names: its predecessor, if it has one, and its refs. */
export function parentsOf(prev: NodeId, refs: readonly NodeId[]): readonly NodeId[] {
  return prev === 0 ? refs : [prev, ...refs];
}

/** A set of admitted blocks closed under prev and refs, as vectors (PROTOCOL.md section 3). */
export type History = Pick<DagNode, 'tips' | 'frontier' | 'forks' | 'certified' | 'settled'>;

/** What dependency, consensus and execution may ask about admitted blocks. Implemented by dag/. */
export interface Dag {
  readonly n: number;
  readonly quorum: number;
  /** The block being judged, 0 if none: nothing may be remembered about it. */
  readonly candidate: NodeId;
  /** Everything admitted here, forks included: what finality is counted over. */
  readonly all: History;
  node(id: NodeId): DagNode;
  /** The block with its transactions; old ones are read back from the journal. */
  block(id: NodeId): Block;
  /** 0 if not admitted. */
  find(digest: Digest): NodeId;
  /** The last blocks of the lane's branches in the history (one if it does not fork there, none if absent). */
  branchTips(history: History, lane: LaneId): readonly NodeId[];
  /** Is block `id` in the history? */
  contains(history: History, id: NodeId): boolean;
  /** The block with `seq` of the chain that ends in `tip`; 0 if there is none. */
  ancestor(tip: NodeId, seq: Seq): NodeId;
  /** The blocks that `id` brought into its lane's history, in the order of acks, itself last. */
  step(id: NodeId): readonly NodeId[];
  /** Has a fork of the lane been admitted here? */
  forked(lane: LaneId): boolean;
  /** Lowest seq at which two blocks of the lane are admitted here; Infinity if none. */
  forkSeq(lane: LaneId): Seq;
  /** All admitted blocks of (lane, seq), in the order of admission. */
  at(lane: LaneId, seq: Seq): readonly NodeId[];
}
