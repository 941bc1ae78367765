import { readList, writeList } from '../codec/list.ts';
import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { defined } from '../std/assert.ts';
import type { DagNode, NodeId } from '../types/dag.ts';
import type { Seq } from '../types/ids.ts';

type Linked = Pick<DagNode, 'id' | 'seq' | 'prev'>;

/** A block and the first one of its branch. */
const PLACE_BYTES = 8;

/**
 * The branches of lanes that fork, so that a block's ancestor is found without a walk: whoever forks can make the way
 * down to the fork as long as it likes. A branch goes on with the block that came first after its last one, and
 * begins with one that came later; the one that came first of all has no beginning here.
 */
export class Branches {
  readonly #firsts = new Map<NodeId, NodeId>();

  /** `siblings`: the blocks of its (lane, seq) that came before it. */
  add({ id, prev }: Linked, siblings: readonly NodeId[], node: (id: NodeId) => Linked): void {
    const begins = siblings.some((sibling) => node(sibling).prev === prev);
    const first = begins ? id : this.#firstOf(prev);
    if (first !== 0) this.#firsts.set(id, first);
  }

  /** Which of these, all blocks of a seq, is in the chain that ends in `tip`, at this seq or above? */
  find(tip: NodeId, seq: Seq, blocks: readonly NodeId[], node: (id: NodeId) => Linked): NodeId {
    let first = this.#firstOf(tip);
    while (first !== 0 && node(first).seq > seq) first = this.#firstOf(node(first).prev);
    const found = blocks.find((id) => this.#firstOf(id) === first);
    return defined(found, 'a branch has a block at each seq of its own');
  }

  save(writer: Writer): void {
    writeList(writer, [...this.#firsts], (to, [id, first]) => {
      to.u32(id);
      to.u32(first);
    });
  }

  /** Continues empty ones. */
  load(reader: Reader): void {
    readList(reader, PLACE_BYTES, (from) => this.#firsts.set(from.u32(), from.u32()));
  }

  /** 0: what came first, and the beginning of the lane. */
  #firstOf(id: NodeId): NodeId {
    return this.#firsts.get(id) ?? 0;
  }
}
