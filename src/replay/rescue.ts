import { AlthingError } from '../client/althing-error.ts';
import type { TransactionStatus } from '../client/answers.ts';
import { API_LIMITS } from '../types/limits.ts';
import type { Fleet } from './fleet.ts';
import { endingOf, type Flights } from './flights.ts';
import type { Sender } from './sender.ts';

/**
 * What any careful client does: asks about transactions that have no outcome after a while, and posts
 * those again to another validator that the first one lost (it crashed) or gave up. A transaction posted
 * twice is still one transaction.
 */
export class Rescue {
  /** Posted again. */
  reposts = 0;
  readonly #fleet: Fleet;
  readonly #flights: Flights;
  readonly #sender: Sender;
  readonly #overdueMs: number;
  #turn = 0;

  /** `overdueMs`: age after its first posting at which a transaction is asked about. */
  constructor(fleet: Fleet, flights: Flights, sender: Sender, overdueMs: number) {
    this.#fleet = fleet;
    this.#flights = flights;
    this.#sender = sender;
    this.#overdueMs = overdueMs;
  }

  /**
   * One round: at most one call, about what was posted to one validator, the next in turn. It is asked
   * itself, since what waits there is no loss; another is asked when it does not answer.
   */
  async look(nowMs: number): Promise<void> {
    this.#turn = (this.#turn + 1) % this.#fleet.size;
    const overdue = this.#overdue(this.#turn, nowMs);
    if (overdue.length === 0) return;
    const target = this.#fleet.pick(this.#turn);
    try {
      const client = this.#fleet.client(target);
      const statuses = await client.transactions(overdue.map((at) => this.#flights.txids[at]!));
      for (const [place, at] of overdue.entries()) this.#judge(at, target, statuses[place], nowMs);
    } catch (error) {
      if (!(error instanceof AlthingError)) throw error;
      this.#fleet.noteFailure(target, error);
    }
  }

  #overdue(target: number, nowMs: number): number[] {
    const found: number[] = [];
    const { size, postedTo, sentMs } = this.#flights;
    for (let at = 0; at < size && found.length < API_LIMITS.batchTxsMax.value; at++) {
      if (postedTo[at] !== target || this.#flights.state(at) !== 'sent') continue;
      if (nowMs - sentMs[at]! > this.#overdueMs) found.push(at);
    }
    return found;
  }

  #judge(at: number, target: number, status: TransactionStatus | undefined, nowMs: number): void {
    if (status === undefined) return;
    const ending = endingOf(status);
    if (ending !== null) {
      this.#flights.end(at, ending, nowMs);
      return;
    }
    // A rival was taken instead, and this validator has nothing of it in the ledger: it says so. Another one that
    // may have it does not.
    const isLoser = status.state === 'dropped' && status.code === 'input-conflict';
    const isItsWord = target === this.#flights.postedTo[at] && !this.#sender.isAstray(at);
    if (isLoser && isItsWord) {
      const winner = status.winner ?? null;
      this.#flights.end(at, { state: 'refused', reason: 'input-conflict', winner }, nowMs);
      return;
    }
    if (status.state === 'unknown' || status.state === 'dropped') {
      this.reposts += 1;
      this.#sender.repost(at, this.#fleet.pick(target + 1, target));
    }
  }
}
