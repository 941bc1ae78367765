import { type Advice, backPressure } from '../../iss/back-pressure.ts';
import { type Room, roomBeside } from '../../iss/batch.ts';
import { type Buckets, reproposeAtMs } from '../../iss/buckets.ts';
import type { Mempool } from '../../iss/mempool.ts';
import type { Block } from '../../types/block.ts';
import type { History } from '../../types/dag.ts';
import type { Entry } from '../../types/entry.ts';
import { type Problem, problem } from '../../types/errors.ts';
import type { LaneId, TxId } from '../../types/ids.ts';
import type { Transaction, Verified } from '../../types/transaction.ts';
import { Context, type Standing, type Unfit } from '../blocks/context.ts';
import type { Draft } from '../blocks/draft.ts';
import type { Core } from '../core.ts';
import type { SubmitAnswer } from '../effects.ts';
import type { Lasting } from '../generations/lasting.ts';
import type { Leftovers, Void } from '../generations/leftovers.ts';
import type { Checkpoints } from '../outcomes/checkpoints.ts';
import { conflict, Doorway, type GivenUp, givenUpFor, type Taken } from './doorway.ts';
import { bucketsOf, Forwarding } from './forwarding.ts';
import { Reproposal } from './reproposal.ts';

/** Least time between two looks at deadlines. */
const TICK_MS = 100;
const BUSY = problem('busy', 'too much waits here');
/** What it took would never be in a block. */
const NO_LANE = problem('not-ready', 'this node has no lane to propose in: send it to a validator');

/** Clients' transactions on their way into the own lane (PROTOCOL.md section 8). */
export class Intake {
  readonly pool: Mempool;
  readonly #core: Core;
  readonly #checkpoints: Checkpoints;
  readonly #lane: LaneId | null;
  readonly #forwarding: Forwarding;
  readonly #reproposal: Reproposal | null;
  readonly #leftovers: Leftovers;
  readonly #givenUp: GivenUp[] = [];
  readonly #doorway: Doorway;
  /** Own payload blocks that were not certified when last looked at. */
  #uncertified = 0;
  #lastTickMs = 0;

  constructor(core: Core, { checkpoints, leftovers, pool, retention }: Lasting) {
    const { lane } = core.options;
    this.#core = core;
    this.#checkpoints = checkpoints;
    this.#lane = lane;
    this.#forwarding = new Forwarding(core, checkpoints);
    this.#reproposal = lane === null ? null : new Reproposal(core, lane);
    this.#leftovers = leftovers;
    this.pool = pool;
    this.#doorway = new Doorway(core, pool, retention, this.#givenUp);
  }

  /** What waits for the next own block; transactions to be proposed again count. */
  get waiting(): { size: number; bytes: number; oldestMs: number | null } {
    const { size, bytes, oldestMs } = this.pool;
    const again = this.#reproposal?.size ?? 0;
    return again === 0 ? { size, bytes, oldestMs } : { size: size + again, bytes, oldestMs: 0 };
  }

  /** Counts what came to wait here: while it stands still, only progress of parents helps those that wait. */
  get arrivals(): number {
    return this.#doorway.arrivals + (this.#reproposal?.size ?? 0);
  }

  /** Own payload blocks that the builder found not certified. */
  noteUncertified(count: number): void {
    this.#uncertified = count;
  }

  /** Is it known here, in no block of this generation yet? */
  holds(txid: TxId): boolean {
    return this.pool.has(txid) || this.#leftovers.has(txid);
  }

  /** What the generation before left without outcome. Rivals that lost against one of them wait on: it goes first. */
  inherit(left: readonly Void[], nowMs: number): void {
    if (this.#lane === null) return;
    const buckets = bucketsOf(this.#core, this.#checkpoints);
    for (const each of left)
      this.#leftovers.add(each, nowMs + this.#delayMs(each, this.#lane, buckets));
    this.#takeLeftovers(nowMs);
  }

  /** Given up since the last call. Losers against them get another chance: no outcome comes that would let them go. */
  takeGivenUp(nowMs: number): GivenUp[] {
    // A loser that is taken may have others given up, which are gone through as well.
    for (const { txid } of this.#givenUp) {
      this.#leftovers.forget(txid);
      for (const loser of this.pool.releaseLosers(txid)) this.take(loser, nowMs, 0);
    }
    return this.#givenUp.splice(0);
  }

  /**
   * A client's transaction. `uncheckpointed`: final here, in no certified checkpoint. `forwardTo`: the lane
   * that should have it too, since the own one is backed up.
   */
  submit(
    tx: Verified<Transaction>,
    nowMs: number,
    uncheckpointed: number,
  ): { answer: SubmitAnswer; forwardTo: LaneId | null } {
    const advice = this.#advice(uncheckpointed);
    const { answer, isNew } = this.#take(tx, nowMs, advice);
    return {
      answer,
      forwardTo: isNew && advice === 'forward' ? this.#forwarding.laneFor(tx, nowMs) : null,
    };
  }

  /** A transaction that another validator forwarded here, or that gets another chance. */
  take(tx: Verified<Transaction>, nowMs: number, uncheckpointed: number): void {
    this.#take(tx, nowMs, this.#advice(uncheckpointed));
  }

  /** Transactions for the block that the draft becomes; the draft is the graph's candidate. */
  batch(draft: Draft, standing: Standing, nowMs: number): Transaction[] {
    const { batchTxsMax, batchBytesMax } = this.#core.options.policy;
    const room: Room = { txs: batchTxsMax, bytes: batchBytesMax };
    const context = new Context(this.#core, draft.node, standing);
    const judge = (tx: Transaction) => {
      const taken = context.take(tx);
      return taken.ok ? null : taken.error.code;
    };
    const again = this.#reproposal?.due(room, judge) ?? [];
    const unfit: Unfit[] = [];
    const picked = this.pool.pick(roomBeside(again, room), (tx) => {
      if (this.#forwarding.isElsewhere(tx.txid, nowMs)) return false;
      const taken = context.take(tx);
      if (!taken.ok) unfit.push(taken.error);
      return taken.ok;
    });
    for (const each of unfit) this.unfit(each, nowMs);
    return [...again, ...picked];
  }

  /** The block refuses it: given up, unless it only has to wait. */
  unfit(why: Unfit, nowMs: number): void {
    const { txid, code, detail, winner } = why;
    this.#reproposal?.forget(txid);
    if (!this.pool.has(txid)) return;
    if (code === 'unknown-parent') {
      const refused = this.#doorway.reconsider(txid, nowMs);
      if (refused !== null) this.#giveUp(txid, refused.problem, refused.winner);
      return;
    }
    if (this.#losesAnyhow(winner)) return;
    const reason = code === 'expired' ? 'expired' : 'input-spent';
    this.#giveUp(txid, problem(reason, detail), winner);
  }

  /** Does the block meet what waits here: a copy of it, or a rival? */
  conflicts({ txs }: Block): boolean {
    return txs.some(
      ({ txid, inputs }) =>
        this.holds(txid) || inputs.some(({ key }) => this.pool.spenderOf(key) !== undefined),
    );
  }

  /** A block was admitted: its transactions need no proposing any more, and rivals of them lose here. */
  admitted(
    entries: readonly Entry[],
    txs: readonly Transaction[],
    own: boolean,
    nowMs: number,
  ): void {
    for (const tx of txs) {
      this.pool.remove(tx.txid);
      this.#leftovers.forget(tx.txid);
      this.#forwarding.forget(tx.txid);
      if (own) this.#reproposal?.forget(tx.txid);
      for (const { key } of tx.inputs) {
        const loser = this.pool.spenderOf(key);
        if (loser === undefined) continue;
        const held = this.pool.get(loser);
        this.#giveUp(loser, conflict(tx.txid), tx.txid);
        if (held !== undefined) this.pool.holdLoser(held, tx.txid, nowMs);
      }
      this.#doorway.release(tx.txid, nowMs);
    }
    if (!own) this.#reproposal?.watch(entries);
  }

  /** These got their outcome: children held as if they were unknown, and losers against rejected ones, get another chance. */
  gotOutcomes(entries: readonly Entry[], nowMs: number): void {
    for (const entry of entries) {
      this.#reproposal?.forget(entry.txid);
      this.#doorway.release(entry.txid, nowMs);
      const accepted = (entry.ledger?.outcome ?? entry.early)?.accepted === true;
      for (const loser of this.pool.releaseLosers(entry.txid)) {
        if (!accepted) this.take(loser, nowMs, 0);
      }
    }
  }

  /** The generation is over: what is to be proposed again is told to the next one. */
  close(): void {
    this.#reproposal?.clear();
  }

  /** Continues with these transactions, which have no outcome in the ledger. */
  resume(open: readonly Entry[]): void {
    const lanes = (entry: Entry) =>
      entry.copies.map(({ block }) => this.#core.graph.node(block).lane);
    this.#reproposal?.watch(
      open.filter((entry) => entry.early === null && !lanes(entry).includes(this.#lane as LaneId)),
    );
  }

  /** Is it time for `tick` again? */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#lastTickMs + TICK_MS;
  }

  /** Deadlines, and what should be proposed again, judged by what this lane can show. */
  tick(nowMs: number, horizon: History, uncertified: number): void {
    this.#lastTickMs = nowMs;
    this.#uncertified = uncertified;
    for (const tx of this.pool.expire(nowMs)) {
      const why = problem('unknown-input', 'no parent came');
      this.#givenUp.push({ txid: tx.txid, problem: why, winner: null });
    }
    this.#takeLeftovers(nowMs);
    const backedUp = uncertified >= this.#core.options.policy.laneWindow;
    this.#reproposal?.look(nowMs, horizon, backedUp, bucketsOf(this.#core, this.#checkpoints));
  }

  /** When `tick` may have something to do; null: never, as things stand. */
  get wakeAtMs(): number | null {
    const nextMs = this.#lastTickMs + TICK_MS;
    const againMs = this.#reproposal?.wakeAtMs ?? Infinity;
    const leftMs = this.#leftovers.wakeAtMs ?? Infinity;
    const dueMs = Math.max(Math.min(againMs, leftMs), nextMs);
    if (dueMs !== Infinity) return dueMs;
    return this.pool.orphanCount > 0 ? nextMs : null;
  }

  /** Who carried it proposes it again at once. */
  #delayMs({ tx, own }: Void, lane: LaneId, buckets: Buckets): number {
    const rank = buckets.rank(buckets.bucketOf(tx), lane);
    return own ? 0 : reproposeAtMs(0, rank, this.#core.options.policy.reproposeAfterMs);
  }

  /** Those that find the pool full wait on. */
  #takeLeftovers(nowMs: number): void {
    for (const tx of this.#leftovers.due(nowMs)) {
      const { answer } = this.#take(tx, nowMs, 'keep');
      if (answer.ok) this.#leftovers.taken(tx.txid);
      else if (answer.problem.code !== 'busy') {
        this.#leftovers.forget(tx.txid);
        this.#givenUp.push(givenUpFor(answer));
      }
    }
  }

  /** A rival in the own chain that has lost already: what it keeps out waits for the cut that says so. */
  #losesAnyhow(winner: TxId | null): boolean {
    return winner !== null && this.#core.early.outcome(winner)?.accepted === false;
  }

  #advice(uncheckpointed: number): Advice {
    const load = {
      mempoolTxs: this.pool.size,
      mempoolBytes: this.pool.bytes,
      uncertified: this.#uncertified,
      uncheckpointedTxs: uncheckpointed,
    };
    return backPressure(load, this.#core.options.policy);
  }

  #take(tx: Verified<Transaction>, nowMs: number, advice: Advice): Taken {
    const closed = this.#lane === null ? NO_LANE : advice === 'busy' ? BUSY : null;
    return this.#doorway.take(tx, nowMs, closed);
  }

  #giveUp(txid: TxId, why: Problem, winner: TxId | null): void {
    this.pool.remove(txid);
    this.#forwarding.forget(txid);
    this.#givenUp.push({ txid, problem: why, winner });
  }
}
