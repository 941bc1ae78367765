import type { Table } from '../replica/ports.ts';
import type { Dag, NodeId } from '../types/dag.ts';
import type { Copy } from '../types/entry.ts';
import type { OutpointKey, TxId } from '../types/ids.ts';
import { ChainStacks } from './chain-stacks.ts';

const TXID_DIGITS = 64;

/**
 * The transactions that spend an output and were rejected in the ledger. An output that is never spent can collect
 * any number of them. One is *covered* when the history of each of its copies holds a copy of another one: whoever
 * acked it had acked another one before, so whether a transaction is before all its rivals does not depend on it
 * (lemma 7.4.1), and it is asked for no more. At most one for each branch of each lane is not covered.
 *
 * Rule A3 asks of a chain whether all rivals in it are rejected, which is so if the last one is: of covered ones
 * that one is found.
 */
export class RejectedSpenders {
  readonly #table: Table;
  readonly #dag: Pick<Dag, 'node' | 'contains'>;
  readonly #copies: (txid: TxId) => readonly Copy[];
  readonly #covered: ChainStacks;

  constructor(
    table: Table,
    dag: Pick<Dag, 'node' | 'contains' | 'ancestor'>,
    copies: (txid: TxId) => readonly Copy[],
  ) {
    this.#table = table;
    this.#dag = dag;
    this.#copies = copies;
    this.#covered = new ChainStacks(table, dag);
  }

  /** Those that are not covered. None: none was rejected. */
  of(key: OutpointKey): TxId[] {
    const bytes = this.#table.get(`s${key}`);
    if (bytes === undefined) return [];
    const text = new TextDecoder().decode(bytes);
    return Array.from(
      { length: text.length / TXID_DIGITS },
      (_, i) => text.slice(TXID_DIGITS * i, TXID_DIGITS * (i + 1)) as TxId,
    );
  }

  /** It was rejected, or has one more copy since. */
  add(key: OutpointKey, txid: TxId): void {
    const all = [...new Set([...this.of(key), txid])];
    const open = all.filter((one) => !this.#isCovered(one, all));
    for (const one of all) {
      if (open.includes(one)) continue;
      for (const copy of this.#copies(one)) this.#covered.add(key, copy, one);
    }
    this.#table.put(`s${key}`, new TextEncoder().encode(open.join('')));
  }

  /** The last covered one in the chain that ends in this block; null: there is none. */
  lastInChain(key: OutpointKey, tip: NodeId): TxId | null {
    return this.#covered.last(key, tip);
  }

  #isCovered(txid: TxId, all: readonly TxId[]): boolean {
    const others = all.filter((other) => other !== txid).map(this.#copies);
    return this.#copies(txid).every(({ block }) => {
      const history = this.#dag.node(block);
      return others.some((copies) =>
        copies.some((copy) => copy.block !== block && this.#dag.contains(history, copy.block)),
      );
    });
  }
}
