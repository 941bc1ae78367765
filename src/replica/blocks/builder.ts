import { blockDigest, contentsOf, encodeBlock } from '../../codec/block.ts';
import { Pacemaker } from '../../consensus/pacemaker.ts';
import { batchDueMs, laneBackedUp } from '../../iss/batch.ts';
import { assert } from '../../std/assert.ts';
import type { Block, BlockHeader, BlockRef, Vote } from '../../types/block.ts';
import {
  type DagNode,
  type History,
  type NodeId,
  parentsOf,
  type Stance,
} from '../../types/dag.ts';
import type { Epoch, LaneId } from '../../types/ids.ts';
import type { Transaction } from '../../types/transaction.ts';
import type { Core } from '../core.ts';
import type { Intake } from '../intake/intake.ts';
import type { Checkpoints } from '../outcomes/checkpoints.ts';
import type { Signer } from '../ports.ts';
import type { Admission } from './admission.ts';
import type { Standing } from './context.ts';
import { type Draft, Drafting } from './draft.ts';

/** Own checkpoint signatures that one block carries at most. */
const CHECKPOINT_VOTES_MAX = 16;

/** Lanes of which one block says what was checked. */
const CHECKED_VOTES_MAX = 32;

/**
 * So many spacings a busy validator with nothing of its own to propose leaves between two blocks. Each block costs
 * everybody the same whatever is in it: one that only answers waits for more to answer, one that begins a payment's way
 * does not.
 */
const ANSWER_SPACINGS = 2;

/** What the next block says beside its transactions; its epoch counts its own votes. */
type Outline = { readonly draft: Draft; readonly votes: readonly Vote[]; readonly epoch: Epoch };

export type Built = {
  readonly block: Block;
  readonly prev: NodeId;
  readonly refs: readonly NodeId[];
};

/** Decides when this lane has something to say, and says it (PROTOCOL.md section 2, "When to emit"). */
export class Builder {
  readonly drafting: Drafting;
  readonly #core: Core;
  readonly #admission: Admission;
  readonly #intake: Intake;
  readonly #checkpoints: Checkpoints;
  readonly #pacemaker: Pacemaker;
  readonly #lane: LaneId;
  readonly #signer: Signer;
  #lastBlockMs = Number.NEGATIVE_INFINITY;
  #lastLookMs = Number.NEGATIVE_INFINITY;
  /** Until then those that the last batch left over are not judged again, unless others arrive. */
  #barrenUntilMs = Number.NEGATIVE_INFINITY;
  #arrivals = 0;
  #wakeAtMs: number | null = null;

  constructor(
    core: Core,
    parts: { admission: Admission; intake: Intake; checkpoints: Checkpoints },
    lane: LaneId,
    signer: Signer,
  ) {
    const { graph, book, rules, options } = core;
    this.#core = core;
    this.#admission = parts.admission;
    this.#intake = parts.intake;
    this.#checkpoints = parts.checkpoints;
    this.#lane = lane;
    this.#signer = signer;
    this.drafting = new Drafting(core, parts.admission, lane);
    const { policy } = options;
    this.#pacemaker = new Pacemaker({ dag: graph, book, rules, policy }, lane);
  }

  /** When `build` may have something to say though nothing arrives. */
  get wakeAtMs(): number | null {
    return this.#wakeAtMs;
  }

  /** Has no look been taken for a whole batch's time? */
  isOverdue(nowMs: number): boolean {
    return nowMs >= this.#lastLookMs + this.#core.options.policy.batchTimeoutMs;
  }

  /** The view of the open instance in which this lane is. */
  get view(): number {
    return this.#admission.stanceAfter(this.drafting.head).view;
  }

  /** What this lane can show, and its payload blocks that are not certified in it. */
  outlook(nowMs: number): { horizon: History; uncertified: number } {
    const { graph } = this.#core;
    const { node, prev, refs } = this.drafting.form(nowMs);
    const uncertified = node.payloads - this.#admission.certifiedPayloads(node);
    graph.discard();
    return { horizon: graph.unionOf(parentsOf(prev, refs)), uncertified };
  }

  /** The next own block, signed, left as the graph's candidate; null if there is nothing to say now. */
  build(nowMs: number, spacingMs: number): Built | null {
    const earliestMs = this.#lastBlockMs + this.#leastMs(spacingMs);
    this.#wakeAtMs = earliestMs;
    if (nowMs < earliestMs) return null;
    this.#lastLookMs = nowMs;
    const draft = this.drafting.form(nowMs);
    const decided = this.#admission.decidedIn(draft.node);
    const stance = this.#core.rules.enter(this.#admission.stanceAfter(draft.prev), decided);
    const votes = this.#votes(draft, decided, stance, nowMs);
    const epoch = this.#core.rules.decidedEpochs(draft.node, decided, { lane: this.#lane, votes });
    const uncertified = draft.node.payloads - this.#admission.certifiedPayloads(draft.node);
    this.#intake.noteUncertified(uncertified);
    // Behind END nothing new begins: it would get no verdicts in this generation.
    const ended = stance.ended || votes.some((vote) => vote.kind === 'end');
    const dueMs = ended ? null : this.#batchDueMs(uncertified);
    this.#wakeAtMs = earlier(this.#pacemaker.wakeAtMs, dueMs);
    const batchDue = dueMs !== null && nowMs >= dueMs;
    const speaks = votes.some((vote) => vote.kind !== 'checked') || this.drafting.hasNews(draft);
    const closed = ended || laneBackedUp(uncertified, this.#core.options.policy);
    const batch =
      closed || !(speaks || batchDue) ? [] : this.#batch(draft, { epoch, decided }, nowMs);
    this.#core.graph.discard();
    const built = this.#assemble({ draft, votes, epoch }, batch, speaks, nowMs);
    if (built === null) return null;
    this.#lastBlockMs = nowMs;
    this.#wakeAtMs = nowMs + this.#leastMs(spacingMs);
    return built;
  }

  /** Least time between the last block and the next. */
  #leastMs(spacingMs: number): number {
    const spacings = this.#intake.waiting.size > 0 ? 1 : ANSWER_SPACINGS;
    return Math.max(this.#core.options.policy.minBlockIntervalMs, spacings * spacingMs);
  }

  #votes(draft: Draft, decided: Epoch, stance: Stance, nowMs: number): Vote[] {
    const need = () => this.drafting.need(draft, decided);
    const horizon = { history: draft.node, decided, stance, need };
    const signed = this.#checkpoints.votes(stance.checkpointed, decided, CHECKPOINT_VOTES_MAX);
    const checked = this.#core.soundness.words(draft.node.frontier, CHECKED_VOTES_MAX);
    return [...this.#pacemaker.votes(horizon, nowMs), ...signed, ...checked];
  }

  #batchDueMs(uncertified: number): number | null {
    const { size, bytes, oldestMs } = this.#intake.waiting;
    const state = {
      waitingTxs: size,
      waitingBytes: bytes,
      oldestMs,
      uncertified,
      lastBlockMs: this.#lastBlockMs,
    };
    const dueMs = batchDueMs(state, this.#core.options.policy);
    return dueMs === null || this.#hasArrivals() ? dueMs : Math.max(dueMs, this.#barrenUntilMs);
  }

  #hasArrivals(): boolean {
    return this.#intake.arrivals !== this.#arrivals;
  }

  #batch(draft: Draft, standing: Standing, nowMs: number): readonly Transaction[] {
    if (nowMs < this.#barrenUntilMs && !this.#hasArrivals()) return [];
    this.#arrivals = this.#intake.arrivals;
    const batch = this.#intake.batch(draft, standing, nowMs);
    const leavesOver = this.#intake.waiting.size > batch.length;
    const { batchTimeoutMs, minBlockIntervalMs } = this.#core.options.policy;
    // Without a batch's time to wait, they would be judged again in every millisecond.
    const restMs = Math.max(batchTimeoutMs, minBlockIntervalMs);
    this.#barrenUntilMs = leavesOver ? nowMs + restMs : Number.NEGATIVE_INFINITY;
    return batch;
  }

  /** Leaves out, and keeps in the pool, whatever the finished block's own judgement refuses. */
  #assemble(
    outline: Outline,
    batch: readonly Transaction[],
    speaks: boolean,
    nowMs: number,
  ): Built | null {
    const { prev, refs } = outline.draft;
    let txs = batch;
    while (speaks || txs.length > 0) {
      const block = this.#seal(outline, txs);
      const judged = this.#admission.judge(block, prev, refs);
      if (judged.ok) return { block: this.#sign(block), prev, refs };
      const { error } = judged;
      assert('txid' in error, `own block refused: ${error.code} ${error.detail}`);
      this.#intake.unfit(error, nowMs);
      txs = txs.filter((tx) => tx.txid !== error.txid);
    }
    return null;
  }

  #seal({ draft, votes, epoch }: Outline, txs: readonly Transaction[]): Block {
    const { graph, options, start } = this.#core;
    const { node, prev, refs } = draft;
    const header: BlockHeader = {
      ledgerId: options.ledgerId,
      committee: 0,
      lane: this.#lane,
      generation: start.generation,
      seq: node.seq,
      prev: prev === 0 ? start.digest : graph.node(prev).digest,
      epoch,
      timeMs: node.timeMs,
      refs: refs.map((ref) => refOfNode(graph.node(ref), start.generation)),
      ...contentsOf(txs, votes),
    };
    const nothing = new Uint8Array(0);
    return { header, digest: blockDigest(header), txs, votes, signature: nothing, bytes: nothing };
  }

  #sign(block: Block): Block {
    const signature = this.#signer.sign(block.digest);
    const bytes = encodeBlock(block.header, signature, block.txs, block.votes);
    return { ...block, signature, bytes };
  }
}

function refOfNode({ lane, seq, digest }: DagNode, generation: number): BlockRef {
  return { lane, generation, seq, digest };
}

function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
