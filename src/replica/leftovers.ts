import type { TxId } from '../types/ids.ts';
import type { Transaction, Verified } from '../types/transaction.ts';

type Left = { readonly tx: Verified<Transaction>; readonly dueMs: number };

/** What a stop cut left without outcome. */
export type Void = {
  readonly tx: Verified<Transaction>;
  /** It stands in a block of the own lane. */
  readonly own: boolean;
};

/**
 * Transactions that a stop cut left without outcome, until they stand in a block of a later generation
 * (PROTOCOL.md rule 9.6), each with the time of its turn here: that may come generations later.
 */
export class Leftovers {
  readonly #left = new Map<TxId, Left>();

  /** When the next one may be due. */
  get wakeAtMs(): number | null {
    let wakeAtMs: number | null = null;
    for (const { dueMs } of this.#left.values()) {
      if (wakeAtMs === null || dueMs < wakeAtMs) wakeAtMs = dueMs;
    }
    return wakeAtMs;
  }

  has(txid: TxId): boolean {
    return this.#left.has(txid);
  }

  add({ tx }: Void, dueMs: number): void {
    this.#left.set(tx.txid, { tx, dueMs });
  }

  /** Parents before children, as they were admitted. */
  due(nowMs: number): Verified<Transaction>[] {
    return [...this.#left.values()].filter(({ dueMs }) => nowMs >= dueMs).map(({ tx }) => tx);
  }

  forget(txid: TxId): void {
    this.#left.delete(txid);
  }
}
