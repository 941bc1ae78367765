import { initialStance } from '../../consensus/rules.ts';
import { err, ok, type Result } from '../../std/result.ts';
import type { Block, BlockHeader } from '../../types/block.ts';
import { type DagNode, type NodeId, parentsOf, type Stance } from '../../types/dag.ts';
import type { Refusal, RefusalCode } from '../../types/errors.ts';
import type { Epoch, Seq } from '../../types/ids.ts';
import type { Transaction } from '../../types/transaction.ts';
import type { Core } from '../core.ts';
import { Context, type Standing, type Unfit } from './context.ts';

/** A block whose prev and refs are admitted. */
export type Judgeable = Pick<Block, 'digest' | 'txs' | 'votes'> & {
  readonly header: Pick<
    BlockHeader,
    'lane' | 'seq' | 'prev' | 'epoch' | 'timeMs' | 'refs' | 'txBytes'
  >;
};

/**
 * Admission (PROTOCOL.md section 2): a pure function of a block and its history, the same answer at
 * every correct validator at any time. The builder judges its own blocks by it too.
 */
export class Admission {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * A fit block is the graph's candidate afterwards, to be admitted or discarded. `prev` and `refs` are
   * those that the header names; prev is 0 for a lane's first block.
   */
  judge(block: Judgeable, prev: NodeId, refs: readonly NodeId[]): Result<DagNode, Refusal | Unfit> {
    const { graph } = this.#core;
    const judged = this.#judge(block, prev, refs);
    if (!judged.ok) graph.discard();
    return judged;
  }

  #judge(
    block: Judgeable,
    prev: NodeId,
    refs: readonly NodeId[],
  ): Result<DagNode, Refusal | Unfit> {
    const { graph, rules } = this.#core;
    const { lane, seq, epoch, timeMs } = block.header;
    const misplaced = this.#misplaced(block, prev, refs);
    if (misplaced !== null) return err(misplaced);
    const stance = this.stanceAfter(prev);
    const { digest, votes, txs } = block;
    const words = { lane, seq, digest, timeMs, votes, txCount: txs.length };
    const node = graph.form(words, prev, refs, { epoch, stance });
    const forked = block.header.refs.find((ref) => node.forks.has(ref.lane));
    if (forked !== undefined) return refuse('ref-to-equivocator', `lane ${forked.lane}`);
    const decided = this.decidedIn(node);
    const verdict = rules.judge(lane, votes, node, decided, stance);
    if (typeof verdict === 'string') return refuse('bad-vote', verdict);
    if (verdict.epoch !== epoch) return refuse('bad-epoch', `${epoch} instead of ${verdict.epoch}`);
    const full = this.#overflow(node, txs.length > 0);
    if (full !== null) return err(full);
    const unfit = this.#unfit(txs, node, { epoch, decided });
    return unfit === null ? ok(graph.amend(verdict)) : err(unfit);
  }

  /**
   * Rule A3, which asks nothing of a chain that is not sound (rule 10.1). Whether it is has to be known only where
   * the answer would be no: where it is yes in any case, nobody needs to have checked.
   */
  #unfit(txs: readonly Transaction[], node: DagNode, standing: Standing): Unfit | null {
    const { soundness } = this.#core;
    if (soundness.isUnsound(node.prev)) return null;
    const context = new Context(this.#core, node, standing);
    for (const tx of txs) {
      const taken = context.take(tx);
      if (!taken.ok) return soundness.isSound(node.prev) ? taken.error : null;
    }
    return null;
  }

  stanceAfter(prev: NodeId): Stance {
    return prev === 0 ? initialStance(this.#core.span) : this.#core.graph.node(prev).stance;
  }

  /** Cuts decided in the history of a candidate, its own votes not counted. */
  decidedIn(node: DagNode): Epoch {
    const { graph, rules, span } = this.#core;
    let known = node.prev === 0 ? span.start : graph.node(node.prev).epoch;
    for (const ref of node.refs) known = Math.max(known, graph.node(ref).epoch);
    return rules.decidedEpochs(node, known, null);
  }

  #misplaced(block: Judgeable, prev: NodeId, refs: readonly NodeId[]): Refusal | null {
    const { graph } = this.#core;
    const { lane, seq, timeMs } = block.header;
    if (seq === 1 && block.header.prev !== this.#core.start.digest) {
      return refusal('bad-seq', 'the first block names another beginning');
    }
    const { blockTxsMax, blockBytesMax } = this.#core.options.genesis.params;
    if (block.txs.length > blockTxsMax || block.header.txBytes > blockBytesMax) {
      return refusal('too-large', `${block.txs.length} txs, ${block.header.txBytes} bytes`);
    }
    const before = prev === 0 ? null : graph.node(prev);
    const prevSeq: Seq = before?.seq ?? 0;
    if (seq !== prevSeq + 1 || (before !== null && before.lane !== lane)) {
      return refusal('bad-seq', `seq ${seq} after ${prevSeq}`);
    }
    if (before !== null && timeMs < before.timeMs) return refusal('bad-time', 'before prev');
    for (const [i, ref] of block.header.refs.entries()) {
      const node = graph.node(refs[i] as NodeId);
      if (node.lane !== ref.lane || node.seq !== ref.seq || ref.lane === lane) {
        return refusal('bad-ref', `lane ${ref.lane} seq ${ref.seq}`);
      }
    }
    return null;
  }

  /** Rule A5: nobody runs ahead of what a quorum has taken. */
  #overflow(node: DagNode, hasTxs: boolean): Refusal | null {
    if (!hasTxs) return null;
    const { graph, options } = this.#core;
    const { laneWindowMax } = options.genesis.params;
    // What prev shows as certified, prev and refs show too: that is at hand, and mostly enough.
    const shown = node.prev === 0 ? 0 : (graph.node(node.prev).certified[node.lane] as Seq);
    if (node.payloads - this.#payloadsUpTo(shown, node) <= laneWindowMax) return null;
    const uncertified = node.payloads - this.certifiedPayloads(node);
    if (uncertified <= laneWindowMax) return null;
    return refusal('lane-window', `${uncertified} payload blocks are not certified`);
  }

  /** Payload blocks of the node's chain that are certified in the history of its prev and refs. */
  certifiedPayloads(node: DagNode): number {
    const { graph } = this.#core;
    return this.#payloadsUpTo(
      graph.unionOf(parentsOf(node.prev, node.refs)).certified[node.lane] as Seq,
      node,
    );
  }

  #payloadsUpTo(seq: Seq, node: DagNode): number {
    const { graph } = this.#core;
    const last = graph.ancestor(node.id, Math.min(seq, node.seq - 1));
    return last === 0 ? 0 : graph.node(last).payloads;
  }
}

function refusal(code: RefusalCode, detail: string): Refusal {
  return { code, detail };
}

function refuse(code: RefusalCode, detail: string): Result<never, Refusal> {
  return err({ code, detail });
}
