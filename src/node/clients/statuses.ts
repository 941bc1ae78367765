import type { WaitLevel } from '../../api/ports.ts';
import { reached } from '../../api/waits.ts';
import type { StatusChange } from '../../replica/effects.ts';
import type { ReplicaView, TxStatus } from '../../replica/view.ts';
import type { TxId } from '../../types/ids.ts';
import type { FinalPath } from '../../types/ledger.ts';

type Waiter = { readonly level: WaitLevel; readonly done: () => void };

/**
 * What clients are told about transactions. The replica knows a status as soon as it has stepped; it is
 * told only when the blocks that prove it are durable here, so that no crash takes it back.
 */
export class Statuses {
  readonly #view: Pick<ReplicaView, 'status'>;
  /** Changes stepped and not released, oldest first. */
  readonly #unreleased = new Map<TxId, StatusChange[]>();
  /** How those became final that are in no checkpoint: bounded by the replica's uncheckpointedTxsMax. */
  readonly #paths = new Map<TxId, FinalPath>();
  readonly #waiters = new Map<TxId, Set<Waiter>>();

  constructor(view: Pick<ReplicaView, 'status'>) {
    this.#view = view;
  }

  stepped(changes: readonly StatusChange[]): void {
    for (const change of changes) {
      const before = this.#unreleased.get(change.txid);
      if (before === undefined) this.#unreleased.set(change.txid, [change]);
      else before.push(change);
    }
  }

  /** The oldest changes that were stepped, in the same order. */
  release(changes: readonly StatusChange[]): void {
    for (const change of changes) {
      const waiting = this.#unreleased.get(change.txid);
      waiting?.shift();
      if (waiting?.length === 0) this.#unreleased.delete(change.txid);
      if (change.kind === 'final') this.#paths.set(change.txid, change.path);
      else if (change.kind === 'checkpointed') this.#paths.delete(change.txid);
    }
    for (const { txid } of changes) this.#wake(txid);
  }

  status(txid: TxId): TxStatus {
    const status = this.#view.status(txid);
    const next = this.#unreleased.get(txid)?.[0];
    return next === undefined ? status : this.#before(next, status);
  }

  /** The status when it has reached the level or an end, the time is over, or the signal aborts. */
  waitFor(txid: TxId, level: WaitLevel, timeoutMs: number, signal: AbortSignal): Promise<TxStatus> {
    const now = this.status(txid);
    if (reached(now, level) || timeoutMs <= 0 || signal.aborted) return Promise.resolve(now);
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#forget(txid, waiter);
        resolve(this.status(txid));
      };
      const waiter = { level, done };
      const timer = setTimeout(done, timeoutMs);
      signal.addEventListener('abort', done);
      const others = this.#waiters.get(txid);
      if (others === undefined) this.#waiters.set(txid, new Set([waiter]));
      else others.add(waiter);
    });
  }

  /** What clients were told before `change`. */
  #before(change: StatusChange, status: TxStatus): TxStatus {
    switch (change.kind) {
      case 'admitted':
      case 'dropped':
        return { state: 'pending' };
      case 'final':
      case 'rejected':
        return { state: 'admitted', rivals: [] };
      case 'checkpointed': {
        const path = this.#paths.get(change.txid);
        return path === undefined ? status : { state: 'final', path };
      }
    }
  }

  #wake(txid: TxId): void {
    const waiters = this.#waiters.get(txid);
    if (waiters === undefined) return;
    const status = this.status(txid);
    for (const waiter of [...waiters]) if (reached(status, waiter.level)) waiter.done();
  }

  #forget(txid: TxId, waiter: Waiter): void {
    const waiters = this.#waiters.get(txid);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiters.delete(txid);
  }
}
