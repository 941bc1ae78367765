import { defined } from '../std/assert.ts';
import type { Digest, Epoch, LedgerId } from '../types/ids.ts';
import type { Checkpoint, Outcome } from '../types/ledger.ts';

/** What all checkpoints of a ledger share. */
export type Chain = {
  readonly ledgerId: LedgerId;
  readonly committee: number;
  readonly paramsDigest: Digest;
  readonly quorum: number;
};

/** The checkpoint before; for epoch 1 the ledgerId and time 0. */
export type Predecessor = { readonly digest: Digest; readonly timeMs: number };

/** What a decided cut fixes of its epoch. */
export type ClosedEpoch = {
  readonly epoch: Epoch;
  /** Digest of the decided block. */
  readonly cut: Digest;
  readonly outcomes: readonly Outcome[];
  /** Time of the newest block of each lane that has new blocks in the cut. */
  readonly newestTimesMs: readonly number[];
};

export type Roots = { readonly txRoot: Digest; readonly stateRoot: Digest };

/** PROTOCOL.md section 6. The same at every correct validator: nothing local goes in. */
export function createCheckpoint(
  chain: Chain,
  prev: Predecessor,
  closed: ClosedEpoch,
  roots: Roots,
): Checkpoint {
  const acceptedCount = closed.outcomes.filter((outcome) => outcome.accepted).length;
  return {
    ledgerId: chain.ledgerId,
    committee: chain.committee,
    paramsDigest: chain.paramsDigest,
    epoch: closed.epoch,
    prev: prev.digest,
    cut: closed.cut,
    txRoot: roots.txRoot,
    stateRoot: roots.stateRoot,
    acceptedCount,
    rejectedCount: closed.outcomes.length - acceptedCount,
    timeMs: checkpointTimeMs(closed.newestTimesMs, chain.quorum, prev.timeMs),
  };
}

/**
 * The lower median of at least Q lanes' times: a quorum has more than twice as many members as may be
 * Byzantine, so it lies between two correct lanes' times. Without a quorum, or when it would go back,
 * the time just moves on.
 */
export function checkpointTimeMs(
  timesMs: readonly number[],
  quorum: number,
  prevMs: number,
): number {
  if (timesMs.length < quorum) return prevMs + 1;
  const sorted = timesMs.toSorted((a, b) => a - b);
  const median = defined(sorted[(sorted.length - 1) >> 1], 'a quorum has a median');
  return median > prevMs ? median : prevMs + 1;
}
