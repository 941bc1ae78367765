import { defined } from '../../std/assert.ts';
import type { Epoch, TxId } from '../../types/ids.ts';
import type { Generation } from '../generation.ts';

/** The generations that a replica has, oldest first; the last one is the current one. */
export class GenerationList {
  readonly #all: Generation[];

  constructor(first: Generation) {
    this.#all = [first];
  }

  get all(): readonly Generation[] {
    return this.#all;
  }

  get oldest(): Generation {
    return defined(this.#all[0], 'there is a generation');
  }

  get current(): Generation {
    return defined(this.#all.at(-1), 'there is a generation');
  }

  numbered(number: number): Generation | undefined {
    return this.#all.find((each) => each.number === number);
  }

  /** The one whose ledgers have the transaction, else the current one. There may be any number: they are not all asked. */
  holderOf(txid: TxId): Generation {
    const { current } = this;
    if (current.isInLedger(txid)) return current;
    const epoch = current.ledgerOf(txid);
    return (epoch === 0 ? undefined : this.covering(epoch)) ?? current;
  }

  /** The one whose ledger of this epoch it is. */
  covering(epoch: Epoch): Generation | undefined {
    return this.#all.find((each) => each.covers(epoch));
  }

  /** Those that could be the oldest while `kept` ended ones are kept, newest first; without the oldest. */
  *beginnings(kept: number): Generator<Generation> {
    for (let at = this.#all.length - 1 - kept; at > 0; at--) yield this.#all[at] as Generation;
  }

  begin(next: Generation): void {
    this.#all.push(next);
  }

  dropBefore(number: number): void {
    while (this.oldest.number < number) this.#all.shift();
  }
}
