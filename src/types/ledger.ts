import type { Digest, Epoch, LaneId, LedgerId, Lock, TxId } from './ids.ts';

/**
 * An output that the ledger has accepted. Kept after it is spent: rule A3 asks in which
 * epoch that was. Epochs are ledger epochs, the same at every replica.
 */
export type Coin = {
  readonly amount: bigint;
  readonly lock: Lock;
  readonly acceptedEpoch: Epoch;
  readonly spentBy: TxId | null;
  /** 0 while unspent (nothing is spent in epoch 0). */
  readonly spentEpoch: Epoch;
};

/** How a transaction became final: by clean verdicts alone, or because a cut resolved it. */
export type FinalPath = 'clean' | 'contested';

/** Why the execution of a transaction rejected it (PROTOCOL.md section 5). */
export type RejectReason = 'input-spent' | 'parent-rejected' | 'stale-input';

export type Outcome =
  | { readonly txid: TxId; readonly accepted: true }
  | {
      readonly txid: TxId;
      readonly accepted: false;
      readonly reason: RejectReason;
      /** The transaction that spent the input, or the rejected parent. */
      readonly winner: TxId;
    };

/** The agreed end of an epoch. PROTOCOL.md section 6. */
export type Checkpoint = {
  readonly ledgerId: LedgerId;
  readonly committee: number;
  readonly paramsDigest: Digest;
  readonly epoch: Epoch;
  /** Digest of checkpoint epoch-1; the ledgerId for epoch 1. */
  readonly prev: Digest;
  /** Digest of the block that the instance decided. */
  readonly cut: Digest;
  /** Merkle root over (txid, outcome) sorted by txid. */
  readonly txRoot: Digest;
  readonly stateRoot: Digest;
  readonly acceptedCount: number;
  readonly rejectedCount: number;
  readonly timeMs: number;
};

export type CheckpointSignature = { readonly lane: LaneId; readonly signature: Uint8Array };

/** A checkpoint with signatures of Q validators, ascending by lane: provable to anybody with the genesis. */
export type Certificate = {
  readonly checkpoint: Checkpoint;
  readonly signatures: readonly CheckpointSignature[];
};

/** The unspent outputs of one transaction: the content of its leaf in the state tree. */
export type UnspentOutput = {
  readonly index: number;
  readonly amount: bigint;
  readonly lock: Lock;
};
