import type { Transaction } from '../types/transaction.ts';

/** The part of the node's policy (replica/replica-options) that batches obey. */
export type BatchPolicy = {
  readonly batchTxsMax: number;
  readonly batchBytesMax: number;
  readonly batchTimeoutMs: number;
  readonly minBlockIntervalMs: number;
  readonly laneWindow: number;
};

/** For transactions in a block. */
export type Room = { readonly txs: number; readonly bytes: number };

/** What these leave of it. */
export function roomBeside(txs: readonly Transaction[], room: Room): Room {
  const bytes = txs.reduce((sum, tx) => sum + tx.bytes.length, 0);
  return { txs: room.txs - txs.length, bytes: room.bytes - bytes };
}

/** What a validator knows when it decides whether to cut a batch. */
export type BatchState = {
  /** Transactions that wait to be proposed, and the sum of their sizes. */
  readonly waitingTxs: number;
  readonly waitingBytes: number;
  /** Since when the first of them waits; null: none. */
  readonly oldestMs: number | null;
  /** Own payload blocks that are not certified yet. */
  readonly uncertified: number;
  /** When the last own block was emitted. */
  readonly lastBlockMs: number;
};

/**
 * When the next batch should be cut; null: not before something changes. An idle lane proposes at
 * once; a busy one gathers until the batch is full or its first transaction has waited long enough.
 */
export function batchDueMs(state: BatchState, policy: BatchPolicy): number | null {
  if (state.oldestMs === null || laneBackedUp(state.uncertified, policy)) return null;
  const earliestMs = state.lastBlockMs + policy.minBlockIntervalMs;
  const full = state.waitingTxs >= policy.batchTxsMax || state.waitingBytes >= policy.batchBytesMax;
  if (full || state.uncertified === 0) return earliestMs;
  return Math.max(earliestMs, state.oldestMs + policy.batchTimeoutMs);
}

/** As many own payload blocks wait for a quorum as may: no more are cut, and nobody's else is taken over. */
export function laneBackedUp(
  uncertified: number,
  policy: Pick<BatchPolicy, 'laneWindow'>,
): boolean {
  return uncertified >= policy.laneWindow;
}
