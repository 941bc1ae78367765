import type { DagNode, NodeId } from '../../types/dag.ts';
import type { LaneId } from '../../types/ids.ts';
import { type Core, isOutcast } from '../core.ts';
import { includes, type Lanes } from './lanes.ts';

/** The last block of a branch that was taken on a sponsor's word. */
type End = Pick<DagNode, 'id' | 'lane' | 'seq'>;

/**
 * Blocks of lanes that fork or forge are taken on the word of a lane that does neither: it, or what it names, waits for
 * them (PROTOCOL.md rule 2.10). So many branches are taken on the word of each as a correct lane can name, whatever others
 * show it (lemma 7.30), so none of these is ever refused what it needs.
 */
export class Sponsors {
  readonly #core: Core;
  readonly #branchesMax: number;
  readonly #accounts: readonly End[][];

  constructor(core: Core) {
    this.#core = core;
    const { n, f } = core.options.committee;
    this.#branchesMax = branchesMax(n, f);
    this.#accounts = Array.from({ length: n }, () => []);
  }

  /** Of these the one on whose account a block after `prev` comes, 0 for a first block; null: none has room. */
  bearer(sponsors: Lanes, lane: LaneId, prev: NodeId): LaneId | null {
    let bearer: LaneId | null = null;
    for (const [sponsor, ends] of this.#accounts.entries()) {
      if (!includes(sponsors, sponsor) || isOutcast(this.#core, sponsor)) continue;
      if (this.#endBelow(ends, lane, prev) >= 0) return sponsor;
      if (bearer === null && ends.length < this.#branchesMax) bearer = sponsor;
    }
    return bearer;
  }

  /** The block was taken on this lane's word. */
  took(bearer: LaneId, { id, lane, seq, prev }: DagNode): void {
    const ends = this.#accounts[bearer] as End[];
    const at = this.#endBelow(ends, lane, prev);
    ends[at >= 0 ? at : ends.length] = { id, lane, seq };
  }

  /** Where the branch stands that goes on with a block after `prev`; -1: none does. */
  #endBelow(ends: readonly End[], lane: LaneId, prev: NodeId): number {
    if (prev === 0) return -1;
    const { graph } = this.#core;
    return ends.findIndex((end) => end.lane === lane && graph.ancestor(prev, end.seq) === end.id);
  }
}

/**
 * How many branches of Byzantine lanes a correct lane's history can hold at most (lemma 7.30), and with it those of
 * blocks that decide a stop cut, which it names when it has left the generation (rule 9.6).
 */
function branchesMax(n: number, f: number): number {
  return n * (2 ** f - 1);
}
