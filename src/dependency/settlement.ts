import type { Dag, History } from '../types/dag.ts';
import type { Entry } from '../types/entry.ts';
import type { Epoch, TxId } from '../types/ids.ts';
import type { Outcome } from '../types/ledger.ts';
import type { Acks } from './acks.ts';
import type { Soundness, TxIndex } from './tx-index.ts';

/** The outcome that the ledgers of epochs <= `epoch` give, null if none does. */
export type LedgerOutcome = (entry: Entry, epoch: Epoch) => Outcome | null;

/** When a transaction counts as final in a history (PROTOCOL.md rules A3b and 3.5). */
export class Settlement {
  readonly #dag: Dag;
  readonly #index: TxIndex;
  readonly #acks: Acks;
  readonly #soundness: Soundness;

  constructor(dag: Dag, index: TxIndex, acks: Acks, soundness: Soundness) {
    this.#dag = dag;
    this.#index = index;
    this.#acks = acks;
    this.#soundness = soundness;
  }

  /** Clean verdicts from Q lanes in H. By the vectors where they say it, else by the definition. */
  isClean(entry: Entry, history: History): boolean {
    // One read back from the store does not know whether it was ever tracked; one that was in the ledger
    // when its second copy came is not.
    if (entry.tx === null || entry.copies.length > 1) this.#index.track(entry);
    if (entry.tracking !== null) {
      return this.#acks.countVerdicts(entry, history, true) >= this.#dag.quorum;
    }
    return entry.copies.some(({ block }) => {
      const { lane, seq } = this.#dag.node(block);
      return seq <= (history.settled[lane] as number) && this.#soundness.isSound(block);
    });
  }

  /**
   * Settled in a history that decided `epoch` cuts: accepted in one of their ledgers, or clean and not
   * rejected in one, its parents settled likewise. `known` collects what was found settled for this
   * same history, so that a block's transactions share the work.
   */
  isSettled(
    entry: Entry,
    history: History,
    epoch: Epoch,
    ledgerOutcome: LedgerOutcome,
    known: Set<TxId>,
  ): boolean {
    const visited = new Set<TxId>();
    const stack = [entry];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (known.has(next.txid) || visited.has(next.txid)) continue;
      visited.add(next.txid);
      const outcome = ledgerOutcome(next, epoch);
      if (outcome !== null) {
        if (!outcome.accepted) return false;
        continue;
      }
      if (!this.isClean(next, history)) return false;
      for (const { txid } of this.#index.transaction(next).inputs) {
        // A parent without entry is an output of genesis or of an epoch's fees: accepted.
        const parent = this.#index.get(txid);
        if (parent !== undefined) stack.push(parent);
      }
    }
    for (const txid of visited) known.add(txid);
    return true;
  }
}
