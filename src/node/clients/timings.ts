import type { StatusChange } from '../../replica/effects.ts';
import { RecentMap } from '../../std/recent-map.ts';
import type { TxId } from '../../types/ids.ts';
import type { FinalPath } from '../../types/ledger.ts';
import { NODE_LIMITS } from '../../types/limits.ts';

/**
 * How long the transactions of own clients take from their submission to final. Nothing comes of some of them, such as
 * those that are refused: they are forgotten for newer ones.
 */
export class Timings {
  readonly #observe: (path: FinalPath, seconds: number) => void;
  readonly #now: () => number;
  readonly #since = new RecentMap<TxId, number>(NODE_LIMITS.mempoolTxsMax.value);

  constructor(observe: (path: FinalPath, seconds: number) => void, now: () => number) {
    this.#observe = observe;
    this.#now = now;
  }

  submitted(txid: TxId): void {
    this.#since.set(txid, this.#now());
  }

  released(changes: readonly StatusChange[]): void {
    for (const change of changes) {
      if (change.kind === 'admitted') continue;
      const since = this.#since.get(change.txid);
      if (since === undefined) continue;
      this.#since.delete(change.txid);
      if (change.kind === 'final') this.#observe(change.path, (this.#now() - since) / 1000);
    }
  }
}
