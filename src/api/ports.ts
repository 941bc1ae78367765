import type { ReplicaView, TxStatus } from '../replica/view.ts';
import type { Problem } from '../types/errors.ts';
import type { Genesis } from '../types/genesis.ts';
import type { Epoch, LaneId, LedgerId, Lock, OutpointKey, TxId } from '../types/ids.ts';
import type { StatusLog } from './status-log.ts';

/** How far a transaction must be before a waiting request is answered. */
export type WaitLevel = 'admitted' | 'final' | 'checkpointed';

/** What became of one submitted transaction. In the order of the bytes submitted. */
export type Submission =
  /** `known`: this node had it before the call (the same bytes posted again). */
  | { readonly ok: true; readonly txid: TxId; readonly known: boolean }
  /** `txid` is null where the bytes do not decode. */
  | {
      readonly ok: false;
      readonly txid: TxId | null;
      readonly problem: Problem;
      readonly winner?: TxId;
    };

export type PeerView = {
  readonly peerId: string;
  /** null: an observer, or a connection that has not said yet who it is. */
  readonly lane: LaneId | null;
  readonly addresses: readonly string[];
  readonly connected: boolean;
  /** Unix time of the last change of `connected`; null where there was none yet. */
  readonly sinceMs: number | null;
  readonly roundTripMs: number | null;
};

/** One reason to be ready or not. */
export type HealthCheck = { readonly name: string; readonly ok: boolean; readonly detail: string };

export type UnspentEntry = { readonly key: OutpointKey; readonly amount: bigint };

/** What was unspent when the ledger of `epoch` was closed. */
export type UnspentPage = { readonly epoch: Epoch; readonly entries: readonly UnspentEntry[] };

/** `complete` false: there are more than `outputs`, and only these were added up. */
export type Balance = {
  readonly epoch: Epoch;
  readonly amount: bigint;
  readonly outputs: number;
  readonly complete: boolean;
};

/** Unspent outputs by owner, as of the ledger of one applied epoch. */
export interface AddressIndex {
  /** Epoch whose ledger the index shows now. */
  epoch(): Epoch;
  /** At most `limit` unspent outputs of `lock` in the order of their keys, those after `after`. */
  unspent(lock: Lock, after: OutpointKey | null, limit: number): Promise<UnspentPage>;
  /** Of the first `outputsMax` of them. */
  balance(lock: Lock, outputsMax: number): Promise<Balance>;
}

/** What observers install and follow, as codec/snapshot encodes it. Only for epochs with a certificate here. */
export interface Snapshots {
  /** Outputs unspent as of `epoch`: those of the transactions after `after`; `next` null: these are the last. */
  page(
    epoch: Epoch,
    after: TxId | null,
    /** Aborted: what has been found by then will do. */
    signal?: AbortSignal,
  ): Promise<{ bytes: Uint8Array; next: TxId | null }>;
  /** The ledger of the epoch in parts; undefined: it has no certificate here. */
  ledger(epoch: Epoch): AsyncIterable<Uint8Array> | undefined;
}

/** What the API needs of a node. Nothing here rejects or throws for what a client can cause. */
export interface NodePort {
  readonly version: string;
  readonly genesis: Genesis;
  readonly ledgerId: LedgerId;
  readonly quorum: number;
  /** null: an observer. */
  readonly lane: LaneId | null;
  readonly verifierBackend: string;
  readonly startedMs: number;
  readonly view: ReplicaView;
  /**
   * null: what `view` and `addresses` show now is whole. Else it may be of half a step, until this resolves; then
   * it is whole until something else is awaited.
   */
  whole(): Promise<void> | null;
  /** Resolves when whatever `view` and `addresses` have shown so far cannot be lost any more by a crash. */
  durable(): Promise<void>;
  readonly addresses: AddressIndex;
  readonly snapshots: Snapshots;
  /** Changes of statuses as they are released. */
  readonly statusLog: StatusLog;
  /**
   * Views into one request's body: copy what is kept beyond the call. Whoever submits much delays only what
   * has the same source.
   */
  submit(transactions: readonly Uint8Array[], source: string): Promise<readonly Submission[]>;
  /**
   * The status when it has reached `level`, is rejected or dropped, or when `timeoutMs` have passed
   * or `signal` aborts, whichever is first. An unknown txid is waited for like any other.
   */
  waitFor(txid: TxId, level: WaitLevel, timeoutMs: number, signal: AbortSignal): Promise<TxStatus>;
  peers(): readonly PeerView[];
  readiness(): readonly HealthCheck[];
  /** Development networks only: pays to an owner and answers like a submission. */
  readonly faucet: ((lock: Lock, amount: bigint) => Promise<Submission>) | null;
}
