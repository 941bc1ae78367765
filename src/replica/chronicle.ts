import { defined } from '../std/assert.ts';
import type { Block } from '../types/block.ts';
import type { DagNode } from '../types/dag.ts';
import type { Entry } from '../types/entry.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Core } from './core.ts';
import type { Cutter } from './cutter.ts';
import { Finality } from './finality.ts';
import type { Intake } from './intake.ts';
import { makeEvidence } from './misbehaviour.ts';
import type { Outbox } from './outbox.ts';
import { Tally } from './tally.ts';
import { Tracer } from './tracer.ts';

/** Instances that stay in memory after they are decided. */
const INSTANCES_KEPT = 8;

/**
 * What follows from the admission of a block, in this order: it is indexed, forks are tracked, its
 * checkpoint signatures and votes are counted, what became final runs, decided cuts are applied.
 */
export class Chronicle {
  readonly tally = new Tally();
  readonly finality: Finality;
  readonly #core: Core;
  readonly #parts: { cutter: Cutter; checkpoints: Checkpoints; intake: Intake };
  readonly #tracer: Tracer | null;

  constructor(core: Core, parts: { cutter: Cutter; checkpoints: Checkpoints; intake: Intake }) {
    this.#core = core;
    this.#parts = parts;
    this.finality = new Finality(core);
    this.#tracer = core.options.trace === true ? new Tracer(core) : null;
  }

  /** The graph's candidate is this block; it becomes part of the graph. */
  admit(block: Block, own: boolean, nowMs: number, out: Outbox): DagNode {
    const { graph, index, book } = this.#core;
    const { node, equivocates } = graph.admit(block);
    const fresh = index.add(node, block, nowMs);
    book.add(node);
    this.tally.admittedBlocks++;
    this.tally.admittedTxs += fresh.length;
    this.#trackForks(node, equivocates, block, out);
    for (const { txid } of fresh) out.statuses.push({ txid, kind: 'admitted' });
    if (out.trace !== null) this.#tracer?.admitted(node, block, own, out.trace);
    this.#parts.intake.admitted(fresh, block.txs, own, nowMs);
    for (const { certified, diverged } of this.#parts.checkpoints.count(node)) {
      this.certified(certified, diverged, out);
    }
    this.#report(this.finality.advance(), nowMs, out);
    this.#applyDecided(nowMs, out);
    return node;
  }

  /** A checkpoint got, or failed to get, its certificate. */
  certified(
    certificate: ReturnType<Checkpoints['count']>[number]['certified'],
    diverged: boolean,
    out: Outbox,
  ): void {
    if (diverged) out.stop('state-diverged', 'a quorum signed another checkpoint than this ledger');
    if (certificate === null) return;
    const { epoch } = certificate.checkpoint;
    out.certified.push(certificate);
    for (const outcome of this.#parts.checkpoints.outcomes(epoch)) {
      if (!outcome.accepted) continue;
      this.tally.checkpointed++;
      out.statuses.push({ txid: outcome.txid, kind: 'checkpointed', epoch });
    }
  }

  #trackForks(node: DagNode, equivocates: boolean, block: Block, out: Outbox): void {
    const { graph, index } = this.#core;
    const { lane, seq } = node;
    if (equivocates) {
      const first = graph.block(defined(graph.at(lane, seq)[0], 'the first of the two'));
      const proof = makeEvidence('equivocation', first, block);
      out.evidence.push(defined(proof, 'two blocks with one seq'));
      this.tally.equivocations++;
      index.trackFork(index.blocksFrom(lane, graph.forkSeq(lane)));
    } else if (seq >= graph.forkSeq(lane)) index.trackFork([node.id]);
  }

  #applyDecided(nowMs: number, out: Outbox): void {
    const { cuts, rules, graph, book } = this.#core;
    for (;;) {
      const epoch = cuts.applied + 1;
      const cut = rules.decision(epoch, graph.all, null);
      if (cut === 0) return;
      const { cutter } = this.#parts;
      const applied = cutter.apply(cutter.resolve(epoch, cut));
      if (applied.diverged !== null) {
        out.stop('state-diverged', `the ledger contradicts the outcome of ${applied.diverged}`);
      }
      if (out.trace !== null) this.#tracer?.decided(applied, cut, out.trace);
      this.#parts.checkpoints.close(applied);
      out.work.push({ epoch });
      this.#report(applied.executed, nowMs, out);
      this.#parts.intake.settled(applied.entries, nowMs);
      book.forget(epoch - INSTANCES_KEPT);
    }
  }

  #report(entries: readonly Entry[], nowMs: number, out: Outbox): void {
    for (const entry of entries) {
      const outcome = defined(entry.ledger?.outcome ?? entry.early, 'it was executed');
      const path = entry.path ?? 'clean';
      if (outcome.accepted) {
        this.tally.final(path);
        out.statuses.push({ txid: entry.txid, kind: 'final', path });
      } else {
        const { txid, reason, winner } = outcome;
        this.tally.rejectedTxs++;
        out.statuses.push({ txid, kind: 'rejected', reason, winner });
      }
    }
    this.#parts.intake.settled(entries, nowMs);
  }
}
