import type { OutpointKey, TxId } from '../types/ids.ts';
import type { RejectedSpenders } from './rejected-spenders.ts';

/** Who spent an output in the ledger, null if nobody did. */
export type LedgerSpender = (key: OutpointKey) => TxId | null;

/**
 * The conflict index: which transactions of admitted blocks spend an output. Those without an outcome in
 * the ledger are in memory, the one that it accepted it names itself, and of those that it rejected some are kept.
 */
export class Spenders {
  readonly #rejected: RejectedSpenders;
  readonly #inLedger: LedgerSpender;
  readonly #pending = new Map<OutpointKey, TxId[]>();

  constructor(rejected: RejectedSpenders, inLedger: LedgerSpender) {
    this.#rejected = rejected;
    this.#inLedger = inLedger;
  }

  of(key: OutpointKey): readonly TxId[] {
    const pending = this.#pending.get(key) ?? [];
    const inLedger = this.#inLedger(key);
    const rejected = this.#rejected.of(key);
    if (inLedger === null && rejected.length === 0) return pending;
    return [...new Set([...pending, ...rejected, ...(inLedger === null ? [] : [inLedger])])];
  }

  /** It has no outcome in the ledger. */
  add(key: OutpointKey, txid: TxId): void {
    const pending = this.#pending.get(key);
    if (pending === undefined) this.#pending.set(key, [txid]);
    else pending.push(txid);
  }

  /** It is gone, or has its outcome: an accepted one is the ledger's to name. */
  remove(key: OutpointKey, spender: TxId): void {
    const left = (this.#pending.get(key) ?? []).filter((txid) => txid !== spender);
    if (left.length === 0) this.#pending.delete(key);
    else this.#pending.set(key, left);
  }

  /** Of those that are in memory. */
  clear(): void {
    this.#pending.clear();
  }
}
