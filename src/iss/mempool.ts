import type { OutpointKey, TxId } from '../types/ids.ts';
import type { Transaction, Verified } from '../types/transaction.ts';
import type { Room } from './batch.ts';
import { HeldTransactions } from './held.ts';

export type MempoolLimits = {
  readonly txsMax: number;
  readonly bytesMax: number;
  readonly orphansMax: number;
  readonly losersPerWinnerMax: number;
  readonly orphanMs: number;
};

type Entry = {
  readonly tx: Verified<Transaction>;
  readonly keys: readonly OutpointKey[];
  readonly sinceMs: number;
};

/** Of every batch place, how many transactions are judged at most: the work of a pick is bounded. */
const JUDGED_PER_PLACE = 8;

/** Orphans and losers may each hold this share of `bytesMax` beside the waiting transactions. */
const HELD_SHARE = 4;

/**
 * What this validator could propose and has not yet: transactions of its own clients and forwarded
 * ones. PROTOCOL.md section 8. The first transaction seen to spend an output wins at the door; rivals
 * of what is already in blocks are the caller's to find (`holdLoser` then remembers them here).
 *
 * The caller has checked every transaction in itself and, except for orphans, in its context: else
 * anybody could claim an output that is not theirs.
 */
export class Mempool {
  readonly #limits: MempoolLimits;
  readonly #waiting = new Map<TxId, Entry>();
  readonly #spenders = new Map<OutpointKey, TxId>();
  readonly #orphans: HeldTransactions;
  readonly #losers: HeldTransactions;
  #bytes = 0;

  constructor(limits: MempoolLimits) {
    this.#limits = limits;
    const { orphansMax: txsMax, orphanMs: holdMs, losersPerWinnerMax } = limits;
    const held = { txsMax, bytesMax: limits.bytesMax / HELD_SHARE };
    this.#orphans = new HeldTransactions({ ...held, perAwaitedMax: txsMax, holdMs });
    this.#losers = new HeldTransactions({
      ...held,
      perAwaitedMax: losersPerWinnerMax,
      holdMs: Number.POSITIVE_INFINITY,
    });
  }

  /** Transactions waiting to be proposed. Orphans and losers are not counted. */
  get size(): number {
    return this.#waiting.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get orphanCount(): number {
    return this.#orphans.size;
  }

  get loserCount(): number {
    return this.#losers.size;
  }

  /** Since when the first in line has waited; null when none waits. */
  get oldestMs(): number | null {
    for (const entry of this.#waiting.values()) return entry.sinceMs;
    return null;
  }

  /** Waiting to be proposed, or for a parent. Losers are not: the door said no to them. */
  has(txid: TxId): boolean {
    return this.get(txid) !== undefined;
  }

  get(txid: TxId): Verified<Transaction> | undefined {
    return this.#waiting.get(txid)?.tx ?? this.#orphans.get(txid);
  }

  /** Waiting to be proposed: its outputs may have children here. Those of an orphan may never exist. */
  waiting(txid: TxId): Verified<Transaction> | undefined {
    return this.#waiting.get(txid)?.tx;
  }

  /** The waiting transaction that spends the output. */
  spenderOf(key: OutpointKey): TxId | undefined {
    return this.#spenders.get(key);
  }

  /** A loser is answered with the winner, and remembered until `releaseLosers` (while there is room). */
  add(
    tx: Verified<Transaction>,
    nowMs: number,
  ): 'added' | 'known' | 'full' | { readonly conflict: TxId } {
    if (this.#waiting.has(tx.txid)) return 'known';
    const keys = tx.inputs.map(({ key }) => key);
    const winner = this.#firstSpender(keys);
    if (winner !== undefined) {
      this.holdLoser(tx, winner, nowMs);
      return { conflict: winner };
    }
    const { txsMax, bytesMax } = this.#limits;
    if (this.#waiting.size >= txsMax || this.#bytes + tx.bytes.length > bytesMax) return 'full';
    this.#orphans.remove(tx.txid);
    this.#losers.remove(tx.txid);
    this.#waiting.set(tx.txid, { tx, keys, sinceMs: nowMs });
    this.#bytes += tx.bytes.length;
    for (const key of keys) this.#spenders.set(key, tx.txid);
    return 'added';
  }

  /** Holds a child of transactions that nobody here knows. It claims no outputs meanwhile. */
  addOrphan(tx: Verified<Transaction>, missing: readonly TxId[], nowMs: number): 'added' | 'full' {
    return this.#orphans.hold(tx, missing, nowMs) ? 'added' : 'full';
  }

  /** Remembers a rival of `winner`, which may still be rejected. */
  holdLoser(tx: Verified<Transaction>, winner: TxId, nowMs: number): void {
    this.#orphans.remove(tx.txid);
    this.#losers.hold(tx, [winner], nowMs);
  }

  /** It stands in an own block now, or was given up. Its outputs are free for others at this door. */
  remove(txid: TxId): void {
    this.#orphans.remove(txid);
    this.#losers.remove(txid);
    const entry = this.#waiting.get(txid);
    if (entry === undefined) return;
    this.#waiting.delete(txid);
    this.#bytes -= entry.tx.bytes.length;
    for (const key of entry.keys) this.#spenders.delete(key);
  }

  /** Orphans that now miss nothing more; no longer held. The caller judges and adds them. */
  parentKnown(txid: TxId): Verified<Transaction>[] {
    return this.#orphans.release(txid);
  }

  /**
   * Losers against `winner`, which got its outcome or was given up; no longer held. The caller adds
   * them again if the winner was not accepted, and reports them as rejected if it was.
   */
  releaseLosers(winner: TxId): Verified<Transaction>[] {
    return this.#losers.release(winner);
  }

  /** Orphans whose parents did not come in time. */
  expire(nowMs: number): Verified<Transaction>[] {
    return this.#orphans.expire(nowMs);
  }

  /**
   * The next batch, in the order of submission; a child never stands before its waiting parent, nor
   * in a batch without it. Nothing is removed: the caller removes what its block took in and what never
   * fits.
   */
  pick(room: Room, fits: (tx: Verified<Transaction>) => boolean): Verified<Transaction>[] {
    const batch: Verified<Transaction>[] = [];
    const picked = new Set<TxId>();
    const passed: TxId[] = [];
    let bytes = 0;
    for (const [txid, { tx }] of this.#waiting) {
      if (batch.length >= room.txs) break;
      if (picked.size + passed.length >= room.txs * JUDGED_PER_PLACE) {
        // Else those that do not fit for long would hide what stands behind them for ever.
        this.#moveBack(passed);
        break;
      }
      if (this.#waitsForParent(tx, picked) || !fits(tx)) {
        passed.push(txid);
        continue;
      }
      if (bytes + tx.bytes.length > room.bytes) break;
      batch.push(tx);
      picked.add(txid);
      bytes += tx.bytes.length;
    }
    return batch;
  }

  #firstSpender(keys: readonly OutpointKey[]): TxId | undefined {
    for (const key of keys) {
      const spender = this.#spenders.get(key);
      if (spender !== undefined) return spender;
    }
    return undefined;
  }

  #waitsForParent(tx: Transaction, picked: ReadonlySet<TxId>): boolean {
    return tx.inputs.some(({ txid }) => this.#waiting.has(txid) && !picked.has(txid));
  }

  /** Children are passed over after their parents, so this keeps them in order. */
  #moveBack(txids: readonly TxId[]): void {
    for (const txid of txids) {
      const entry = this.#waiting.get(txid);
      if (entry === undefined) continue;
      this.#waiting.delete(txid);
      this.#waiting.set(txid, entry);
    }
  }
}
