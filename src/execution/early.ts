import type { Entry } from '../types/entry.ts';
import type { OutpointKey, TxId } from '../types/ids.ts';
import type { Outcome } from '../types/ledger.ts';
import type { Transaction } from '../types/transaction.ts';
import { execute } from './resolve.ts';

export type EarlyView = {
  entry(txid: TxId): Entry | undefined;
  transaction(entry: Entry): Transaction;
  /** Who spent the output in a ledger, null if nobody did. */
  ledgerSpender(key: OutpointKey): TxId | null;
};

/**
 * Executes clean, final transactions at once, ahead of the ledger that will hold them (section 5).
 * They commute, so the order does not matter; each waits only for the outcomes of its parents.
 */
export class EarlyExecution {
  readonly #view: EarlyView;
  /** Outputs spent by what is accepted here but in no ledger yet. */
  readonly #spent = new Map<OutpointKey, TxId>();
  readonly #children = new Map<TxId, Entry[]>();
  readonly #waiting = new Set<TxId>();

  constructor(view: EarlyView) {
    this.#view = view;
  }

  /** Accepted or rejected here, in a ledger or ahead of it; null while open. */
  outcome(txid: TxId): Outcome | null {
    const entry = this.#view.entry(txid);
    // Without entry: an output of genesis or fees, which needs no execution.
    if (entry === undefined) return { txid, accepted: true };
    return entry.ledger?.outcome ?? entry.early;
  }

  spender(key: OutpointKey): TxId | null {
    return this.#spent.get(key) ?? this.#view.ledgerSpender(key);
  }

  /** A transaction became final and clean. Returns what got its outcome, children included. */
  offer(entry: Entry): Entry[] {
    const done: Entry[] = [];
    const queue = [entry];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (this.#waiting.has(next.txid) || this.outcome(next.txid) !== null) continue;
      if (this.#waits(next)) continue;
      this.#run(next);
      done.push(next);
      queue.push(...this.#release(next.txid));
    }
    return done;
  }

  /**
   * A ledger gave these outcomes (already in the entries). What they spend is in the ledger now; final
   * transactions that waited for them run. Returns what got its outcome here by that.
   */
  settled(entries: readonly Entry[]): Entry[] {
    const done: Entry[] = [];
    for (const entry of entries) {
      for (const { key } of this.#view.transaction(entry).inputs) {
        if (this.#spent.get(key) === entry.txid) this.#spent.delete(key);
      }
    }
    for (const entry of entries) {
      for (const child of this.#release(entry.txid)) done.push(...this.offer(child));
    }
    return done;
  }

  #waits(entry: Entry): boolean {
    for (const { txid } of this.#view.transaction(entry).inputs) {
      if (this.outcome(txid) !== null) continue;
      const waiting = this.#children.get(txid);
      if (waiting === undefined) this.#children.set(txid, [entry]);
      else waiting.push(entry);
      this.#waiting.add(entry.txid);
      return true;
    }
    return false;
  }

  #run(entry: Entry): void {
    const tx = this.#view.transaction(entry);
    const outcome = execute(
      tx,
      (txid) => this.outcome(txid),
      (key) => this.spender(key),
    );
    entry.early = outcome;
    entry.path = 'clean';
    if (!outcome.accepted) return;
    for (const { key } of tx.inputs) this.#spent.set(key, tx.txid);
  }

  #release(txid: TxId): Entry[] {
    const waiting = this.#children.get(txid) ?? [];
    this.#children.delete(txid);
    for (const child of waiting) this.#waiting.delete(child.txid);
    return waiting;
  }
}
