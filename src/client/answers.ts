import type { ErrorCode } from '../types/errors.ts';
import type { Digest, Epoch, LaneId, LedgerId, Lock, TxId } from '../types/ids.ts';
import type { FinalPath, RejectReason } from '../types/ledger.ts';

/** Answers of the API as its JSON has them; amounts that a wallet computes with are bigint already. */

export type WaitLevel = 'admitted' | 'final' | 'checkpointed';

export type TransactionState =
  | 'unknown'
  | 'pending'
  | 'admitted'
  | 'final'
  | 'checkpointed'
  | 'rejected'
  | 'dropped';

export type TransactionStatus = {
  readonly txid: TxId;
  readonly state: TransactionState;
  /** final: whether a cut had to resolve it. */
  readonly path?: FinalPath;
  readonly epoch?: Epoch | null;
  readonly rivals?: readonly TxId[];
  /** rejected */
  readonly reason?: RejectReason;
  /** rejected, and dropped where something stands against it */
  readonly winner?: TxId;
  /** dropped */
  readonly code?: ErrorCode;
  readonly detail?: string;
};

/** What became of one transaction of a batch. */
export type BatchResult = {
  /** null where the bytes do not decode. */
  readonly txid: TxId | null;
  readonly ok: boolean;
  readonly state?: TransactionState;
  readonly code?: ErrorCode;
  readonly detail?: string;
  readonly winner?: TxId;
};

export type LedgerParams = {
  readonly ledgerId: LedgerId;
  readonly name: string;
  readonly addressPrefix: string;
  readonly epoch: Epoch;
  readonly minFee: bigint;
  readonly validators: number;
  readonly quorum: number;
};

export type AsOf = { readonly epoch: Epoch; readonly checkpoint: Digest | null };

export type Balance = {
  readonly address: string;
  readonly balance: bigint;
  readonly outputs: number;
  /** false: only the first of very many outputs were added up. */
  readonly complete: boolean;
  readonly asOf: AsOf;
};

export type OwnedOutput = {
  readonly txid: TxId;
  readonly index: number;
  readonly amount: bigint;
};

export type OutputState = OwnedOutput & {
  readonly lock: Lock;
  readonly state: 'pending' | 'unspent' | 'spent';
  readonly spentBy: TxId | null;
};

export type NodeStatus = {
  readonly version: string;
  readonly ledgerId: LedgerId;
  readonly name: string;
  readonly lane: LaneId | null;
  readonly ready: boolean;
  readonly started: string;
  readonly verifierBackend: string;
  readonly epochs: {
    readonly decided: Epoch;
    readonly applied: Epoch;
    readonly stable: Epoch;
    readonly view: number;
  };
  readonly validators: number;
  readonly quorum: number;
  readonly validatorsOnline: number;
  readonly peers: number;
  readonly counters: Readonly<Record<string, number>>;
};

/** One change of a status at one validator, in the order in which it could be told. */
export type FeedEntry = {
  readonly txid: TxId;
  readonly state: 'admitted' | 'final' | 'rejected' | 'checkpointed' | 'dropped';
  readonly at_ms: number;
  readonly path?: FinalPath;
  readonly reason?: RejectReason;
  readonly winner?: TxId;
  readonly epoch?: Epoch;
  readonly code?: ErrorCode;
};

export type FeedPage = {
  /** For the next call. */
  readonly cursor: string;
  /** Entries between the cursor given and these are lost (restart, or too far behind). */
  readonly gap: boolean;
  readonly data: readonly FeedEntry[];
};
