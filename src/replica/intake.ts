import { Buckets, epochSeed, reproposeAtMs } from '../iss/buckets.ts';
import { intake } from '../iss/intake.ts';
import { Mempool } from '../iss/mempool.ts';
import type { History } from '../types/dag.ts';
import type { Entry } from '../types/entry.ts';
import { type Problem, problem } from '../types/errors.ts';
import { type Epoch, type LaneId, outpointKey, type Seq, type TxId } from '../types/ids.ts';
import { NODE_LIMITS } from '../types/limits.ts';
import type { Transaction, Verified } from '../types/transaction.ts';
import type { Checkpoints } from './checkpoints.ts';
import { Context, type Unfit } from './context.ts';
import type { Core } from './core.ts';
import { checkAtDoor, type DoorAnswer } from './door.ts';
import type { Draft } from './draft.ts';
import type { SubmitAnswer } from './effects.ts';

/** How many unacked transactions are looked at in one go. */
const REPROPOSALS_SCANNED = 256;

/** Least time between two looks at deadlines. */
const TICK_MS = 100;

type Progress = { readonly certified: Seq; readonly atMs: number };

export type Dropped = { readonly txid: TxId; readonly problem: Problem };

/** Clients' transactions on their way into the own lane (PROTOCOL.md section 8). */
export class Intake {
  readonly #core: Core;
  readonly #checkpoints: Checkpoints;
  readonly #lane: LaneId | null;
  readonly #pool: Mempool;
  /** Sent to their bucket's lane; proposed here only if they do not show up until then. */
  readonly #forwarded = new Map<TxId, number>();
  /** Transactions of other lanes that Q lanes have not acked, oldest first. */
  readonly #unacked = new Map<TxId, Entry>();
  /** Those that this lane should propose again now. */
  readonly #again = new Map<TxId, Transaction>();
  readonly #dropped: Dropped[] = [];
  /** Own payload blocks that were not certified when last looked at. */
  #uncertified = 0;
  #lastTickMs = 0;
  /** Per lane: what is certified of it, and since when. */
  readonly #progress: Progress[];

  constructor(core: Core, checkpoints: Checkpoints, lane: LaneId | null) {
    const { mempoolTxsMax, mempoolBytesMax } = core.options.policy;
    this.#core = core;
    this.#progress = Array.from({ length: core.graph.n }, () => ({ certified: 0, atMs: 0 }));
    this.#checkpoints = checkpoints;
    this.#lane = lane;
    this.#pool = new Mempool({
      txsMax: mempoolTxsMax,
      bytesMax: mempoolBytesMax,
      orphansMax: NODE_LIMITS.orphansMax.value,
      orphanMs: NODE_LIMITS.orphanMs.value,
    });
  }

  get pool(): Mempool {
    return this.#pool;
  }

  /** What waits for the next own block; transactions to be proposed again count. */
  get waiting(): { size: number; bytes: number; oldestMs: number | null } {
    const { size, bytes, oldestMs } = this.#pool;
    if (this.#again.size === 0) return { size, bytes, oldestMs };
    return { size: size + this.#again.size, bytes, oldestMs: 0 };
  }

  /** Own payload blocks that the builder found not certified. */
  noteUncertified(count: number): void {
    this.#uncertified = count;
  }

  /** Given up since the last call. */
  takeDropped(): Dropped[] {
    return this.#dropped.splice(0);
  }

  /** `uncheckpointed`: final here, in no certified checkpoint. */
  submit(
    tx: Verified<Transaction>,
    nowMs: number,
    uncheckpointed: number,
  ): { answer: SubmitAnswer; forwardTo: LaneId | null } {
    const taken = this.#offer(tx, nowMs, uncheckpointed);
    if (taken.answer.ok) this.#release(tx.txid, nowMs);
    return taken;
  }

  /** Transactions for the block that the draft becomes; the draft is the graph's candidate. */
  batch(draft: Draft, epoch: Epoch, nowMs: number): Transaction[] {
    const { policy, genesis } = this.#core.options;
    const context = new Context(this.#core, draft.node, epoch);
    const again = [...this.#again.values()]
      .slice(0, policy.batchTxsMax)
      .filter((tx) => context.take(tx).ok);
    const unfit: Unfit[] = [];
    const max = {
      txs: Math.min(policy.batchTxsMax, genesis.params.blockTxsMax) - again.length,
      bytes: policy.batchBytesMax,
    };
    const picked = this.#pool.pick(max, (tx) => {
      if (nowMs < (this.#forwarded.get(tx.txid) ?? 0)) return 'later';
      const taken = context.take(tx);
      if (taken.ok) return 'now';
      if (taken.error.code === 'unknown-parent') return 'later';
      unfit.push(taken.error);
      return 'never';
    });
    for (const each of unfit) this.unfit(each);
    return [...again, ...picked];
  }

  /** The block refuses it: given up, unless it only has to wait. */
  unfit({ txid, code, detail }: Unfit): void {
    this.#again.delete(txid);
    if (code === 'unknown-parent' || !this.#pool.has(txid)) return;
    const reason = code === 'expired' ? 'expired' : 'input-spent';
    this.#drop(txid, problem(reason, detail));
  }

  /** A block was admitted: its transactions need no proposing any more, and rivals of them lose here. */
  admitted(
    entries: readonly Entry[],
    txs: readonly Transaction[],
    own: boolean,
    nowMs: number,
  ): void {
    for (const tx of txs) {
      this.#pool.remove(tx.txid);
      this.#forwarded.delete(tx.txid);
      if (own) {
        this.#again.delete(tx.txid);
        this.#unacked.delete(tx.txid);
      }
      for (const { txid, index } of tx.inputs) {
        const loser = this.#pool.spenderOf(outpointKey(txid, index));
        if (loser === undefined) continue;
        const held = this.#pool.get(loser);
        this.#drop(loser, conflict(tx.txid));
        if (held !== undefined) this.#pool.holdLoser(held, tx.txid, nowMs);
      }
      this.#release(tx.txid, nowMs);
    }
    if (own) return;
    for (const entry of entries) this.#unacked.set(entry.txid, entry);
  }

  /** These got their outcome: losers against rejected ones get another chance. */
  settled(entries: readonly Entry[], nowMs: number): void {
    for (const entry of entries) {
      this.#again.delete(entry.txid);
      this.#unacked.delete(entry.txid);
      const accepted = (entry.ledger?.outcome ?? entry.early)?.accepted === true;
      for (const loser of this.#pool.winnerSettled(entry.txid)) {
        if (!accepted) this.submit(loser, nowMs, 0);
      }
    }
  }

  /** Is it time for `tick` again? */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#lastTickMs + TICK_MS;
  }

  /** Deadlines, and what should be proposed again, judged by what this lane can show. */
  tick(nowMs: number, horizon: History, uncertified: number): void {
    this.#lastTickMs = nowMs;
    this.#noteProgress(nowMs, horizon);
    this.#uncertified = uncertified;
    for (const tx of this.#pool.expire(nowMs)) {
      this.#dropped.push({ txid: tx.txid, problem: problem('unknown-input', 'no parent came') });
    }
    const { laneWindow, reproposeAfterMs } = this.#core.options.policy;
    if (this.#lane === null || uncertified >= laneWindow) return;
    let scanned = 0;
    for (const entry of this.#unacked.values()) {
      // Oldest first: those that follow are younger still.
      if (scanned++ >= REPROPOSALS_SCANNED || nowMs < entry.seenMs + reproposeAfterMs) break;
      if (this.#isAcked(entry, horizon)) this.#unacked.delete(entry.txid);
      else if (this.#isStuck(entry, nowMs) && nowMs >= this.#reproposeAtMs(entry)) {
        this.#unacked.delete(entry.txid);
        this.#again.set(entry.txid, this.#core.index.transaction(entry));
      }
    }
  }

  /** When `tick` may have something to do; null: never, as things stand. */
  get wakeAtMs(): number | null {
    for (const entry of this.#unacked.values()) {
      const dueMs = entry.seenMs + this.#core.options.policy.reproposeAfterMs;
      return Math.max(dueMs, this.#lastTickMs + TICK_MS);
    }
    return this.#pool.orphanCount > 0 ? this.#lastTickMs + TICK_MS : null;
  }

  #offer(
    tx: Verified<Transaction>,
    nowMs: number,
    uncheckpointed: number,
  ): { answer: SubmitAnswer; forwardTo: LaneId | null } {
    const { txid } = tx;
    const fits = { answer: { txid, ok: true } as const, forwardTo: null };
    if (this.#core.index.get(txid) !== undefined || this.#pool.has(txid)) return fits;
    const load = {
      mempoolTxs: this.#pool.size,
      mempoolBytes: this.#pool.bytes,
      uncertified: this.#uncertified,
      uncheckpointedTxs: uncheckpointed,
    };
    const advice = intake(load, this.#core.options.policy);
    if (advice === 'busy' || this.#lane === null) return refused(txid, busy('too much waits here'));
    const door = checkAtDoor(this.#core, this.#pool, tx);
    if (door.kind !== 'fits') return this.#turnedAway(tx, door, nowMs);
    const added = this.#pool.add(tx, nowMs);
    if (added === 'full') return refused(txid, busy('the mempool is full'));
    if (typeof added === 'object') return refused(txid, conflict(added.conflict), added.conflict);
    return advice === 'forward' ? this.#forward(tx, nowMs) : fits;
  }

  #forward(tx: Transaction, nowMs: number): { answer: SubmitAnswer; forwardTo: LaneId | null } {
    const { txid } = tx;
    const buckets = this.#buckets();
    const owner = buckets.owner(buckets.bucketOf(tx));
    const forwardTo = owner === this.#lane ? null : owner;
    if (forwardTo !== null) {
      this.#forwarded.set(txid, nowMs + this.#core.options.policy.reproposeAfterMs);
    }
    return { answer: { txid, ok: true }, forwardTo };
  }

  #reproposeAtMs(entry: Entry): number {
    const buckets = this.#buckets();
    const tx = this.#core.index.transaction(entry);
    const rank = buckets.rank(buckets.bucketOf(tx), this.#lane as LaneId);
    return reproposeAtMs(entry.seenMs, rank, this.#core.options.policy.reproposeAfterMs);
  }

  /**
   * Has no lane that carries it come forward for a while? One that does is only slow: copies would make
   * everybody slower still.
   */
  #isStuck({ copies }: Entry, nowMs: number): boolean {
    const { graph, options } = this.#core;
    return copies.every(({ block }) => {
      const { lane } = graph.node(block);
      const { atMs } = this.#progress[lane] as Progress;
      return graph.forked(lane) || nowMs >= atMs + options.policy.reproposeAfterMs;
    });
  }

  #noteProgress(nowMs: number, horizon: History): void {
    for (const [lane, last] of this.#progress.entries()) {
      const certified = horizon.certified[lane] as Seq;
      if (certified > last.certified) this.#progress[lane] = { certified, atMs: nowMs };
    }
  }

  #isAcked(entry: Entry, horizon: History): boolean {
    const { graph, acks } = this.#core;
    if (entry.tracking !== null) return acks.countAcks(entry, horizon, false) >= graph.quorum;
    return entry.copies.some(({ block }) => {
      const { lane, seq } = graph.node(block);
      return seq <= (horizon.certified[lane] as number);
    });
  }

  #buckets(): Buckets {
    const { cuts, rules, options } = this.#core;
    const epoch = cuts.applied + 1;
    const seed = this.#checkpoints.digest(epoch - 2) ?? options.ledgerId;
    return new Buckets(epoch, epochSeed(seed), rules.leaders(epoch), options.committee.n);
  }

  #turnedAway(
    tx: Verified<Transaction>,
    door: Exclude<DoorAnswer, { kind: 'fits' }>,
    nowMs: number,
  ): { answer: SubmitAnswer; forwardTo: null } {
    const { txid } = tx;
    if (door.kind === 'orphan') {
      const held = this.#pool.addOrphan(tx, door.missing, nowMs);
      if (held === 'full') return refused(txid, busy('too many wait for unknown parents'));
      return { answer: { txid, ok: true }, forwardTo: null };
    }
    if (door.kind === 'conflict') {
      this.#pool.holdLoser(tx, door.winner, nowMs);
      return refused(txid, conflict(door.winner), door.winner);
    }
    return refused(txid, door.problem, door.winner);
  }

  /** Orphans that waited for this one, and those that waited for them; a chain of any length. */
  #release(parent: TxId, nowMs: number): void {
    const known = [parent];
    for (let next = known.pop(); next !== undefined; next = known.pop()) {
      for (const child of this.#pool.parentKnown(next)) {
        const { answer } = this.#offer(child, nowMs, 0);
        if (answer.ok) known.push(child.txid);
        else this.#dropped.push({ txid: child.txid, problem: answer.problem });
      }
    }
  }

  #drop(txid: TxId, why: Problem): void {
    this.#pool.remove(txid);
    this.#forwarded.delete(txid);
    this.#dropped.push({ txid, problem: why });
  }
}

function refused(
  txid: TxId,
  why: Problem,
  winner?: TxId,
): { answer: SubmitAnswer; forwardTo: null } {
  const answer = { txid, ok: false, problem: why } as const;
  return { answer: winner === undefined ? answer : { ...answer, winner }, forwardTo: null };
}

function busy(detail: string): Problem {
  return problem('busy', detail);
}

function conflict(winner: TxId): Problem {
  return problem('input-conflict', `${winner} was seen first`);
}
