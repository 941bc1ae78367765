import type { Room } from '../../iss/batch.ts';
import { type Buckets, reproposeAtMs } from '../../iss/buckets.ts';
import type { History } from '../../types/dag.ts';
import type { Entry } from '../../types/entry.ts';
import type { RefusalCode } from '../../types/errors.ts';
import type { LaneId, Seq, TxId } from '../../types/ids.ts';
import type { Transaction } from '../../types/transaction.ts';
import type { Core } from '../core.ts';

/** How many unacked transactions are looked at in one go. */
const SCANNED_MAX = 256;
/** Of those that are due, how many are judged for each place in a batch. */
const JUDGED_PER_PLACE = 8;
/** Whoever is refused for this fits in no later block of the lane either. */
const FOR_EVER: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  'expired',
  'stale-input',
  'copy-in-chain',
  'bad-witness',
  'bad-amount',
]);

type Progress = { readonly certified: Seq; readonly atMs: number };

/**
 * Transactions of other lanes that Q lanes have not acked, and which of them this lane should propose
 * again (PROTOCOL.md rule 8.3). Judged by what this lane can show to the others.
 */
export class Reproposal {
  readonly #core: Core;
  readonly #lane: LaneId;
  /** Oldest first. */
  readonly #unacked = new Map<TxId, Entry>();
  readonly #due = new Map<TxId, Transaction>();
  /** Per lane: what is certified of it, and since when. */
  readonly #progress: Progress[];

  constructor(core: Core, lane: LaneId) {
    this.#core = core;
    this.#lane = lane;
    this.#progress = Array.from({ length: core.graph.n }, () => ({ certified: 0, atMs: 0 }));
  }

  /** How many should stand in the next own block. */
  get size(): number {
    return this.#due.size;
  }

  /** When `look` may find something; null: never, as things stand. */
  get wakeAtMs(): number | null {
    for (const { copies, seenMs } of this.#unacked.values()) {
      // Those of blocks that are not sound have no copy left.
      if (copies.length > 0) return seenMs + this.#core.options.policy.reproposeAfterMs;
    }
    return null;
  }

  /**
   * Oldest first, those that fit. One that waits for its parent must not keep that parent waiting, nor one that never
   * fits be judged with each block: a lane that forks may leave any number of them.
   */
  due(room: Room, judge: (tx: Transaction) => RefusalCode | null): Transaction[] {
    const found: Transaction[] = [];
    const passed: Transaction[] = [];
    let judged = 0;
    let bytes = 0;
    for (const tx of this.#due.values()) {
      if (found.length >= room.txs || judged++ >= room.txs * JUDGED_PER_PLACE) break;
      if (bytes + tx.bytes.length > room.bytes) break;
      const why = judge(tx);
      if (why === null) {
        found.push(tx);
        bytes += tx.bytes.length;
      } else if (FOR_EVER.has(why)) this.#due.delete(tx.txid);
      else passed.push(tx);
    }
    for (const tx of passed) {
      this.#due.delete(tx.txid);
      this.#due.set(tx.txid, tx);
    }
    return found;
  }

  clear(): void {
    this.#unacked.clear();
    this.#due.clear();
  }

  watch(entries: readonly Entry[]): void {
    for (const entry of entries) {
      // One whose first block was forged may come anew: in its old place it would hold up those that are older now.
      this.#unacked.delete(entry.txid);
      this.#unacked.set(entry.txid, entry);
    }
  }

  forget(txid: TxId): void {
    this.#unacked.delete(txid);
    this.#due.delete(txid);
  }

  look(nowMs: number, horizon: History, isBackedUp: boolean, buckets: Buckets): void {
    this.#noteProgress(nowMs, horizon);
    if (isBackedUp) return;
    const { reproposeAfterMs } = this.#core.options.policy;
    let scanned = 0;
    for (const entry of this.#unacked.values()) {
      // Oldest first: those that follow are younger still.
      if (scanned++ >= SCANNED_MAX || nowMs < entry.seenMs + reproposeAfterMs) break;
      if (this.#isAcked(entry, horizon)) this.#unacked.delete(entry.txid);
      else if (this.#isStuck(entry, nowMs) && nowMs >= this.#turnMs(entry, buckets)) {
        this.#unacked.delete(entry.txid);
        // A correct lane carries what it knows to be signed.
        if (!this.#core.index.isStanding(entry.txid)) continue;
        this.#due.set(entry.txid, this.#core.index.transaction(entry));
      }
    }
  }

  #turnMs(entry: Entry, buckets: Buckets): number {
    const tx = this.#core.index.transaction(entry);
    const rank = buckets.rank(buckets.bucketOf(tx), this.#lane);
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
}
