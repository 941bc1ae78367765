import type { Problem } from '../types/errors.ts';
import type { Evidence } from '../types/evidence.ts';
import type { Digest, Epoch, LaneId, OutpointKey, Seq, TxId, View } from '../types/ids.ts';
import type { Certificate, FinalPath, RejectReason } from '../types/ledger.ts';
import type { OutputProof, TransactionProof } from '../types/proof.ts';
import type { Output } from '../types/transaction.ts';

/** A transaction as this validator knows it. Goes only down this list, or to rejected or dropped. */
export type TxStatus =
  /** `dropped`: it may have had an outcome in a ledger up to this epoch, which is not here any more. */
  | { readonly state: 'unknown'; readonly dropped?: Epoch }
  /** In the mempool, or waiting for a parent. */
  | { readonly state: 'pending' }
  /** In an admitted block. */
  | { readonly state: 'admitted'; readonly rivals: readonly TxId[] }
  | { readonly state: 'final'; readonly path: FinalPath }
  /** In the ledger of an epoch whose checkpoint has Q signatures. */
  | { readonly state: 'checkpointed'; readonly epoch: Epoch }
  | {
      readonly state: 'rejected';
      readonly reason: RejectReason;
      readonly winner: TxId;
      /** null until a ledger holds it. */
      readonly epoch: Epoch | null;
    }
  | {
      readonly state: 'dropped';
      readonly problem: Problem;
      /** What has the output, or the rejected parent; null: nothing stands against it. */
      readonly winner: TxId | null;
    };

export type OutputView = Output & {
  /** pending: its transaction is admitted, not executed. */
  readonly state: 'pending' | 'unspent' | 'spent';
  readonly acceptedEpoch: Epoch | null;
  readonly spentBy: TxId | null;
  readonly spentEpoch: Epoch | null;
};

export type LaneView = {
  readonly lane: LaneId;
  readonly seq: Seq;
  readonly head: Digest | null;
  readonly headTimeMs: number;
  readonly certified: Seq;
  readonly final: Seq;
  readonly equivocates: boolean;
  readonly waiting: number;
};

export type Progress = {
  /** Epochs whose cut is decided here. */
  readonly decided: Epoch;
  /** Epochs whose ledger is applied here. */
  readonly applied: Epoch;
  /** Epochs with a checkpoint of Q signatures here. */
  readonly stable: Epoch;
  /** Epochs whose ledgers were dropped here: 0, or that of the stop checkpoint with which everything here begins. */
  readonly dropped: Epoch;
  /** View of the open instance decided+1 in which this lane is. */
  readonly view: View;
  readonly ready: boolean;
};

/** Running totals and gauges, read by metrics/ when scraped. */
export type ReplicaCounters = {
  readonly submitted: number;
  readonly admittedTxs: number;
  readonly finalClean: number;
  readonly finalContested: number;
  readonly rejectedTxs: number;
  readonly droppedTxs: number;
  readonly admittedBlocks: number;
  readonly builtBlocks: number;
  readonly refusedBlocks: number;
  readonly waitingBlocks: number;
  readonly contested: number;
  readonly viewChanges: number;
  readonly pulls: number;
  readonly equivocations: number;
  readonly mempoolTxs: number;
  readonly mempoolBytes: number;
  readonly orphans: number;
  readonly uncheckpointedTxs: number;
};

/** What the API, metrics and CLI may read of a replica. Synchronous; a snapshot between two steps. */
export interface ReplicaView {
  progress(): Progress;
  counters(): ReplicaCounters;
  lanes(): readonly LaneView[];
  status(txid: TxId): TxStatus;
  /** The canonical bytes, when this validator has seen them in a block or in its mempool. */
  transactionBytes(txid: TxId): Uint8Array | undefined;
  output(key: OutpointKey): OutputView | undefined;
  /** With Q signatures; undefined until then. */
  certificate(epoch: Epoch): Certificate | undefined;
  transactionProof(txid: TxId): TransactionProof | undefined;
  /** As of the newest certified epoch. */
  outputProof(txid: TxId): OutputProof | undefined;
  evidence(): readonly Evidence[];
}
