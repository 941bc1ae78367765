import type { DagNode, Forks, NodeId } from '../types/dag.ts';
import type { LaneId } from '../types/ids.ts';

/** Of nearly all blocks, each of which would keep an empty map of its own. */
const NO_FORKS: Forks = new Map();

/** Union of histories: the last blocks of every lane's branches. */
export type Merged = {
  readonly tips: Int32Array;
  readonly frontier: Int32Array;
  readonly forks: Forks;
  /** What the vectors are at least: the parents' (vectors.ts raises them). */
  readonly certified: Int32Array;
  readonly settled: Int32Array;
};

/** What merging asks about single blocks. */
export type ChainReader = {
  node(id: NodeId): DagNode;
  ancestor(tip: NodeId, seq: number): NodeId;
  /** Has any fork of this lane been admitted here? */
  forked(lane: LaneId): boolean;
};

/** The union of the histories of `parents` (their own blocks included). */
export function mergeHistories(
  parents: readonly DagNode[],
  n: number,
  reader: ChainReader,
): Merged {
  const [tips, frontier] = [new Int32Array(n), new Int32Array(n)];
  const [certified, settled] = [new Int32Array(n), new Int32Array(n)];
  for (const parent of parents) {
    for (let lane = 0; lane < n; lane++) {
      const seq = parent.frontier[lane] as number;
      if (seq > (frontier[lane] as number)) {
        frontier[lane] = seq;
        tips[lane] = parent.tips[lane] as number;
      }
    }
    raise(certified, parent.certified);
    raise(settled, parent.settled);
  }
  let forks: Forks = NO_FORKS;
  for (let lane = 0; lane < n; lane++) {
    if (!reader.forked(lane)) continue;
    forks = withBranches(forks, lane, mergeForked(parents, lane, reader, { tips, frontier }));
  }
  return { tips, frontier, forks, certified, settled };
}

/** Each element to the larger one of both. */
export function raise(vector: Int32Array, other: Int32Array): void {
  for (let at = 0; at < vector.length; at++) {
    if ((other[at] as number) > (vector[at] as number)) vector[at] = other[at] as number;
  }
}

/** The same lanes fork, but this one has these branches: with fewer than two it does not fork. */
export function withBranches(forks: Forks, lane: LaneId, branches: readonly NodeId[]): Forks {
  const fork = branches.length > 1;
  if (!fork && !forks.has(lane)) return forks;
  const others = [...forks].filter(([other]) => other !== lane);
  if (!fork && others.length === 0) return NO_FORKS;
  return new Map(fork ? [...others, [lane, branches]] : others);
}

/** Puts the newest of the lane's blocks into the vectors, and returns the last ones of its branches. */
function mergeForked(
  parents: readonly DagNode[],
  lane: LaneId,
  reader: ChainReader,
  into: Pick<Merged, 'tips' | 'frontier'>,
): readonly NodeId[] {
  const candidates = new Set<NodeId>();
  for (const parent of parents) {
    for (const tip of parent.forks.get(lane) ?? [parent.tips[lane] as number]) {
      if (tip !== 0) candidates.add(tip);
    }
  }
  const tips = maximal([...candidates], reader);
  if (tips.length === 0) return tips;
  let top = reader.node(tips[0] as number);
  for (const tip of tips) {
    const node = reader.node(tip);
    if (node.seq > top.seq) top = node;
  }
  into.tips[lane] = top.id;
  into.frontier[lane] = top.seq;
  return tips;
}

/** Drops the blocks of one lane that are ancestors of others among them; ascending by id. */
export function maximal(ids: readonly NodeId[], reader: ChainReader): NodeId[] {
  const kept = ids.filter(
    (id) =>
      !ids.some((other) => other !== id && reader.ancestor(other, reader.node(id).seq) === id),
  );
  return kept.sort((a, b) => a - b);
}
