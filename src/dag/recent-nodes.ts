import { defined } from '../std/assert.ts';
import type { Block } from '../types/block.ts';
import type { DagNode, NodeId } from '../types/dag.ts';
import type { Digest } from '../types/ids.ts';

/** How much may stay in memory. */
export type Window = { readonly nodes: number; readonly blockBytes: number };

/**
 * The newest nodes of a graph, what was worked out about them, and their blocks as long as these fit. They
 * come in the order of admission, and leave in it.
 */
export class RecentNodes {
  readonly #nodes = new Map<NodeId, DagNode>();
  readonly #blocks = new Map<NodeId, Block>();
  readonly #digests = new Map<Digest, NodeId>();
  readonly #steps = new Map<NodeId, readonly NodeId[]>();
  #oldest: NodeId = 1;
  #blockBytes = 0;
  #oldestBlock: NodeId = 1;

  node(id: NodeId): DagNode | undefined {
    return this.#nodes.get(id);
  }

  block(id: NodeId): Block | undefined {
    return this.#blocks.get(id);
  }

  find(digest: Digest): NodeId | undefined {
    return this.#digests.get(digest);
  }

  step(id: NodeId): readonly NodeId[] | undefined {
    return this.#steps.get(id);
  }

  /** Forgotten with the node; at once if that is not here. */
  keepStep(id: NodeId, order: readonly NodeId[]): void {
    if (this.#nodes.has(id)) this.#steps.set(id, order);
  }

  add(node: DagNode, block: Block): void {
    this.#nodes.set(node.id, node);
    this.#blocks.set(node.id, block);
    this.#blockBytes += block.bytes.length;
    this.#digests.set(node.digest, node.id);
  }

  /** Nothing is here yet, and what comes first has this id. */
  beginAt(id: NodeId): void {
    this.#oldest = id;
    this.#oldestBlock = id;
  }

  /** Lets go of what is over the window; `left` is called with each node that is. */
  trim({ nodes, blockBytes }: Window, left: (node: DagNode) => void): void {
    while (this.#nodes.size > nodes) {
      const id = this.#oldest++;
      const node = defined(this.#nodes.get(id), 'nodes leave in order');
      this.#nodes.delete(id);
      this.#steps.delete(id);
      this.#digests.delete(node.digest);
      left(node);
    }
    this.#trimBlocks(blockBytes);
  }

  /** Contents leave earlier than nodes where they are large. */
  #trimBlocks(bytesKept: number): void {
    while (
      this.#blocks.size > 0 &&
      (this.#blockBytes > bytesKept || this.#oldestBlock < this.#oldest)
    ) {
      const id = this.#oldestBlock++;
      this.#blockBytes -= defined(this.#blocks.get(id), 'blocks leave in order').bytes.length;
      this.#blocks.delete(id);
    }
  }
}
