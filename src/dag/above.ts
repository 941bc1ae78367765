import { Heap } from '../std/heap.ts';
import type { Dag, NodeId } from '../types/dag.ts';
import type { LaneId, Seq } from '../types/ids.ts';

/**
 * The blocks above a frontier in the order of admission. What it costs to find them depends on how many are
 * taken, not on how many there are: whoever asks may lack one old block alone, or say so.
 */
export function* blocksAbove(
  dag: Pick<Dag, 'n' | 'node' | 'at'>,
  frontier: readonly Seq[],
): Generator<NodeId, void> {
  const next = new Heap<NodeId>((a, b) => a < b);
  const push = (lane: LaneId, seq: Seq) => {
    for (const id of dag.at(lane, seq)) next.push(id);
  };
  for (let lane = 0; lane < dag.n; lane++) push(lane, (frontier[lane] ?? 0) + 1);
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    yield id;
    const { lane, seq } = dag.node(id);
    // Whatever follows in the lane came after the first block of this seq.
    if (dag.at(lane, seq)[0] === id) push(lane, seq + 1);
  }
}
