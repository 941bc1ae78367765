import type { Reader } from '../../codec/reader.ts';
import type { Writer } from '../../codec/writer.ts';
import type { Need } from '../../consensus/pacemaker.ts';
import { epochVotes } from '../../types/block.ts';
import type { DagNode, NodeId } from '../../types/dag.ts';
import { type Epoch, type LaneId, ZERO_DIGEST } from '../../types/ids.ts';
import type { Core } from '../core.ts';
import { payloadsBetween } from '../outcomes/finality.ts';
import { untracked } from '../outcomes/untracked.ts';
import type { Admission } from './admission.ts';

/** The next own block as far as it is settled before its content: what the lane can show (the horizon). */
export type Draft = {
  /** The graph's candidate. */
  readonly node: DagNode;
  readonly prev: NodeId;
  readonly refs: readonly NodeId[];
};

/**
 * Chooses what the next own block references (PROTOCOL.md rule 2.6) and judges, by what the lane could
 * then show, whether there is something to say and whether a cut is needed.
 */
export class Drafting {
  readonly #core: Core;
  readonly #admission: Admission;
  readonly #lane: LaneId;
  /** Per lane the newest block of its first-admitted branch. */
  readonly #referable: NodeId[];

  constructor(core: Core, admission: Admission, lane: LaneId) {
    this.#core = core;
    this.#admission = admission;
    this.#lane = lane;
    this.#referable = new Array<NodeId>(core.graph.n).fill(0);
  }

  /** After admission: of each (lane, seq) only the first block may ever be referenced. */
  admitted(node: DagNode): void {
    const { graph } = this.#core;
    const first = graph.at(node.lane, node.seq)[0] === node.id;
    if (first && node.prev === this.#referable[node.lane]) this.#referable[node.lane] = node.id;
  }

  save(writer: Writer): void {
    for (const id of this.#referable) writer.u32(id);
  }

  load(reader: Reader): void {
    for (const lane of this.#referable.keys()) this.#referable[lane] = reader.u32();
  }

  /** The own lane's last block. */
  get head(): NodeId {
    return this.#referable[this.#lane] as NodeId;
  }

  /** Forms the draft; it stays the graph's candidate until discarded. */
  form(nowMs: number): Draft {
    const { graph } = this.#core;
    const prev = this.head;
    let refs = this.#news(prev);
    for (;;) {
      const node = this.#formWith(prev, refs, nowMs);
      const kept = refs.filter((ref) => !node.forks.has(graph.node(ref).lane));
      if (kept.length === refs.length) return { node, prev, refs };
      refs = kept;
    }
  }

  /** Would the draft ack a payload, or give a verdict on something? */
  hasNews(draft: Draft): boolean {
    const { graph } = this.#core;
    const brings = graph.step(draft.node.id).some((id) => {
      return id !== draft.node.id && bringsPayload(graph.node(id));
    });
    return brings || this.#givesVerdict(draft);
  }

  /** Does something that the lane can show wait for a cut? `decided`: how many the draft's history decides. */
  need({ node }: Draft, decided: Epoch): Need {
    const { graph, index, acks, cuts } = this.#core;
    // One that is applied here and not decided in the draft's history: a COMMIT for it stands where this lane may not
    // name it, and others may lack it for ever. The history shows what is in its P (lemma 7.13).
    let need = cuts.need(decided + 1);
    if (need === 'resolution') return need;
    for (const entry of acks.acked(index.tracked.values(), node)) {
      if (acks.countVerdicts(entry, node, false) < graph.quorum) continue;
      if (acks.countVerdicts(entry, node, true) < graph.quorum) return 'resolution';
      need = 'checkpoint';
    }
    if (need === 'none' && this.#isSomethingSettled(node, decided)) need = 'checkpoint';
    return need === 'checkpoint' && this.#isFull() ? 'full' : need;
  }

  /** By what is final here, shown or not: how soon a needed cut is due is each lane's own affair, as its clock is. */
  #isFull(): boolean {
    const { early, options } = this.#core;
    return early.inputsAhead >= options.policy.epochInputs;
  }

  /**
   * Do the vectors show a transaction that is in no cut (rule 6.13)? A block with a copy of one that is in a cut is
   * no reason: who knows that its lane forks does not see it, and all have to see why one says END (lemma 7.26).
   */
  #isSomethingSettled(node: DagNode, decided: Epoch): boolean {
    const { graph, cuts } = this.#core;
    const last = cuts.cut(decided);
    const taken = last === 0 ? null : graph.node(last).settled;
    for (const { cutEpoch } of untracked(this.#core, taken, node.settled)) {
      if (cutEpoch === 0) return true;
    }
    return false;
  }

  #formWith(prev: NodeId, refs: readonly NodeId[], nowMs: number): DagNode {
    const { graph } = this.#core;
    const before = prev === 0 ? null : graph.node(prev);
    const words = {
      lane: this.#lane,
      seq: (before?.seq ?? 0) + 1,
      digest: ZERO_DIGEST,
      timeMs: Math.max(nowMs, before?.timeMs ?? 0),
      votes: [],
      txCount: 0,
    };
    const stance = this.#admission.stanceAfter(prev);
    return graph.form(words, prev, refs, { epoch: 0, stance });
  }

  /** Referable blocks that are new to the own chain, of lanes not known to forge; ascending by lane. */
  #news(prev: NodeId): NodeId[] {
    const { graph, soundness } = this.#core;
    return this.#referable.filter((id, lane) => {
      if (id === 0 || lane === this.#lane) return false;
      if (soundness.isUnsoundLane(lane)) return false;
      return prev === 0 || !graph.contains(graph.node(prev), id);
    });
  }

  #givesVerdict({ node, prev }: Draft): boolean {
    const { graph, index, acks } = this.#core;
    if (node.stance.ended) return false;
    const before = prev === 0 ? null : graph.node(prev);
    for (let lane = 0; lane < graph.n; lane++) {
      const upTo = node.certified[lane] as number;
      if (payloadsBetween(this.#core, lane, before?.certified[lane] ?? 0, upTo) > 0) return true;
    }
    for (const entry of acks.acked(index.tracked.values(), node)) {
      // Most have one, and wait for a cut.
      if (prev === 0 || acks.verdict(entry, prev) === null) return true;
    }
    return false;
  }
}

/** What others must ack: transactions, and votes of section 6. Checkpoint signatures need nobody's ack. */
function bringsPayload(node: DagNode): boolean {
  return node.txCount > 0 || epochVotes(node).some((vote) => vote.kind !== 'checkpoint');
}
