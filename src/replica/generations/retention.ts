import type { Epoch, TxId } from '../../types/ids.ts';
import { rejectedIn } from '../outcomes/rejections.ts';
import type { Store } from '../ports.ts';

/** Which ledgers are still here, and what those of ended generations have rejected. */
export class Retention {
  readonly #store: Store;
  #dropped: Epoch;

  constructor(store: Store, dropped: Epoch) {
    this.#store = store;
    this.#dropped = dropped;
  }

  /** The last epoch whose ledger is not here any more. */
  get dropped(): Epoch {
    return this.#dropped;
  }

  /** Ledgers up to this epoch are gone. */
  drop(epoch: Epoch): void {
    this.#dropped = epoch;
  }

  /** Rejected by a ledger: for ever, since what has its input keeps it. Rows go some time after their ledgers. */
  isRejected(txid: TxId): boolean {
    return rejectedIn(this.#store, txid) > this.#dropped;
  }
}
