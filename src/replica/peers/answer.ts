import { blocksAbove } from '../../dag/above.ts';
import type { Graph } from '../../dag/graph.ts';
import { Slice, type Sliced } from '../../std/slices.ts';
import type { NodeId } from '../../types/dag.ts';
import type { Digest, LaneId, Seq } from '../../types/ids.ts';
import { NODE_LIMITS } from '../../types/limits.ts';

/** How much of a branch of each lane a peer got when it last asked for one, and down to where. */
export type Branches = Map<LaneId, { readonly seq: Seq; readonly length: number }>;

const BYTES_MAX = NODE_LIMITS.syncBatchBytesMax.value;
/** What a block counts for at least: to find and to send one takes time, whatever it holds. */
const BLOCK_BYTES_MIN = 1024;

/** The blocks that one pull is answered with, each of them once, however often and by whatever way it is asked for. */
export class Answer {
  readonly #graph: Pick<Graph, 'n' | 'node' | 'at' | 'find' | 'block'>;
  readonly #blocks = new Map<NodeId, Uint8Array>();
  readonly #slice = new Slice();
  #bytes = 0;

  constructor(graph: Pick<Graph, 'n' | 'node' | 'at' | 'find' | 'block'>) {
    this.#graph = graph;
  }

  /** In the order in which they should be sent. */
  get blocks(): Iterable<Uint8Array> {
    return this.#blocks.values();
  }

  /** Those that are named, and of their branches, as long as they leave half of the room. */
  *named(digests: readonly Digest[], branches: Branches): Sliced<void> {
    for (const digest of digests) {
      if (this.#slice.isFull(1)) yield;
      const id = this.#graph.find(digest);
      if (id === 0 || this.#blocks.has(id)) continue;
      if (!(yield* this.#branch(id, branches))) return;
    }
  }

  /** The oldest above a frontier. */
  *above(frontier: readonly Seq[]): Sliced<void> {
    for (const id of blocksAbove(this.#graph, frontier)) {
      if (this.#slice.isFull(1)) yield;
      if (!this.#blocks.has(id) && !this.#add(id, BYTES_MAX)) return;
    }
  }

  /**
   * A frontier hides branches: who lacks one learns of each block of it by the one after it. Who comes back for
   * what is further down gets twice as many at once, the newest first, so that each is named by one before it. False:
   * there is no room for the next one.
   */
  *#branch(id: NodeId, branches: Branches): Sliced<boolean> {
    const { lane, seq } = this.#graph.node(id);
    const last = branches.get(lane);
    const length = last !== undefined && seq <= last.seq ? 2 * last.length : 1;
    let [at, sent] = [id, 0];
    // Below one that is in the answer already stands what was asked for with that one, or will be.
    while (sent < length && at !== 0 && !this.#blocks.has(at)) {
      if (this.#slice.isFull(1)) yield;
      if (!this.#add(at, BYTES_MAX / 2)) break;
      at = this.#graph.node(at).prev;
      sent++;
    }
    branches.set(lane, { seq: seq - sent, length });
    return sent === length || at === 0 || this.#blocks.has(at);
  }

  /** False: it does not fit. Whatever it holds, the first one does. */
  #add(id: NodeId, room: number): boolean {
    const { bytes } = this.#graph.block(id);
    const weight = Math.max(BLOCK_BYTES_MIN, bytes.length);
    if (this.#blocks.size > 0 && this.#bytes + weight > room) return false;
    this.#bytes += weight;
    this.#blocks.set(id, bytes);
    return true;
  }
}
