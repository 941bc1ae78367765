import type { Epoch, LaneId, Lock, OutpointKey, TxId } from '../../src/types/ids.ts';

/** What a client asked of one validator. */
export type Operation =
  | {
      readonly kind: 'submit';
      readonly txid: TxId;
      readonly inputs: readonly OutpointKey[];
      readonly outputs: readonly OutputFact[];
      /** false: made to be refused, so it must never count. */
      readonly valid: boolean;
      /** Sent after everything was healed: it must become final. */
      readonly probe: boolean;
    }
  | { readonly kind: 'status'; readonly txid: TxId }
  | { readonly kind: 'balance'; readonly lock: Lock; readonly atLeastEpoch: Epoch | null }
  | { readonly kind: 'output'; readonly key: OutpointKey };

export type OutputFact = { readonly lock: Lock; readonly amount: bigint };

/** What the validator said. */
export type Said =
  | {
      readonly kind: 'status';
      readonly state: TransactionState;
      /** Of a checkpointed or rejected one, where the ledger has it. */
      readonly epoch: Epoch | null;
      readonly winner: TxId | null;
    }
  | {
      readonly kind: 'balance';
      readonly balance: bigint;
      readonly outputs: number;
      /** false: of the first ones alone, as many as a validator adds up. */
      readonly complete: boolean;
      readonly epoch: Epoch;
      /** Digest of the checkpoint of that epoch, if the validator has a certificate. */
      readonly checkpoint: string | null;
    }
  | {
      readonly kind: 'output';
      readonly state: 'absent' | 'pending' | 'unspent' | 'spent';
      readonly spentBy: TxId | null;
    }
  /** An answer of the API that promises nothing. */
  | { readonly kind: 'refused'; readonly code: string }
  /** No answer, or none that can be read: the call may have had its effect or not. */
  | { readonly kind: 'silence'; readonly detail: string };

/** As docs/CLIENTS.md names them: what checks histories knows nothing of the node and its clients. */
export type TransactionState =
  | 'unknown'
  | 'pending'
  | 'admitted'
  | 'final'
  | 'checkpointed'
  | 'rejected'
  | 'dropped';

/** One call with its answer. Times are of one clock, in milliseconds, so they give the real-time order. */
export type Call = {
  readonly id: number;
  readonly client: string;
  readonly validator: LaneId;
  readonly operation: Operation;
  readonly calledMs: number;
  /** null: the run ended before. */
  readonly answer: { readonly atMs: number; readonly said: Said } | null;
};

/** The ledger of one epoch as one validator has it at the end. */
export type LedgerFact = {
  readonly validator: LaneId;
  readonly epoch: Epoch;
  readonly checkpoint: string;
  readonly stateRoot: string;
  readonly accepted: readonly TxId[];
  readonly rejected: readonly { readonly txid: TxId; readonly winner: TxId | null }[];
};

/** The ledgers that one validator had dropped before they were fetched from it: all up to an epoch may be. */
export type DroppedFact = { readonly validator: LaneId; readonly dropped: Epoch };

/** What the nemesis did, for the reader of a history. */
export type FaultNote = {
  readonly fault: string;
  readonly detail: string;
  readonly beganMs: number;
  readonly endedMs: number;
  /** Of this validator the folder was an old copy meanwhile: what it had told since, it cannot know. */
  readonly wentBack: LaneId | null;
};

export type Origin = {
  readonly validators: number;
  readonly minFee: bigint;
  /** Length of a generation; absent: they do not end. */
  readonly generationEpochs?: number | undefined;
  /** The outputs of the genesis that clients own. */
  readonly coins: readonly (OutputFact & { readonly key: OutpointKey })[];
};

export type History = {
  readonly origin: Origin;
  readonly calls: readonly Call[];
  readonly ledgers: readonly LedgerFact[];
  readonly dropped: readonly DroppedFact[];
  readonly faults: readonly FaultNote[];
};
