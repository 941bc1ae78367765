import type { Roots } from '../ledger/checkpoint.ts';
import { assert, defined } from '../std/assert.ts';
import type { Sliced } from '../std/slices.ts';
import type { Block } from '../types/block.ts';
import type { Digest, Epoch, LaneId, Seq, TxId } from '../types/ids.ts';
import type { Transaction, Verified } from '../types/transaction.ts';
import { Admission } from './blocks/admission.ts';
import { Builder } from './blocks/builder.ts';
import type { Arrival } from './blocks/lane-room.ts';
import { Reception } from './blocks/reception.ts';
import { WaitingRoom } from './blocks/waiting-room.ts';
import { Chronicle } from './chronicle.ts';
import { type Core, createCore, isOutcast, isOver } from './core.ts';
import type { PeerId } from './effects.ts';
import type { Lasting } from './generations/lasting.ts';
import type { Void } from './generations/leftovers.ts';
import type { Start } from './generations/start.ts';
import { Intake } from './intake/intake.ts';
import type { Outbox } from './outbox.ts';
import type { Checkpoints } from './outcomes/checkpoints.ts';
import { Cutter } from './outcomes/cutter.ts';
import { rejectedIn } from './outcomes/rejections.ts';
import { Peers } from './peers/peers.ts';
import { ReadModel } from './read-model.ts';
import type { ReplicaOptions } from './replica-options.ts';
import type { Stateful } from './savepoint.ts';

/** Own blocks that one step may emit: a second one when the first made something new to say. */
const BUILDS_PER_STEP = 2;

/** What a generation is made of, for planted bugs. */
export type ReplicaParts = {
  readonly core: Core;
  readonly cutter: Cutter;
  readonly checkpoints: Checkpoints;
  readonly intake: Intake;
  readonly room: WaitingRoom;
  readonly peers: Peers;
  readonly admission: Admission;
  /** null: an observer. */
  readonly builder: Builder | null;
};

/**
 * The protocol from one beginning to the stop cut that ends it (PROTOCOL.md section 9), or for ever: blocks,
 * verdicts, votes and cuts, of which nothing is counted together with those of another generation.
 */
export class Generation {
  readonly peers: Peers;
  readonly read: ReadModel;
  readonly #core: Core;
  readonly #lasting: Lasting;
  readonly #cutter: Cutter;
  readonly #intake: Intake;
  readonly #chronicle: Chronicle;
  readonly #reception: Reception;
  readonly #builder: Builder | null;
  /** What waited to be proposed again when it began. */
  #inherited: readonly Void[] = [];
  /** Lanes that have told their heads: before a quorum has, an own block that was lost could be repeated. */
  readonly #heard = new Set<LaneId>();

  constructor(options: ReplicaOptions, start: Start, lasting: Lasting) {
    const core = createCore(options, start);
    options.tamper?.(core);
    const cutter = new Cutter(core);
    const admission = new Admission(core);
    const room = new WaitingRoom(core.graph.n, (lane) => isOutcast(core, lane));
    const peers = new Peers(core, room);
    const { lane, signer } = options;
    const { checkpoints } = lasting;
    const intake = new Intake(core, lasting);
    const parts = { admission, intake, checkpoints };
    const builder =
      lane === null || signer === null ? null : new Builder(core, parts, lane, signer);
    const chronicle = new Chronicle(core, { cutter, checkpoints, intake }, lasting.tally);
    const drafting = builder?.drafting ?? null;
    this.#core = core;
    this.#lasting = lasting;
    this.#cutter = cutter;
    this.#intake = intake;
    this.#builder = builder;
    this.#chronicle = chronicle;
    this.peers = peers;
    this.#reception = new Reception(core, { admission, room, peers, chronicle, drafting });
    const { givenUp, retention } = lasting;
    const known = { checkpoints, intake, room, chronicle, peers, givenUp, retention };
    this.read = new ReadModel(core, known);
    options.tamperParts?.({ core, cutter, ...parts, room, peers, builder });
  }

  get number(): number {
    return this.#core.start.generation;
  }

  get start(): Start {
    return this.#core.start;
  }

  get inherited(): readonly Void[] {
    return this.#inherited;
  }

  /** No stop cut ends it. */
  get isLast(): boolean {
    return this.#core.span.stop === Number.POSITIVE_INFINITY;
  }

  /** Blocks in the journal up to its newest. */
  get blocks(): number {
    return this.#core.start.journalled + this.#core.graph.size;
  }

  get stateful(): Stateful {
    const { checkpoints, tally } = this.#lasting;
    return {
      core: this.#core,
      cutter: this.#cutter,
      checkpoints,
      tally,
      intake: this.#intake,
      finality: this.#chronicle.finality,
      drafting: this.#builder?.drafting ?? null,
    };
  }

  /** Does it hold the ledger of this epoch, or will it? */
  covers(epoch: Epoch): boolean {
    const { start, stop } = this.#core.span;
    return epoch > start && epoch <= stop;
  }

  /** Where the next one begins; null: this one is not over, or its last roots are not computed. */
  get next(): Start | null {
    const { checkpoints } = this.#lasting;
    const { start, span, graph } = this.#core;
    if (!isOver(this.#core) || checkpoints.rooted < span.stop) return null;
    return {
      ...checkpoints.last,
      generation: start.generation + 1,
      epoch: span.stop,
      feesCarried: this.#cutter.feesCarried,
      journalled: start.journalled + graph.size,
    };
  }

  /** Between two steps: what is old leaves memory. */
  trim(): void {
    this.#core.graph.trim();
  }

  /** Nothing more is said in it, and nothing was admitted to it in this step; it serves those who are late. Returns what it leaves without outcome. */
  close(out: Outbox): Void[] {
    const left = this.withoutOutcome();
    this.#chronicle.denounce(out);
    const { graph, index, early, coins } = this.#core;
    // It may be one of many, and whoever filled what waits here can do so in each.
    for (const part of [graph, index, early, coins, this.#cutter, this.#intake, this.#reception]) {
      part.close();
    }
    return left;
  }

  /**
   * Transactions of its blocks without outcome: of sound ones, whoever has checked them, since they may stand in
   * own blocks of the next (rule 9.6). What was executed early has its outcome in a ledger up to the stop cut,
   * also where this validator has not got there (7.23).
   */
  withoutOutcome(): Void[] {
    const { graph, index, options } = this.#core;
    const open = index.standing().filter(({ early }) => early === null);
    return open.map(({ tx, copies }) => ({
      tx: defined(tx, 'an open entry has its transaction') as Verified<Transaction>,
      own: copies.some(({ block }) => graph.node(block).lane === options.lane),
    }));
  }

  inherit(left: readonly Void[], nowMs: number): void {
    this.#intake.inherit(left, nowMs);
    this.#inherited = this.#lasting.leftovers.all;
  }

  receive(arrival: Arrival, nowMs: number, out: Outbox): Sliced<void> {
    return this.#reception.receive(arrival, nowMs, out);
  }

  /** Are blocks of this lane and epoch admitted on what others say of their witnesses? */
  relies(lane: LaneId, epoch: Epoch): boolean {
    return this.#core.soundness.relies(lane, epoch);
  }

  knows(digest: Digest): boolean {
    return this.#reception.isKnown(digest);
  }

  restore(block: Verified<Block>, nowMs: number, out: Outbox): Sliced<void> {
    return this.#reception.restore(block, nowMs, out);
  }

  restored(nowMs: number, out: Outbox): void {
    this.#chronicle.restored(nowMs, out);
  }

  /** A peer told its heads in this generation. */
  hear(from: PeerId, frontier: readonly Seq[], nowMs: number, out: Outbox): void {
    if (from.kind === 'lane') this.#heard.add(from.lane);
    out.send.push(...this.peers.heads(from, frontier, nowMs));
  }

  submit(tx: Verified<Transaction>, nowMs: number, out: Outbox): void {
    const { tally } = this.#lasting;
    const { answer, forwardTo } = this.#intake.submit(tx, nowMs, tally.uncheckpointed);
    tally.submitted++;
    out.submitted.push(answer);
    if (forwardTo === null) return;
    const to: PeerId = { kind: 'lane', lane: forwardTo };
    out.send.push({ to, message: { kind: 'transactions', txs: [tx.bytes] } });
  }

  takeForwarded(txs: readonly Verified<Transaction>[], nowMs: number): void {
    for (const tx of txs) this.#intake.take(tx, nowMs, this.#lasting.tally.uncheckpointed);
  }

  rooted(epoch: Epoch, roots: Roots, out: Outbox): void {
    this.#chronicle.certified(this.#lasting.checkpoints.complete(epoch, roots), out);
  }

  /** Proposing again is judged by what this lane can show: its own last block's history and more. */
  tick(nowMs: number, out: Outbox): void {
    this.#chronicle.tick(nowMs, out);
    if (!this.#intake.isDue(nowMs)) return;
    const { horizon, uncertified } = this.#builder?.outlook(nowMs) ?? {
      horizon: this.#core.graph.all,
      uncertified: 0,
    };
    this.#intake.tick(nowMs, horizon, uncertified);
  }

  /** Says what there is to say. `more`: it may wait for other inputs, for a little. */
  *speak(nowMs: number, spacingMs: number, more: boolean, out: Outbox): Sliced<void> {
    this.#chronicle.paced(spacingMs);
    if (more && this.#builder?.isOverdue(nowMs) !== true) return;
    for (let i = 0; i < BUILDS_PER_STEP && out.halt === null && this.speaks; i++) {
      if (!(yield* this.#build(nowMs, spacingMs, out))) return;
    }
  }

  get speaks(): boolean {
    const { quorum } = this.#core.options.committee;
    return this.#builder !== null && !isOver(this.#core) && this.#heard.size >= quorum - 1;
  }

  get isCaughtUp(): boolean {
    return this.peers.isCaughtUpWith(this.#core.options.committee.quorum - 1);
  }

  /** The view of the open instance in which the own lane is. */
  get view(): number {
    return this.#builder?.view ?? 0;
  }

  reportGivenUp(nowMs: number, out: Outbox): void {
    const { tally, givenUp } = this.#lasting;
    // Others may propose what was given up here; what was said of it then must not outlive its ledger.
    for (const { txid, kind } of out.statuses) if (kind === 'admitted') givenUp.delete(txid);
    for (const given of this.#intake.takeGivenUp(nowMs)) {
      const { txid, winner } = given;
      // A block of the same step may have brought it.
      if (this.#core.index.get(txid) !== undefined) continue;
      tally.droppedTxs++;
      givenUp.set(txid, given);
      const problem = this.read.explained(given.problem);
      out.statuses.push({ txid, kind: 'dropped', problem, winner });
    }
  }

  wakeAtMs(nowMs: number): number {
    let wake = this.peers.wakeAtMs;
    const builder = this.speaks ? (this.#builder?.wakeAtMs ?? null) : null;
    for (const other of [builder, this.#intake.wakeAtMs, this.#chronicle.wakeAtMs]) {
      if (other !== null) wake = Math.min(wake, other);
    }
    assert(!Number.isNaN(wake), 'a time');
    return Math.max(wake, nowMs);
  }

  /** The epoch of the ledger that has it, whatever generation that is of; 0: none that is here. */
  ledgerOf(txid: TxId): Epoch {
    const { coins, options } = this.#core;
    return coins.acceptedIn(txid) || rejectedIn(options.store, txid);
  }

  /** Do its ledgers have an outcome for the transaction? */
  isInLedger(txid: TxId): boolean {
    return this.#core.index.get(txid)?.ledger != null;
  }

  /** The same, of dropped ledgers too, as far as what is unspent shows it. */
  hasOutcome(txid: TxId): boolean {
    return this.isInLedger(txid) || this.read.acceptedBefore(txid) > 0;
  }

  *#build(nowMs: number, spacingMs: number, out: Outbox): Sliced<boolean> {
    const built = this.#builder?.build(nowMs, spacingMs) ?? null;
    if (built === null) return false;
    const { tally } = this.#lasting;
    tally.builtBlocks++;
    if (built.block.votes.some((vote) => vote.kind === 'viewchange')) tally.viewChanges++;
    yield* this.#reception.emit(built.block, nowMs, out);
    return true;
  }
}
