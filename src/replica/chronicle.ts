import { defined } from '../std/assert.ts';
import type { Sliced } from '../std/slices.ts';
import type { Block, Witnesses } from '../types/block.ts';
import type { DagNode } from '../types/dag.ts';
import type { Entry } from '../types/entry.ts';
import { type Core, isOver } from './core.ts';
import type { Intake } from './intake/intake.ts';
import { makeEvidence } from './misbehaviour.ts';
import type { Outbox } from './outbox.ts';
import type { Certified, Checkpoints } from './outcomes/checkpoints.ts';
import type { Cutter } from './outcomes/cutter.ts';
import { Finality } from './outcomes/finality.ts';
import type { Tally } from './tally.ts';
import { Tracer } from './tracer.ts';

/** Instances that stay in memory after they are decided. */
const INSTANCES_KEPT = 8;
/**
 * A busy machine waits so many of its own blocks' spacings longer for the word of others: it comes as late as
 * everything else then, and to check meanwhile would make it later still.
 */
const PATIENCE_SPACINGS = 40;

/**
 * What follows from the admission of a block, in this order: it is indexed, forks are tracked, its
 * checkpoint signatures and votes are counted, what became final runs, decided cuts are applied.
 */
export class Chronicle {
  readonly tally: Tally;
  readonly finality: Finality;
  readonly #core: Core;
  readonly #parts: { cutter: Cutter; checkpoints: Checkpoints; intake: Intake };
  readonly #tracer: Tracer | null;
  /** How long the word of others on a block is waited for. */
  #patienceMs: number;

  constructor(
    core: Core,
    parts: { cutter: Cutter; checkpoints: Checkpoints; intake: Intake },
    tally: Tally,
  ) {
    this.#core = core;
    this.tally = tally;
    this.#parts = parts;
    this.finality = new Finality(core);
    this.#patienceMs = core.options.policy.checkPatienceMs;
    this.#tracer = core.options.trace === true ? new Tracer(core) : null;
  }

  /** The graph's candidate is this block; it becomes part of the graph. */
  *admit(block: Block, witnesses: Witnesses, nowMs: number, out: Outbox): Sliced<DagNode> {
    const { graph, book, soundness, options } = this.#core;
    const own = block.header.lane === options.lane;
    const { node, equivocates } = graph.admit(block);
    soundness.add(node, witnesses, nowMs);
    const txs = this.#counts(node, block) ? block.txs : [];
    const fresh = this.#index(node, equivocates, { ...block, txs }, nowMs, out);
    book.add(node);
    this.tally.admittedBlocks++;
    this.tally.admittedTxs += fresh.length;
    for (const { txid } of fresh) out.statuses.push({ txid, kind: 'admitted' });
    if (out.trace !== null) this.#tracer?.admitted(node, block, own, out.trace);
    this.#parts.intake.admitted(fresh, txs, own, nowMs);
    for (const certified of this.#parts.checkpoints.count(node)) this.certified(certified, out);
    this.#report(this.finality.advance(), nowMs, out);
    yield* this.#applyDecided(nowMs, out);
    this.denounce(out);
    return node;
  }

  /** `spacingMs`: of the own blocks, if longer than the policy's. */
  paced(spacingMs: number): void {
    this.#patienceMs = this.#core.options.policy.checkPatienceMs + PATIENCE_SPACINGS * spacingMs;
  }

  /** Checks what nobody has vouched for in time. */
  tick(nowMs: number, out: Outbox): void {
    if (this.#core.soundness.decideOlder(nowMs - this.#patienceMs)) {
      this.#report(this.finality.advance(), nowMs, out);
    }
    this.denounce(out);
  }

  /**
   * The journal has no more. What was told before may rest on own checks, of which it says nothing: they are made
   * again now (rule 10.5). Who forged is told with the first tick.
   */
  restored(nowMs: number, out: Outbox): void {
    this.#core.soundness.decideAll();
    this.#report(this.finality.advance(), nowMs, out);
  }

  /** When `tick` may have something to do. */
  get wakeAtMs(): number | null {
    const { oldestMs } = this.#core.soundness;
    return oldestMs === null ? null : oldestMs + this.#patienceMs;
  }

  /** Do its transactions count, as far as has to be known now: where they meet others, before they do? */
  #counts(node: DagNode, block: Block): boolean {
    const { graph, index, soundness } = this.#core;
    if (!soundness.isOpen(node.id)) return !soundness.isUnsound(node.id);
    const meets =
      node.seq >= graph.forkSeq(node.lane) ||
      index.conflicts(block) ||
      this.#parts.intake.conflicts(block);
    return !meets || soundness.isSound(node.id);
  }

  /** A checkpoint got, or failed to get, its certificate. */
  certified({ certificate, epochs, diverged }: Certified, out: Outbox): void {
    if (diverged) out.stop('state-diverged', 'a quorum signed another checkpoint than this ledger');
    if (certificate !== null) out.certified.push(certificate);
    for (const epoch of epochs) {
      for (const outcome of this.#parts.checkpoints.outcomes(epoch)) {
        if (!outcome.accepted) continue;
        this.tally.checkpointed++;
        out.statuses.push({ txid: outcome.txid, kind: 'checkpointed', epoch });
      }
    }
  }

  #index(
    node: DagNode,
    equivocates: boolean,
    block: Block,
    nowMs: number,
    out: Outbox,
  ): readonly Entry[] {
    const { graph, index, soundness } = this.#core;
    const fresh = index.add(node, block, nowMs);
    const { lane, seq } = node;
    if (equivocates) {
      const first = graph.block(defined(graph.at(lane, seq)[0], 'the first of the two'));
      const proof = makeEvidence('equivocation', first, block);
      out.evidence.push(defined(proof, 'two blocks with one seq'));
      this.tally.equivocations++;
      const blocks = [...index.blocksFrom(lane, graph.forkSeq(lane))];
      index.trackFork(blocks.filter((id) => soundness.isSound(id)));
    } else if (seq >= graph.forkSeq(lane) && block.txs.length > 0) index.trackFork([node.id]);
    return fresh;
  }

  /** Whoever signed a forged witness proved it with its own signature. */
  denounce(out: Outbox): void {
    const { graph, soundness } = this.#core;
    for (const id of soundness.takeCondemned()) {
      out.evidence.push(defined(makeEvidence('invalid', graph.block(id)), 'one block'));
    }
  }

  *#applyDecided(nowMs: number, out: Outbox): Sliced<void> {
    const { cuts, rules, graph, book } = this.#core;
    while (!isOver(this.#core)) {
      const epoch = cuts.applied + 1;
      const cut = rules.decision(epoch, graph.all, null);
      if (cut === 0) return;
      const { cutter } = this.#parts;
      const applied = yield* cutter.apply(yield* cutter.resolve(epoch, cut));
      if (applied.diverged !== null) {
        out.stop('state-diverged', `the ledger contradicts the outcome of ${applied.diverged}`);
      }
      if (out.trace !== null) this.#tracer?.decided(applied, cut, out.trace);
      this.#parts.checkpoints.close(applied, this.#core.coins);
      out.work.push({ epoch });
      this.#report(applied.executed, nowMs, out);
      this.#parts.intake.gotOutcomes(applied.entries, nowMs);
      book.forget(epoch - INSTANCES_KEPT);
    }
    this.#checkVoid(out);
  }

  /** What a stop cut leaves without outcome was final nowhere (lemma 7.23). */
  #checkVoid(out: Outbox): void {
    if (!isOver(this.#core)) return;
    for (const entry of this.#core.index.open()) {
      if (entry.early !== null) out.stop('state-diverged', `the stop cut lacks ${entry.txid}`);
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
    this.#parts.intake.gotOutcomes(entries, nowMs);
  }
}
