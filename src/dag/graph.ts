import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import { assert, defined } from '../std/assert.ts';
import type { Block } from '../types/block.ts';
import { type Dag, type DagNode, type History, type NodeId, parentsOf } from '../types/dag.ts';
import type { Digest, LaneId, Seq } from '../types/ids.ts';
import { NODE_LIMITS } from '../types/limits.ts';
import type { Archive } from './archive.ts';
import { Branches } from './branches.ts';
import { LaneIndex } from './lane-index.ts';
import { type Merged, maximal, mergeHistories, raise, withBranches } from './merge.ts';
import { readHistory, writeHistory } from './node-record.ts';
import { RecentNodes, type Window } from './recent-nodes.ts';
import { stepOrder } from './step-order.ts';
import { VectorCalculus } from './vectors.ts';

/** What of a node its block's own words give. */
export type NodeWords = Pick<DagNode, 'lane' | 'seq' | 'digest' | 'timeMs' | 'votes' | 'txCount'>;
/** What of a node the judgement of its votes gives. */
export type NodeParts = Pick<DagNode, 'epoch' | 'stance'>;

/**
 * All admitted blocks. The order of admission gives ids; everything else about a node is a pure function
 * of its history. All nodes are in the archive; memory holds the recent ones too.
 */
export class Graph implements Dag {
  readonly n: number;
  readonly quorum: number;
  readonly #archive: Archive;
  readonly #window: Window;
  readonly #recent = new RecentNodes();
  readonly #lanes: readonly LaneIndex[];
  readonly #branches = new Branches();
  readonly #vectors: VectorCalculus;
  #size = 0;
  #all: History;
  #candidate: DagNode | null = null;
  #candidateStep: readonly NodeId[] | null = null;

  constructor(
    n: number,
    quorum: number,
    archive: Archive,
    nodes: number,
    blockBytes: number = NODE_LIMITS.blockWindowBytesMax.value,
  ) {
    this.n = n;
    this.quorum = quorum;
    this.#archive = archive;
    this.#window = { nodes, blockBytes };
    this.#lanes = Array.from({ length: n }, () => new LaneIndex());
    this.#vectors = new VectorCalculus(n, quorum, (id) => this.node(id));
    this.#all = this.unionOf([]);
  }

  get size(): number {
    return this.#size;
  }

  get all(): History {
    return this.#all;
  }

  node(id: NodeId): DagNode {
    const node = this.#recent.node(id);
    if (node !== undefined) return node;
    if (this.#candidate?.id === id) return this.#candidate;
    assert(id > 0 && id <= this.#size, `no node ${id}`);
    return this.#archive.node(id);
  }

  block(id: NodeId): Block {
    return this.#recent.block(id) ?? this.#archive.block(id);
  }

  find(digest: Digest): NodeId {
    return this.#recent.find(digest) ?? this.#archive.find(digest);
  }

  forkSeq(lane: LaneId): Seq {
    return this.#lane(lane).forkSeq;
  }

  forked(lane: LaneId): boolean {
    return this.#lane(lane).forkSeq !== Number.POSITIVE_INFINITY;
  }

  height(lane: LaneId): Seq {
    return this.#lane(lane).height;
  }

  at(lane: LaneId, seq: Seq): readonly NodeId[] {
    return this.#lane(lane).at(seq) ?? this.#archive.at(lane, seq);
  }

  branchTips(history: History, lane: LaneId): readonly NodeId[] {
    const branches = history.forks.get(lane);
    if (branches !== undefined) return branches;
    const tip = history.tips[lane] as number;
    return tip === 0 ? [] : [tip];
  }

  contains(history: History, id: NodeId): boolean {
    const { lane, seq } = this.node(id);
    if ((history.frontier[lane] as number) < seq) return false;
    // The candidate may be what forks the lane: then forkSeq does not say so yet.
    const candidate = this.#candidate;
    const forks = candidate !== null && candidate.lane === lane && seq >= candidate.seq;
    if (seq < this.forkSeq(lane) && !forks) return true;
    return this.branchTips(history, lane).some((tip) => this.ancestor(tip, seq) === id);
  }

  ancestor(tip: NodeId, seq: Seq): NodeId {
    const node = this.node(tip);
    if (seq <= 0 || seq > node.seq) return 0;
    if (seq === node.seq) return tip;
    const known = this.at(node.lane, seq);
    if (known.length === 1) return known[0] as number;
    // Of a candidate no branch is known yet, and below any block is what is below the one before it.
    return this.#branches.find(node.prev, seq, known, (id) => this.node(id));
  }

  step(id: NodeId): readonly NodeId[] {
    const known = this.#recent.step(id);
    if (known !== undefined) return known;
    if (this.#candidate?.id === id) {
      this.#candidateStep ??= stepOrder(id, this);
      return this.#candidateStep;
    }
    const order = stepOrder(id, this);
    this.#recent.keepStep(id, order);
    return order;
  }

  /** The union of the histories of these blocks. */
  unionOf(ids: readonly NodeId[]): History {
    const merged = this.#merge(ids);
    this.#vectors.ofUnion(merged);
    return merged;
  }

  /**
   * The node that a block with these words would be; its prev and refs are admitted. It becomes the
   * candidate, which every question of this graph may name, until `admit` or `discard`.
   */
  form(words: NodeWords, prev: NodeId, refs: readonly NodeId[], parts: NodeParts): DagNode {
    const id = this.#size + 1;
    const { lane, seq } = words;
    const merged = this.#extend(this.#merge(parentsOf(prev, refs)), lane, seq, prev, id);
    const before = prev === 0 ? null : this.node(prev);
    const payloads = (before?.payloads ?? 0) + (words.txCount > 0 ? 1 : 0);
    const { digest, timeMs, votes, txCount } = words;
    const { epoch, stance } = parts;
    const { tips, frontier, forks, certified, settled } = merged;
    // Each property by name: what spreading makes is slow to make and slow to read ever after.
    const node: DagNode = {
      id,
      lane,
      seq,
      digest,
      prev,
      refs,
      epoch,
      timeMs,
      tips,
      frontier,
      forks,
      certified,
      settled,
      payloads,
      votes,
      txCount,
      stance,
    };
    this.#candidateStep = null;
    this.#candidate = node;
    const ended = before?.stance.ended === true ? before.certified : null;
    this.#vectors.ofBlock(merged, lane, ended);
    return node;
  }

  /** Replaces the epoch and stance of the candidate, once its votes are judged. */
  amend({ epoch, stance }: NodeParts): DagNode {
    this.#candidate = { ...defined(this.#candidate, 'a candidate'), epoch, stance };
    return this.#candidate;
  }

  /** 0 when no block is being judged. Nothing may be remembered about a candidate. */
  get candidate(): NodeId {
    return this.#candidate?.id ?? 0;
  }

  discard(): void {
    this.#candidate = null;
  }

  /** Makes the candidate a block of the graph. True if it is the second one of its (lane, seq). */
  admit(block: Block): { node: DagNode; equivocates: boolean } {
    const node = defined(this.#candidate, 'a candidate');
    assert(node.digest === block.digest, 'the candidate is admitted');
    this.#candidate = null;
    this.#size = node.id;
    this.#recent.add(node, block);
    const siblings = this.at(node.lane, node.seq);
    this.#branches.add(node, siblings, (id) => this.node(id));
    const ids = this.#lane(node.lane).add(node.seq, node.id, siblings);
    this.#archive.keep(node, ids);
    this.#all = this.#join(node);
    return { node, equivocates: ids.length > 1 };
  }

  /**
   * Lets go of what left the window. Called between steps only: its blocks are read back from the journal,
   * which has those that a step admits when the step is over.
   */
  trim(): void {
    this.#trim(this.#window);
  }

  /** Nothing more will be admitted: from now on everything is read through the archive. As `trim`. */
  close(): void {
    this.#trim({ nodes: 0, blockBytes: 0 });
    for (const lane of this.#lanes) lane.forget(lane.height);
    this.#archive.close();
  }

  #trim(window: Window): void {
    this.#recent.trim(window, ({ lane, seq }) => {
      if (!this.forked(lane)) this.#lane(lane).forget(seq);
    });
  }

  /** What the archive does not have. */
  save(writer: Writer): void {
    writer.u32(this.#size);
    for (const lane of this.#lanes) lane.save(writer);
    this.#branches.save(writer);
    writeHistory(writer, this.#all);
  }

  /** Continues an empty graph from what was saved: nothing of it is in memory, all is in the archive. */
  load(reader: Reader): void {
    assert(this.#size === 0, 'an empty graph continues');
    this.#size = reader.u32();
    this.#recent.beginAt(this.#size + 1);
    for (const lane of this.#lanes) lane.load(reader);
    this.#branches.load(reader);
    this.#all = readHistory(reader);
  }

  #lane(lane: LaneId): LaneIndex {
    return this.#lanes[lane] as LaneIndex;
  }

  #merge(ids: readonly NodeId[]): Merged {
    const parents = ids.map((id) => this.node(id));
    return mergeHistories(parents, this.n, this);
  }

  #extend(merged: Merged, lane: LaneId, seq: Seq, prev: NodeId, id: NodeId): Merged {
    const { tips, frontier } = merged;
    const others = this.branchTips(merged, lane).filter((tip) => tip !== prev);
    const forks = withBranches(merged.forks, lane, [...others, id]);
    if (seq >= (frontier[lane] as number)) tips[lane] = id;
    frontier[lane] = Math.max(frontier[lane] as number, seq);
    return { ...merged, forks };
  }

  /** `all` with one more block: all of its history is in `all` already. */
  #join(node: DagNode): History {
    const { lane, seq, id } = node;
    const { tips, frontier, certified, settled } = copied(this.#all);
    let { forks } = this.#all;
    if (this.forked(lane)) {
      forks = withBranches(forks, lane, maximal([...this.branchTips(this.#all, lane), id], this));
    }
    if (seq > (frontier[lane] as number)) {
      tips[lane] = id;
      frontier[lane] = seq;
    }
    raise(certified, node.certified);
    raise(settled, node.settled);
    const joined = { tips, frontier, forks, certified, settled };
    this.#vectors.ofUnion(joined);
    return joined;
  }
}

function copied({ tips, frontier, certified, settled }: History): Omit<History, 'forks'> {
  return {
    tips: tips.slice(),
    frontier: frontier.slice(),
    certified: certified.slice(),
    settled: settled.slice(),
  };
}
