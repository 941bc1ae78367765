import type { DagNode, NodeId } from '../types/dag.ts';
import type { LaneId } from '../types/ids.ts';
import type { Merged } from './merge.ts';
import { kthLargest } from './order-statistics.ts';

type Vectors = { readonly certified: Int32Array; readonly settled: Int32Array };

/** A lane's row of a matrix; for the lane whose block is being formed, the block's own vector. */
type Self = { readonly lane: LaneId } | null;

/**
 * certified[l] = Q-th largest over lanes m of frontier[l] of m's tip; settled[l] = the same over
 * certified (PROTOCOL.md rules 3.4, 3.5). For a lane that forks in the history any of its branches counts.
 */
export class VectorCalculus {
  readonly #quorum: number;
  readonly #node: (id: NodeId) => DagNode;
  readonly #column: Int32Array;
  readonly #scratch: Int32Array;

  constructor(n: number, quorum: number, node: (id: NodeId) => DagNode) {
    this.#quorum = quorum;
    this.#node = node;
    this.#column = new Int32Array(n);
    this.#scratch = new Int32Array(quorum);
  }

  /**
   * Both vectors of a block of `lane` whose history, itself included, is `merged`. `ended`: what its chain
   * has given verdicts on for ever, once it has said END.
   */
  ofBlock(merged: Merged, lane: LaneId, ended: Int32Array | null): Vectors {
    const certified = ended ?? this.#statistic(merged, 'frontier', { lane }, merged.frontier);
    const settled = this.#statistic(merged, 'certified', { lane }, certified);
    return { certified, settled };
  }

  /** Both vectors of a set of histories that ends in no block of its own. */
  ofUnion(merged: Merged): Vectors {
    return {
      certified: this.#statistic(merged, 'frontier', null, merged.frontier),
      settled: this.#statistic(merged, 'certified', null, merged.frontier),
    };
  }

  #statistic(
    merged: Merged,
    field: 'frontier' | 'certified',
    self: Self,
    own: Int32Array,
  ): Int32Array {
    const n = merged.tips.length;
    const result = new Int32Array(n);
    const rows = this.#rows(merged, field, self, own);
    for (let column = 0; column < n; column++) {
      for (let row = 0; row < n; row++) {
        const values = rows[row];
        this.#column[row] = values == null ? 0 : (values[column] as number);
      }
      result[column] = kthLargest(this.#column, this.#quorum, this.#scratch);
    }
    return result;
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
    for (const branch of branches) {
      const values = this.#node(branch)[field];
      for (let l = 0; l < row.length; l++) {
        if ((values[l] as number) > (row[l] as number)) row[l] = values[l] as number;
      }
    }
    return row;
  }
}
