import type { TxIndex } from '../../dependency/tx-index.ts';
import type { Epoch, TxId } from '../../types/ids.ts';

type Ended = { readonly stop: Epoch; readonly index: TxIndex };

/** Which ledgers of ended generations are still here, and what these have rejected. */
export class Retention {
  #dropped: Epoch;
  #ended: Ended[] = [];

  constructor(dropped: Epoch) {
    this.#dropped = dropped;
  }

  /** The last epoch whose ledger is not here any more. */
  get dropped(): Epoch {
    return this.#dropped;
  }

  /** The generation of this index has ended with this epoch. */
  ended(index: TxIndex, stop: Epoch): void {
    this.#ended.push({ index, stop });
  }

  /** Ledgers up to this epoch are gone. */
  drop(epoch: Epoch): void {
    this.#dropped = epoch;
    this.#ended = this.#ended.filter(({ stop }) => stop > epoch);
  }

  /** Rejected by a ledger of an ended generation: for ever, since what has its input keeps it. */
  isRejected(txid: TxId): boolean {
    return this.#ended.some(({ index }) => index.get(txid)?.ledger?.outcome.accepted === false);
  }
}
