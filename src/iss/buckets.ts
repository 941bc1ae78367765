import { taggedHash, taggedHashDigest } from '../crypto/hash.ts';
import { hexToBytes } from '../crypto/native-bytes.ts';
import { assert, defined } from '../std/assert.ts';
import type { Digest, Epoch, LaneId, OutpointKey } from '../types/ids.ts';
import type { Transaction } from '../types/transaction.ts';

/** Buckets per validator: enough that they spread evenly when some lanes own none. */
const BUCKETS_PER_LANE = 16;

/** Decides who takes what in one epoch; known to nobody before checkpoint epoch-2 is. */
export function epochSeed(checkpoint: Digest): Digest {
  return taggedHashDigest('epoch-seed', checkpoint);
}

/** Copies of a transaction, and most rivals, share their smallest input and so meet in one bucket. */
export function smallestInput({ inputs }: Pick<Transaction, 'inputs'>): OutpointKey {
  let smallest: OutpointKey | undefined;
  for (const { key } of inputs) {
    if (smallest === undefined || key < smallest) smallest = key;
  }
  return defined(smallest, 'a transaction has an input');
}

/**
 * Which lane takes what in one epoch (PROTOCOL.md section 8). `owners`: the lanes with blocks in the
 * last cut that do not equivocate in it, ascending; all lanes when there are none. Buckets move to
 * the next owner with every epoch, so that no lane can keep a payer waiting for ever.
 */
export class Buckets {
  readonly count: number;
  readonly #epoch: Epoch;
  readonly #seed: Uint8Array;
  readonly #owners: readonly LaneId[];

  constructor(epoch: Epoch, seed: Digest, owners: readonly LaneId[], validators: number) {
    assert(validators > 0, 'a committee has members');
    this.count = BUCKETS_PER_LANE * validators;
    this.#epoch = epoch;
    this.#seed = hexToBytes(seed);
    this.#owners = owners.length > 0 ? owners : Array.from({ length: validators }, (_, k) => k);
  }

  bucketOf(tx: Pick<Transaction, 'inputs'>): number {
    const digest = taggedHash('bucket', this.#seed, hexToBytes(smallestInput(tx)));
    return Number.parseInt(digest.slice(0, 8), 16) % this.count;
  }

  /** The lane that proposes what lies in the bucket. */
  owner(bucket: number): LaneId {
    const place = (bucket + this.#epoch) % this.#owners.length;
    return defined(this.#owners[place], 'the place of an owner');
  }

  /** How many lanes come before `lane` for this bucket: 0 for its owner. Lanes that own none come last. */
  rank(bucket: number, lane: LaneId): number {
    const { length } = this.#owners;
    const place = this.#owners.indexOf(lane);
    if (place < 0) return length + lane;
    return (((place - bucket - this.#epoch) % length) + length) % length;
  }
}

/**
 * When the lane of this rank proposes a transaction again that Q lanes have not acked. Ranks are
 * staggered by the same time, so that one copy usually is enough.
 */
export function reproposeAtMs(
  knownSinceMs: number,
  rank: number,
  reproposeAfterMs: number,
): number {
  return knownSinceMs + reproposeAfterMs * (1 + rank);
}
