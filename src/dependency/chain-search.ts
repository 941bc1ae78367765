import type { Dag, DagNode, NodeId } from '../types/dag.ts';

/**
 * The first block of the chain ending in `tip` for which `holds` is true; 0 if it is not true of `tip`.
 * `holds` must be monotone along a chain. Gallops back from the tip, where the answer mostly lies, then
 * bisects.
 */
export function firstOnChain(dag: Dag, tip: NodeId, holds: (node: DagNode) => boolean): NodeId {
  const last = dag.node(tip);
  if (!holds(last)) return 0;
  let above = last.seq;
  let below = 0;
  for (let stride = 1; above - stride > 0; stride *= 2) {
    const seq = above - stride;
    if (!holds(dag.node(dag.ancestor(tip, seq)))) {
      below = seq;
      break;
    }
    above = seq;
  }
  while (above - below > 1) {
    const middle = (above + below) >> 1;
    if (holds(dag.node(dag.ancestor(tip, middle)))) above = middle;
    else below = middle;
  }
  return dag.ancestor(tip, above);
}
