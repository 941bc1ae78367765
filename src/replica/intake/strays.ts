import type { NodeId } from '../../types/dag.ts';
import type { Entry } from '../../types/entry.ts';
import type { TxId } from '../../types/ids.ts';
import { type Core, isOutcast } from '../core.ts';

/** So many outputs that stray parents, and strays that these descend from, spend are looked at for one answer. */
const LOOKS_MAX = 64;

/**
 * `rejected`: it is, or will be in any ledger that takes it in. `adrift`: it, or a stray that it descends from, has
 * expired, so that nobody proposes it again, or they are too many to tell. `open`: it gets its outcome, or another copy.
 */
export type Fate = 'open' | 'rejected' | 'adrift';

/**
 * What becomes of parents, for one answer at the door. A transaction is stray when it stands only in blocks of lanes
 * that fork or forge, outside the own history: nobody has to name these, so that it may have no outcome ever. What a
 * correct lane has in its history gets one (lemma 7.10), and is waited for.
 */
export class Strays {
  readonly #core: Core;
  readonly #seen = new Set<TxId>();
  #looks = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  fate(parent: Entry): Fate {
    const { coins, cuts, early, index } = this.#core;
    let fate: Fate = 'open';
    const open = [parent];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const outcome = early.outcome(next.txid);
      if (outcome?.accepted === false) return 'rejected';
      if (outcome !== null || this.#seen.has(next.txid) || !this.#isStray(next)) continue;
      this.#seen.add(next.txid);
      const { inputs, validUntil } = index.transaction(next);
      if (validUntil <= cuts.applied) fate = 'adrift';
      for (const { txid, key } of inputs) {
        if (++this.#looks > LOOKS_MAX) return 'adrift';
        const spender = coins.get(key)?.spentBy ?? next.txid;
        if (spender !== next.txid) return 'rejected';
        const before = index.get(txid);
        if (before !== undefined) open.push(before);
      }
    }
    return fate;
  }

  #isStray({ copies }: Entry): boolean {
    const { graph } = this.#core;
    return copies.every(
      ({ block }) => isOutcast(this.#core, graph.node(block).lane) && !this.#isNamed(block),
    );
  }

  /** Is it in the own history? */
  #isNamed(block: NodeId): boolean {
    const { graph, options } = this.#core;
    if (options.lane === null) return false;
    const head = graph.at(options.lane, graph.height(options.lane))[0];
    return head !== undefined && graph.contains(graph.node(head), block);
  }
}
