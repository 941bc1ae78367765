import type { Block, Witnesses } from '../types/block.ts';
import type { HaltCode, Problem, RefusalCode } from '../types/errors.ts';
import type { Evidence } from '../types/evidence.ts';
import type { Digest, Epoch, LaneId, TxId } from '../types/ids.ts';
import type { Checkpoint, CheckpointSignature, FinalPath, RejectReason } from '../types/ledger.ts';
import type { PeerMessage, ReplicaMessage } from '../types/message.ts';
import type { Transaction, Verified } from '../types/transaction.ts';
import type { TraceEvent } from './tracer.ts';

/** Where a message comes from or goes to: a committee lane, or an observer's connection. */
export type PeerId =
  | { readonly kind: 'lane'; readonly lane: LaneId }
  | { readonly kind: 'observer'; readonly id: string };

/** Everything that can happen to a replica. Bytes have passed replica/ingress before they come here. */
export type Input =
  /** Time passed. The first tick also opens the mouth of a fresh replica. */
  | { readonly kind: 'tick' }
  /** A client's transaction, signatures checked. Answered in `Effects.submitted`. */
  | { readonly kind: 'submit'; readonly tx: Verified<Transaction> }
  /** `witnesses`: left out where all validators check all: then they are right. */
  | {
      readonly kind: 'block';
      readonly from: PeerId;
      readonly block: Verified<Block>;
      readonly witnesses?: Witnesses;
    }
  | {
      readonly kind: 'message';
      readonly from: PeerId;
      readonly message: ReplicaMessage;
    }
  /** A peer's forwarded transactions, signatures checked. */
  | {
      readonly kind: 'forwarded';
      readonly from: PeerId;
      readonly txs: readonly Verified<Transaction>[];
    }
  | { readonly kind: 'connected'; readonly peer: PeerId }
  | { readonly kind: 'disconnected'; readonly peer: PeerId }
  /** A root job is done. */
  | {
      readonly kind: 'rooted';
      readonly epoch: Epoch;
      readonly txRoot: Digest;
      readonly stateRoot: Digest;
    };

export type Outbound = {
  /** 'all': every other committee lane and every subscribed observer. */
  readonly to: PeerId | 'all';
  readonly message: PeerMessage;
};

/** What a client may be told. Statuses never go backwards. */
export type StatusChange =
  | { readonly txid: TxId; readonly kind: 'admitted' }
  /** Executed, irrevocable; released by the driver only when the proof is durable here. */
  | { readonly txid: TxId; readonly kind: 'final'; readonly path: FinalPath }
  | {
      readonly txid: TxId;
      readonly kind: 'rejected';
      readonly reason: RejectReason;
      readonly winner: TxId;
    }
  | { readonly txid: TxId; readonly kind: 'checkpointed'; readonly epoch: Epoch }
  /** Known to this node only, and given up (expired, or lost to a rival before it was proposed). */
  | {
      readonly txid: TxId;
      readonly kind: 'dropped';
      readonly problem: Problem;
      readonly winner: TxId | null;
    };

export type SubmitAnswer =
  | { readonly txid: TxId; readonly ok: true }
  | { readonly txid: TxId; readonly ok: false; readonly problem: Problem; readonly winner?: TxId };

/** Roots of a closed epoch, to be computed beside the protocol by node/loop/root-jobs and answered by `rooted`. */
export type RootJob = { readonly epoch: Epoch };

export type Rejection = {
  readonly from: PeerId;
  readonly code: RefusalCode;
  readonly detail: string;
};

/** In the order that the driver must obey. */
export type Effects = {
  /** Encoded blocks, appended to the journal in this order and durable before anything below leaves. */
  readonly persist: readonly Uint8Array[];
  readonly send: readonly Outbound[];
  readonly statuses: readonly StatusChange[];
  readonly submitted: readonly SubmitAnswer[];
  readonly work: readonly RootJob[];
  readonly certified: readonly {
    checkpoint: Checkpoint;
    signatures: readonly CheckpointSignature[];
  }[];
  readonly evidence: readonly Evidence[];
  /** Only of a replica that was asked to tell: `ReplicaOptions.trace`. */
  readonly trace?: readonly TraceEvent[];
  /** What a peer did wrong, as data. */
  readonly rejected: readonly Rejection[];
  /** Call `tick` again at this time at the latest; null: only when something happens. */
  readonly wakeAtMs: number | null;
  /** Stop signing, for ever, and say why. */
  readonly halt: {
    readonly code: HaltCode;
    readonly detail: string;
    /** The one that the journal lacks, encoded, if that is why: later starts must halt as well. */
    readonly ownBlock: Uint8Array | null;
  } | null;
};
