import { readList, readU32, writeList, writeU32 } from '../codec/list.ts';
import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import type { Block, CheckedVote, Witnesses } from '../types/block.ts';
import type { Dag, DagNode, NodeId } from '../types/dag.ts';
import type { Epoch, LaneId, Seq } from '../types/ids.ts';
import { kthLargest } from './order-statistics.ts';

export type SoundnessParts = {
  /** Else all check all, and what is admitted is sound. */
  readonly isShared: boolean;
  readonly f: number;
  /** The own lane; null: an observer, which is never drawn. */
  readonly lane: LaneId | null;
  /** Do the witnesses of all transactions of the block sign? */
  readonly verify: (block: Block) => boolean;
  /** What was taken for a block like others is known not to be sound now. Called at once. */
  readonly unsound: (id: NodeId) => void;
  readonly spares: number;
};

/** An id and whether its witnesses are known to sign. */
const OPEN_BYTES = 5;

/** A block of which it is not known yet whether it is sound. */
type Open = { isRight: boolean; readonly sinceMs: number };

/**
 * Which blocks are sound: their witnesses and those of all blocks before them in the chain sign (PROTOCOL.md
 * section 10). That is a function of the bytes; what is kept here is who is known to be, by own checks or by
 * the word of f + 1 lanes. Every block is sound where all check before they admit: then nothing is ever open.
 */
export class Soundness {
  readonly #dag: Dag;
  readonly #parts: SoundnessParts;
  /** Per lane, in the order of admission. */
  readonly #open: readonly Map<NodeId, Open>[];
  /** Per lane: the first block that is not sound of each branch that has one. */
  readonly #roots: readonly NodeId[][];
  /** [who][of which lane]: up to where it says that all is sound. */
  readonly #said: readonly Int32Array[];
  /** Drawn and too late, so not waited for: [who][of which lane]. */
  readonly #late: readonly boolean[][];
  readonly #vouched: Int32Array;
  readonly #condemned: NodeId[] = [];
  /** Per lane: the newest block with transactions that was checked here. */
  readonly #checked: Int32Array;

  constructor(dag: Dag, parts: SoundnessParts) {
    const { n } = dag;
    this.#dag = dag;
    this.#parts = parts;
    this.#open = Array.from({ length: n }, () => new Map());
    this.#roots = Array.from({ length: n }, () => []);
    this.#said = Array.from({ length: n }, () => new Int32Array(n));
    this.#late = Array.from({ length: n }, () => new Array<boolean>(n).fill(false));
    this.#vouched = new Int32Array(n);
    this.#checked = new Int32Array(n);
  }

  /** Takes up a block that was just admitted, and what it says of others. */
  add(node: DagNode, witnesses: Witnesses, nowMs: number): void {
    for (const vote of node.votes) if (vote.kind === 'checked') this.#hear(node.lane, vote);
    const { id, lane, seq, txCount, prev } = node;
    if (this.isUnsound(prev)) return;
    if (witnesses === 'wrong') {
      this.#condemn(id);
      return;
    }
    const isRight = witnesses === 'right' || txCount === 0;
    if (witnesses === 'right' && txCount > 0) this.#noteChecked(lane, seq);
    if ((isRight && !this.isOpen(prev)) || this.#isVouched(node)) return;
    this.#openOf(lane).set(id, { isRight, sinceMs: nowMs });
  }

  isOpen(id: NodeId): boolean {
    return id !== 0 && this.#openOf(this.#dag.node(id).lane).has(id);
  }

  /** Known not to be sound. */
  isUnsound(id: NodeId): boolean {
    if (id === 0) return false;
    const { lane } = this.#dag.node(id);
    return this.#rootsOf(lane).some((root) => this.#descends(id, root));
  }

  /** Decides, by checking what is not known. */
  isSound(id: NodeId): boolean {
    if (this.isUnsound(id)) return false;
    const chain: NodeId[] = [];
    for (let at = id; this.isOpen(at); at = this.#dag.node(at).prev) chain.push(at);
    for (const next of chain.reverse()) if (!this.#check(next)) return false;
    if (chain.length > 0) this.#release(this.#dag.node(id).lane);
    return true;
  }

  /** Does the lane have a block that is known not to be sound? */
  isUnsoundLane(lane: LaneId): boolean {
    return this.#rootsOf(lane).length > 0;
  }

  /** Whose word is awaited on blocks of this lane and epoch: a rotation, so that all have the same load. */
  drawn(lane: LaneId, epoch: Epoch): LaneId[] {
    const { n } = this.#dag;
    const { f, spares } = this.#parts;
    const count = Math.min(n - 1, f + spares);
    return Array.from({ length: count }, (_, i) => (lane + 1 + ((epoch + i) % (n - 1))) % n);
  }

  /** Is it left to others to check blocks of this lane and epoch first (rule 10.4)? */
  relies(lane: LaneId, epoch: Epoch): boolean {
    const { lane: own, isShared } = this.#parts;
    const drawn = this.drawn(lane, epoch);
    if (this.isUnsoundLane(lane)) return true;
    if (!isShared || lane === own || drawn.some((who) => who === own)) return false;
    return !drawn.some((who) => this.#late[who]?.[lane] === true);
  }

  /** Decides what has been open since before this time. True if anything was. */
  decideOlder(thanMs: number): boolean {
    let decided = false;
    for (const open of this.#open) {
      for (const [id, { sinceMs }] of [...open]) {
        if (sinceMs > thanMs) break;
        if (!open.has(id)) continue;
        this.#noteLate(this.#dag.node(id));
        this.isSound(id);
        decided = true;
      }
    }
    return decided;
  }

  /** Decides whatever is open. Nobody was late: what is decided was not waited for. */
  decideAll(): void {
    for (const open of this.#open) for (const id of [...open.keys()]) this.isSound(id);
  }

  /** The first blocks of their branches that are not sound, as far as found since the last call. */
  takeCondemned(): NodeId[] {
    return this.#condemned.splice(0);
  }

  /** Since when the oldest open block waits; null: none does. */
  get oldestMs(): number | null {
    let oldest: number | null = null;
    for (const open of this.#open) {
      for (const { sinceMs } of open.values()) {
        oldest = Math.min(oldest ?? sinceMs, sinceMs);
        break;
      }
    }
    return oldest;
  }

  /** What the own lane can say of others whose blocks up to `frontier` are in its history, at most so much. */
  words(frontier: Int32Array, most: number): CheckedVote[] {
    const { lane: own, isShared } = this.#parts;
    const votes: CheckedVote[] = [];
    if (!isShared || own === null) return votes;
    for (let lane = 0; lane < this.#dag.n && votes.length < most; lane++) {
      const said = this.#said[own]?.[lane] as Seq;
      if (lane === own || said >= (this.#checked[lane] as Seq)) continue;
      if (this.isUnsoundLane(lane) || this.#dag.forked(lane)) continue;
      const [first] = this.#openOf(lane).keys();
      const known = first === undefined ? Number.POSITIVE_INFINITY : this.#dag.node(first).seq - 1;
      const seq = Math.min(known, frontier[lane] as Seq);
      if (seq > said) votes.push({ kind: 'checked', lane, seq });
    }
    return votes;
  }

  /** What blocks do not say. Who was late is forgotten, as a restart forgets whatever peers did. */
  save(writer: Writer): void {
    for (let lane = 0; lane < this.#dag.n; lane++) {
      writeList(writer, this.#rootsOf(lane), writeU32);
      writeList(writer, [...this.#openOf(lane)], (to, [id, { isRight }]) => {
        to.u32(id);
        to.u8(isRight ? 1 : 0);
      });
      writer.u32(this.#checked[lane] as Seq);
      for (const said of this.#said) writer.u32(said[lane] as Seq);
    }
  }

  load(reader: Reader, nowMs: number): void {
    for (let lane = 0; lane < this.#dag.n; lane++) {
      this.#rootsOf(lane).push(...readList(reader, 4, readU32));
      const open = readList(reader, OPEN_BYTES, (from) => ({ id: from.u32(), isRight: from.u8() }));
      for (const { id, isRight } of open) {
        this.#openOf(lane).set(id, { isRight: isRight === 1, sinceMs: nowMs });
      }
      this.#checked[lane] = reader.u32();
      for (const said of this.#said) said[lane] = reader.u32();
      this.#vouched[lane] = this.#vouchedFor(lane);
    }
  }

  #hear(who: LaneId, { lane, seq }: CheckedVote): void {
    const said = this.#said[who] as Int32Array;
    if (seq <= (said[lane] as Seq)) return;
    said[lane] = seq;
    (this.#late[who] as boolean[])[lane] = false;
    this.#vouched[lane] = this.#vouchedFor(lane);
    this.#release(lane);
  }

  /** Rule 10.3: f + 1 lanes, of which the author's is one; 0 where that one is enough. */
  #vouchedFor(lane: LaneId): Seq {
    const { f } = this.#parts;
    if (f === 0) return 0;
    const others = this.#said.filter((_, who) => who !== lane).map((said) => said[lane] as Seq);
    return kthLargest(others, f, this.#vouched[lane] as Seq);
  }

  /** Where the lane forks, a word does not say which branch it means. */
  #isVouched({ lane, seq }: DagNode): boolean {
    const { f } = this.#parts;
    return seq < this.#dag.forkSeq(lane) && (f === 0 || seq <= (this.#vouched[lane] as Seq));
  }

  /** What became known without a check: vouched for, or right with nothing open before it. */
  #release(lane: LaneId): void {
    const open = this.#openOf(lane);
    for (const [id, { isRight }] of open) {
      const node = this.#dag.node(id);
      if (this.#isVouched(node) || (isRight && !open.has(node.prev))) open.delete(id);
    }
  }

  /** The block before it is sound. */
  #check(id: NodeId): boolean {
    const { lane, seq, txCount } = this.#dag.node(id);
    const open = this.#openOf(lane);
    const isRight = open.get(id)?.isRight === true || this.#parts.verify(this.#dag.block(id));
    if (!isRight) {
      this.#condemn(id);
      return false;
    }
    if (txCount > 0) this.#noteChecked(lane, seq);
    open.delete(id);
    return true;
  }

  #condemn(root: NodeId): void {
    const { lane } = this.#dag.node(root);
    this.#rootsOf(lane).push(root);
    this.#condemned.push(root);
    const open = this.#openOf(lane);
    const found = [...open.keys()].filter((id) => this.#descends(id, root));
    for (const id of found) open.delete(id);
    for (const id of new Set([root, ...found])) this.#parts.unsound(id);
  }

  #descends(id: NodeId, root: NodeId): boolean {
    return this.#dag.ancestor(id, this.#dag.node(root).seq) === root;
  }

  #noteChecked(lane: LaneId, seq: Seq): void {
    this.#checked[lane] = Math.max(this.#checked[lane] as Seq, seq);
  }

  #noteLate({ lane, seq, epoch }: DagNode): void {
    for (const who of this.drawn(lane, epoch)) {
      if (seq > (this.#said[who]?.[lane] as Seq)) (this.#late[who] as boolean[])[lane] = true;
    }
  }

  #openOf(lane: LaneId): Map<NodeId, Open> {
    return this.#open[lane] as Map<NodeId, Open>;
  }

  #rootsOf(lane: LaneId): NodeId[] {
    return this.#roots[lane] as NodeId[];
  }
}
