import { Heap } from '../std/heap.ts';
import { Slice, type Sliced } from '../std/slices.ts';
import type { OutpointKey, TxId } from '../types/ids.ts';
import type { Outcome } from '../types/ledger.ts';
import type { Transaction } from '../types/transaction.ts';

/** A transaction of P(<= e) without outcome. Class and dependencies were fixed by the cut that took it in. */
export type Member = {
  readonly tx: Transaction;
  readonly class: 'stale' | 'clean' | 'contested';
  /** D(t): rivals that must be in some P before this one is resolved. Empty unless contested. */
  readonly dependencies: readonly TxId[];
};

/** The ledger view: what the ledgers of the epochs before say. Nothing executed early is in it. */
export type LedgerView = {
  /** null: no outcome yet. A txid without entry is an output of genesis or fees: accepted. */
  outcome(txid: TxId): Outcome | null;
  spender(key: OutpointKey): TxId | null;
  /** Is it in P(<= e)? */
  isClassified(txid: TxId): boolean;
};

/**
 * The ledger of an epoch (PROTOCOL.md rule 6.9): a pure function of the members and the ledger view, the
 * same at every replica, in an order of execution. Members that are missing in it move on to the next epoch.
 */
export function resolveEpoch(
  members: readonly Member[],
  view: LedgerView,
): Sliced<ReadonlyMap<TxId, Outcome>> {
  return new Resolution(view).run(members);
}

class Resolution {
  readonly #view: LedgerView;
  readonly #outcomes = new Map<TxId, Outcome>();
  readonly #spent = new Map<OutpointKey, TxId>();
  /** Members by the parent whose outcome they wait for. */
  readonly #children = new Map<TxId, Member[]>();
  readonly #clean: Member[] = [];
  readonly #contested = new Heap<Member>((a, b) => a.tx.txid < b.tx.txid);

  constructor(view: LedgerView) {
    this.#view = view;
  }

  *run(members: readonly Member[]): Sliced<ReadonlyMap<TxId, Outcome>> {
    const slice = new Slice();
    for (const member of members) {
      if (member.class === 'stale') this.#rejectStale(member);
      if (slice.isFull(1)) yield;
    }
    for (const member of members) {
      this.#offer(member);
      if (slice.isFull(member.tx.inputs.length)) yield;
    }
    for (;;) {
      const next = this.#clean.pop() ?? this.#contested.pop();
      if (next === undefined) return this.#outcomes;
      this.#execute(next);
      if (slice.isFull(next.tx.inputs.length)) yield;
    }
  }

  /** Queues the member if it is ready, else leaves it with a parent it waits for. */
  #offer(member: Member): void {
    if (this.#outcomes.has(member.tx.txid)) return;
    for (const { txid } of member.tx.inputs) {
      if (this.#outcome(txid) !== null) continue;
      const waiting = this.#children.get(txid);
      if (waiting === undefined) this.#children.set(txid, [member]);
      else waiting.push(member);
      return;
    }
    if (member.class === 'clean') this.#clean.push(member);
    else if (member.dependencies.every((txid) => this.#view.isClassified(txid))) {
      this.#contested.push(member);
    }
  }

  #execute(member: Member): void {
    this.#record(
      execute(
        member.tx,
        (txid) => this.#outcome(txid),
        (key) => this.#spender(key),
      ),
    );
    const { txid, accepted } = this.#outcomes.get(member.tx.txid) as Outcome;
    if (!accepted) return;
    for (const { key } of member.tx.inputs) this.#spent.set(key, txid);
  }

  #rejectStale({ tx }: Member): void {
    for (const input of tx.inputs) {
      const winner = this.#view.spender(input.key);
      if (winner === null) continue;
      this.#record({ txid: tx.txid, accepted: false, reason: 'stale-input', winner });
      return;
    }
  }

  #record(outcome: Outcome): void {
    this.#outcomes.set(outcome.txid, outcome);
    const waiting = this.#children.get(outcome.txid);
    this.#children.delete(outcome.txid);
    for (const member of waiting ?? []) this.#offer(member);
  }

  #outcome(txid: TxId): Outcome | null {
    return this.#outcomes.get(txid) ?? this.#view.outcome(txid);
  }

  #spender(key: OutpointKey): TxId | null {
    return this.#spent.get(key) ?? this.#view.spender(key);
  }
}

/** Section 5: accepted if all parents are accepted and all inputs unspent. Parents have outcomes. */
export function execute(
  tx: Transaction,
  outcome: (txid: TxId) => Outcome | null,
  spender: (key: OutpointKey) => TxId | null,
): Outcome {
  const { txid } = tx;
  for (const input of tx.inputs) {
    if (outcome(input.txid)?.accepted === false) {
      return { txid, accepted: false, reason: 'parent-rejected', winner: input.txid };
    }
  }
  for (const input of tx.inputs) {
    const winner = spender(input.key);
    if (winner !== null && winner !== txid) {
      return { txid, accepted: false, reason: 'input-spent', winner };
    }
  }
  return { txid, accepted: true };
}
