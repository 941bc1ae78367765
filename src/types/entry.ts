import type { NodeId } from './dag.ts';
import type { Epoch, LaneId, Seq, TxId } from './ids.ts';
import type { FinalPath, Outcome } from './ledger.ts';
import type { Transaction } from './transaction.ts';

/** A place where a transaction stands: transaction `index` of block `block`. */
export type Copy = { readonly block: NodeId; readonly index: number };

/** Where in a lane's order of acks a transaction was first acked (PROTOCOL.md rule 2.4). Never changes. */
export type Ack = {
  /** The block of the lane that brought it in, and its seq. */
  readonly block: NodeId;
  readonly seq: Seq;
  /** Position of the copy's block in the step of `block`, and of the copy in its block. */
  readonly place: number;
  readonly index: number;
  /** Acked before every rival of it. */
  readonly clean: boolean;
};

/** A lane's verdict on a transaction: the first block of the lane that saw Q acks. Never changes. */
export type Verdict = { readonly block: NodeId; readonly seq: Seq; readonly clean: boolean };

/** What is remembered of a tracked transaction, per lane and (should the lane fork) per branch. */
export type Tracking = {
  readonly rivals: Set<TxId>;
  readonly acks: Map<LaneId, Ack[]>;
  readonly verdicts: Map<LaneId, Verdict[]>;
};

/** A transaction that stands in an admitted block. */
export type Entry = {
  readonly txid: TxId;
  /** null once the ledger has it and it left the window: read it back through a copy. */
  tx: Transaction | null;
  /** In the order of admission. */
  copies: Copy[];
  /** When the first copy was admitted here; local, decides only who proposes again. */
  readonly seenMs: number;
  /** Set when it has a rival or a second copy, or stands in an equivocating lane. */
  tracking: Tracking | null;
  /** Executed here, in no ledger yet. */
  early: Outcome | null;
  path: FinalPath | null;
  /** Epoch of the P that holds it, 0 if none does. */
  cutEpoch: Epoch;
  /** What the ledger says: agreed, and for ever. */
  ledger: { readonly outcome: Outcome; readonly epoch: Epoch } | null;
};
