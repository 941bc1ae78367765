import { Buckets, epochSeed } from '../../iss/buckets.ts';
import type { LaneId, Seq, TxId } from '../../types/ids.ts';
import type { Transaction } from '../../types/transaction.ts';
import type { Core } from '../core.ts';
import type { Checkpoints } from '../outcomes/checkpoints.ts';
import { payloadsBetween } from '../outcomes/finality.ts';

/** Who is to propose what in the present epoch (PROTOCOL.md section 8). */
export function bucketsOf(core: Core, checkpoints: Checkpoints): Buckets {
  const { cuts, rules, options } = core;
  const epoch = cuts.applied + 1;
  const seed = checkpoints.digest(epoch - 2) ?? options.ledgerId;
  return new Buckets(epoch, epochSeed(seed), rules.leaders(epoch), options.committee.n);
}

/** What a lane that is backed up gives to the lane of the bucket, to propose it itself only if that does not. */
export class Forwarding {
  readonly #core: Core;
  readonly #checkpoints: Checkpoints;
  /** When it is proposed here if it has not shown up until then. */
  readonly #untilMs = new Map<TxId, number>();

  constructor(core: Core, checkpoints: Checkpoints) {
    this.#core = core;
    this.#checkpoints = checkpoints;
  }

  /** The lane to send it to; null: it is this one's to propose. */
  laneFor(tx: Transaction, nowMs: number): LaneId | null {
    const { lane, policy } = this.#core.options;
    const buckets = bucketsOf(this.#core, this.#checkpoints);
    const owner = buckets.owner(buckets.bucketOf(tx));
    if (owner === lane || this.#isBusy(owner)) return null;
    this.#untilMs.set(tx.txid, nowMs + policy.reproposeAfterMs);
    return owner;
  }

  /** Is it still the other lane's turn? */
  isElsewhere(txid: TxId, nowMs: number): boolean {
    return nowMs < (this.#untilMs.get(txid) ?? 0);
  }

  forget(txid: TxId): void {
    this.#untilMs.delete(txid);
  }

  /** A lane with little room itself would only make a second copy, which costs everybody more. */
  #isBusy(lane: LaneId): boolean {
    const { graph, options } = this.#core;
    const { certified, frontier } = graph.all;
    const open = payloadsBetween(this.#core, lane, certified[lane] as Seq, frontier[lane] as Seq);
    return 4 * open >= options.policy.laneWindow;
  }
}
