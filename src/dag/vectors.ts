import type { DagNode, NodeId } from '../types/dag.ts';
import type { LaneId } from '../types/ids.ts';
import { type Merged, raise } from './merge.ts';
import { kthLargest } from './order-statistics.ts';

/** A lane's row of a matrix; for the lane whose block is being formed, the block's own vector. */
type Self = { readonly lane: LaneId } | null;

/**
 * certified[l] = Q-th largest over lanes m of frontier[l] of m's tip; settled[l] = the same over
 * certified (PROTOCOL.md rules 3.4, 3.5). For a lane that forks in the history any of its branches counts.
 * A history that contains another has vectors that are nowhere smaller, since no row is: each tip is the
 * other one's or follows it. So the search begins at the parents' vectors, with which `merged` comes.
 */
export class VectorCalculus {
  readonly #quorum: number;
  readonly #node: (id: NodeId) => DagNode;
  readonly #column: Int32Array;

  constructor(n: number, quorum: number, node: (id: NodeId) => DagNode) {
    this.#quorum = quorum;
    this.#node = node;
    this.#column = new Int32Array(n);
  }

  /**
   * Raises both vectors to those of a block of `lane` whose history, itself included, is `merged`. `ended`:
   * what its chain has given verdicts on for ever, once it has said END.
   */
  ofBlock(merged: Merged, lane: LaneId, ended: Int32Array | null): void {
    const { frontier, certified } = merged;
    if (ended !== null) certified.set(ended);
    else this.#raise(certified, this.#rows(merged, 'frontier', { lane }, frontier));
    this.#raise(merged.settled, this.#rows(merged, 'certified', { lane }, certified));
  }

  /** The same of a set of histories that ends in no block of its own. */
  ofUnion(merged: Merged): void {
    const { frontier, certified, settled } = merged;
    this.#raise(certified, this.#rows(merged, 'frontier', null, frontier));
    this.#raise(settled, this.#rows(merged, 'certified', null, frontier));
  }

  #raise(vector: Int32Array, rows: readonly (Int32Array | null)[]): void {
    for (let column = 0; column < vector.length; column++) {
      for (let row = 0; row < rows.length; row++) {
        const values = rows[row];
        this.#column[row] = values == null ? 0 : (values[column] as number);
      }
      vector[column] = kthLargest(this.#column, this.#quorum, vector[column] as number);
    }
  }

  #rows(
    merged: Merged,
    field: 'frontier' | 'certified',
    self: Self,
    own: Int32Array,
  ): (Int32Array | null)[] {
    const rows: (Int32Array | null)[] = [];
    for (let lane = 0; lane < merged.tips.length; lane++) {
      if (self?.lane === lane && !merged.forks.has(lane)) rows.push(own);
      else rows.push(this.#row(merged, lane, field, self?.lane === lane ? own : null));
    }
    return rows;
  }

  #row(
    merged: Merged,
    lane: LaneId,
    field: 'frontier' | 'certified',
    own: Int32Array | null,
  ): Int32Array | null {
    const branches = merged.forks.get(lane);
    const tip = merged.tips[lane] as number;
    if (branches === undefined) return tip === 0 ? null : this.#node(tip)[field];
    const row = own === null ? new Int32Array(merged.tips.length) : Int32Array.from(own);
    for (const branch of branches) raise(row, this.#node(branch)[field]);
    return row;
  }
}
