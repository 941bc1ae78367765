import { Heap } from '../std/heap.ts';
import { type DagNode, type NodeId, parentsOf } from '../types/dag.ts';

type Reader = {
  node(id: NodeId): DagNode;
  contains(history: DagNode, id: NodeId): boolean;
};

/**
 * The blocks new in a lane's history with block `id`, in the order in which the lane acks them
 * (PROTOCOL.md rule 2.4): Kahn's algorithm over prev and refs, smallest (lane, seq, digest) first,
 * `id` itself last.
 */
export function stepOrder(id: NodeId, reader: Reader): readonly NodeId[] {
  const node = reader.node(id);
  const fresh = freshBlocks(node, reader);
  if (fresh.size === 0) return [id];
  const pending = new Map<NodeId, number>();
  const children = new Map<NodeId, NodeId[]>();
  const ready = new Heap<DagNode>(precedes);
  for (const [block, blockNode] of fresh) {
    let parents = 0;
    for (const parent of parentsOf(blockNode.prev, blockNode.refs)) {
      if (!fresh.has(parent)) continue;
      parents++;
      const known = children.get(parent);
      if (known === undefined) children.set(parent, [block]);
      else known.push(block);
    }
    if (parents === 0) ready.push(blockNode);
    else pending.set(block, parents);
  }
  const order: NodeId[] = [];
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    order.push(next.id);
    for (const child of children.get(next.id) ?? []) {
      const left = (pending.get(child) as number) - 1;
      pending.set(child, left);
      if (left === 0) ready.push(fresh.get(child) as DagNode);
    }
  }
  order.push(id);
  return order;
}

function freshBlocks(node: DagNode, reader: Reader): Map<NodeId, DagNode> {
  const before = node.prev === 0 ? null : reader.node(node.prev);
  const fresh = new Map<NodeId, DagNode>();
  const stack = [...node.refs];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (fresh.has(id) || (before !== null && reader.contains(before, id))) continue;
    const block = reader.node(id);
    fresh.set(id, block);
    stack.push(...parentsOf(block.prev, block.refs));
  }
  return fresh;
}

function precedes(a: DagNode, b: DagNode): boolean {
  if (a.lane !== b.lane) return a.lane < b.lane;
  if (a.seq !== b.seq) return a.seq < b.seq;
  return a.digest < b.digest;
}
