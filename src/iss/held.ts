import type { TxId } from '../types/ids.ts';
import type { Transaction, Verified } from '../types/transaction.ts';

type Held = {
  readonly tx: Verified<Transaction>;
  /** What it still waits for. */
  readonly awaits: Set<TxId>;
  readonly deadlineMs: number;
};

export type HeldLimits = {
  readonly txsMax: number;
  readonly bytesMax: number;
  /** That wait for the same one. */
  readonly perAwaitedMax: number;
  /** How long one is held; Infinity for those that are always released in the end. */
  readonly holdMs: number;
};

/**
 * Transactions that can do nothing until others become known or get their outcome: children of
 * unknown parents, and losers at the door. Bounded by count and bytes; when full, newcomers are
 * turned away, so that a flood cannot push out what came before it.
 */
export class HeldTransactions {
  readonly #limits: HeldLimits;
  readonly #held = new Map<TxId, Held>();
  readonly #waiters = new Map<TxId, Set<TxId>>();
  #bytes = 0;

  constructor(limits: HeldLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#held.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(txid: TxId): Verified<Transaction> | undefined {
    return this.#held.get(txid)?.tx;
  }

  /** False when it does not fit. Holding one again keeps its first deadline. */
  hold(tx: Verified<Transaction>, awaits: readonly TxId[], nowMs: number): boolean {
    if (this.#held.has(tx.txid)) return true;
    const { txsMax, bytesMax, perAwaitedMax, holdMs } = this.#limits;
    if (this.#held.size >= txsMax || this.#bytes + tx.bytes.length > bytesMax) return false;
    if (awaits.some((each) => (this.#waiters.get(each)?.size ?? 0) >= perAwaitedMax)) return false;
    this.#held.set(tx.txid, { tx, awaits: new Set(awaits), deadlineMs: nowMs + holdMs });
    this.#bytes += tx.bytes.length;
    for (const awaited of awaits) this.#waitersOf(awaited).add(tx.txid);
    return true;
  }

  remove(txid: TxId): void {
    const held = this.#held.get(txid);
    if (held === undefined) return;
    this.#held.delete(txid);
    this.#bytes -= held.tx.bytes.length;
    for (const awaited of held.awaits) {
      const waiters = this.#waiters.get(awaited);
      waiters?.delete(txid);
      if (waiters?.size === 0) this.#waiters.delete(awaited);
    }
  }

  /** Those that waited for `awaited` and for nothing else, in the order in which they came. */
  release(awaited: TxId): Verified<Transaction>[] {
    const released: Verified<Transaction>[] = [];
    for (const txid of this.#waiters.get(awaited) ?? []) {
      const held = this.#held.get(txid);
      if (held === undefined) continue;
      held.awaits.delete(awaited);
      if (held.awaits.size === 0) released.push(held.tx);
    }
    this.#waiters.delete(awaited);
    for (const tx of released) this.remove(tx.txid);
    return released;
  }

  /** Those whose time is over. They are held for equal times, so the oldest stand first. */
  expire(nowMs: number): Verified<Transaction>[] {
    const expired: Verified<Transaction>[] = [];
    for (const held of this.#held.values()) {
      if (held.deadlineMs > nowMs) break;
      expired.push(held.tx);
    }
    for (const tx of expired) this.remove(tx.txid);
    return expired;
  }

  #waitersOf(awaited: TxId): Set<TxId> {
    let waiters = this.#waiters.get(awaited);
    if (waiters === undefined) this.#waiters.set(awaited, (waiters = new Set()));
    return waiters;
  }
}
