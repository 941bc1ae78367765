import type { Member } from '../execution/resolve.ts';
import { assert } from '../std/assert.ts';
import type { NodeId } from '../types/dag.ts';
import type { Entry } from '../types/entry.ts';
import type { Epoch, TxId } from '../types/ids.ts';
import type { Outcome } from '../types/ledger.ts';

/** What a decided cut does, computed but not applied. */
export type Resolution = {
  readonly epoch: Epoch;
  readonly cut: NodeId;
  /** New in P(epoch). */
  readonly fresh: readonly { readonly entry: Entry; readonly member: Member }[];
  /** In an order of execution. */
  readonly outcomes: ReadonlyMap<TxId, Outcome>;
};

/**
 * The decided blocks by epoch, and the ledger's outcomes by epoch. A block whose own COMMIT decides a
 * cut is judged by the ledger that this cut makes before that ledger is applied: the foreseen one.
 */
export class CutLog {
  readonly #cuts: NodeId[] = [0];
  #foreseen: Resolution | null = null;

  /** Epochs whose ledger is applied. */
  get applied(): Epoch {
    return this.#cuts.length - 1;
  }

  /** 0 for epoch 0, and while the epoch is not applied. */
  cut(epoch: Epoch): NodeId {
    return this.#cuts[epoch] ?? 0;
  }

  get foreseen(): Resolution | null {
    return this.#foreseen;
  }

  foresee(resolution: Resolution): void {
    assert(resolution.epoch === this.applied + 1, 'one epoch is foreseen at a time');
    this.#foreseen = resolution;
  }

  append(epoch: Epoch, cut: NodeId): void {
    assert(epoch === this.applied + 1, 'epochs are applied in order');
    this.#cuts.push(cut);
    this.#foreseen = null;
  }

  /** What the ledgers of epochs <= `epoch` say. */
  outcome(entry: Entry, epoch: Epoch): Outcome | null {
    if (entry.ledger !== null) return entry.ledger.epoch <= epoch ? entry.ledger.outcome : null;
    if (this.#foreseen === null || epoch < this.#foreseen.epoch) return null;
    return this.#foreseen.outcomes.get(entry.txid) ?? null;
  }
}
