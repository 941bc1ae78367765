import type { TxId } from '../../types/ids.ts';
import type { Transaction, Verified } from '../../types/transaction.ts';

type Left = Void & { readonly dueMs: number };

/** What a stop cut left without outcome. */
export type Void = {
  readonly tx: Verified<Transaction>;
  /** It stands in a block of the own lane. */
  readonly own: boolean;
};

const NEVER = Infinity;

/**
 * Transactions that a stop cut left without outcome, until they stand in a block of a later generation
 * (PROTOCOL.md rule 9.6), each with the time of its turn here: that may come generations later.
 */
export class Leftovers {
  readonly #left = new Map<TxId, Left>();

  /** When the next one may be due. */
  get wakeAtMs(): number | null {
    let wakeAtMs = NEVER;
    for (const { dueMs } of this.#left.values()) wakeAtMs = Math.min(wakeAtMs, dueMs);
    return wakeAtMs === NEVER ? null : wakeAtMs;
  }

  /** All of them, those that wait among clients' transactions too. */
  get all(): Void[] {
    return [...this.#left.values()].map(({ tx, own }) => ({ tx, own }));
  }

  has(txid: TxId): boolean {
    return this.#left.has(txid);
  }

  add({ tx, own }: Void, dueMs: number): void {
    this.#left.set(tx.txid, { tx, own, dueMs });
  }

  /** Parents before children, as they were admitted. */
  due(nowMs: number): Verified<Transaction>[] {
    return [...this.#left.values()].filter(({ dueMs }) => nowMs >= dueMs).map(({ tx }) => tx);
  }

  /** It had its turn, and waits for the next own block. */
  taken(txid: TxId): void {
    const left = this.#left.get(txid);
    if (left !== undefined) this.#left.set(txid, { ...left, dueMs: NEVER });
  }

  /** It stands in a block, or is given up. */
  forget(txid: TxId): void {
    this.#left.delete(txid);
  }
}
