import type { Mempool } from '../../iss/mempool.ts';
import { type Problem, problem } from '../../types/errors.ts';
import type { TxId } from '../../types/ids.ts';
import type { Transaction, Verified } from '../../types/transaction.ts';
import type { Core } from '../core.ts';
import type { SubmitAnswer } from '../effects.ts';
import type { Retention } from '../generations/retention.ts';
import { checkAtDoor, type DoorAnswer } from './door.ts';

type Refused = Extract<SubmitAnswer, { ok: false }>;

/** `isNew`: it was not known before, and waits here now. */
export type Taken = { readonly answer: SubmitAnswer; readonly isNew: boolean };

/** Given up. `winner`: what has the output, or the rejected parent. */
export type GivenUp = {
  readonly txid: TxId;
  readonly problem: Problem;
  readonly winner: TxId | null;
};

/** The way of transactions into the pool: to be proposed, held until a parent or a rival's end is known, or refused. */
export class Doorway {
  readonly #core: Core;
  readonly #pool: Mempool;
  readonly #retention: Retention;
  readonly #givenUp: GivenUp[];
  #arrivals = 0;

  /** `givenUp`: where those are noted that waited for a parent and do not fit now that it is here. */
  constructor(core: Core, pool: Mempool, retention: Retention, givenUp: GivenUp[]) {
    this.#core = core;
    this.#pool = pool;
    this.#retention = retention;
    this.#givenUp = givenUp;
  }

  /** How many came to wait to be proposed. */
  get arrivals(): number {
    return this.#arrivals;
  }

  /** `closed`: why nothing new is taken now; null: it is. */
  take(tx: Verified<Transaction>, nowMs: number, closed: Problem | null): Taken {
    const { txid } = tx;
    if (this.#core.index.isStanding(txid) || this.#pool.has(txid)) return known(txid);
    if (closed !== null) return refused(txid, closed);
    const taken = this.#offer(tx, nowMs);
    if (taken.answer.ok) this.release(txid, nowMs);
    return taken;
  }

  /**
   * It waits to be proposed, for a parent that was known when it came. Is it still? Whose parent was given up waits
   * as others wait that came without one; the answer is why it is given up itself, null: it is not.
   */
  reconsider(txid: TxId, nowMs: number): GivenUp | null {
    const tx = this.#pool.waiting(txid);
    if (tx === undefined) return null;
    const door = checkAtDoor(this.#core, this.#pool, tx, this.#retention);
    if (door.kind === 'fits') return null;
    this.#pool.remove(txid);
    const { answer } = this.#turnedAway(tx, door, nowMs);
    return answer.ok ? null : givenUpFor(answer);
  }

  /** Orphans that waited for this one, and those that waited for them; a chain of any length. */
  release(parent: TxId, nowMs: number): void {
    const known = [parent];
    for (let next = known.pop(); next !== undefined; next = known.pop()) {
      for (const child of this.#pool.parentKnown(next)) {
        const { answer } = this.#offer(child, nowMs);
        if (answer.ok) known.push(child.txid);
        else this.#givenUp.push(givenUpFor(answer));
      }
    }
  }

  #offer(tx: Verified<Transaction>, nowMs: number): Taken {
    const { txid } = tx;
    const door = checkAtDoor(this.#core, this.#pool, tx, this.#retention);
    if (door.kind !== 'fits') return this.#turnedAway(tx, door, nowMs);
    const added = this.#pool.add(tx, nowMs);
    if (added === 'full') return refused(txid, busy('the mempool is full'));
    if (typeof added === 'object') return refused(txid, conflict(added.conflict), added.conflict);
    if (added === 'added') this.#arrivals++;
    return { answer: { txid, ok: true }, isNew: added === 'added' };
  }

  #turnedAway(
    tx: Verified<Transaction>,
    door: Exclude<DoorAnswer, { kind: 'fits' }>,
    nowMs: number,
  ): Taken {
    const { txid } = tx;
    if (door.kind === 'orphan') {
      const held = this.#pool.addOrphan(tx, door.missing, nowMs);
      if (held === 'full') return refused(txid, busy('too many wait for unknown parents'));
      return known(txid);
    }
    if (door.kind === 'conflict') {
      this.#pool.holdLoser(tx, door.winner, nowMs);
      return refused(txid, conflict(door.winner), door.winner);
    }
    return refused(txid, door.problem, door.winner);
  }
}

/** What waited here, and was then refused like this. */
export function givenUpFor({ txid, problem: why, winner }: Refused): GivenUp {
  return { txid, problem: why, winner: winner ?? null };
}

export function conflict(winner: TxId): Problem {
  return problem('input-conflict', `${winner} was seen first`);
}

function known(txid: TxId): Taken {
  return { answer: { txid, ok: true }, isNew: false };
}

function refused(txid: TxId, why: Problem, winner?: TxId): Taken {
  const answer = { txid, ok: false, problem: why } as const;
  return { answer: winner === undefined ? answer : { ...answer, winner }, isNew: false };
}

function busy(detail: string): Problem {
  return problem('busy', detail);
}
