import type { Balance, UnspentEntry } from '../../src/api/ports.ts';
import { genesisCoins } from '../../src/codec/genesis.ts';
import type { OutputView } from '../../src/replica/view.ts';
import { type Problem, problem } from '../../src/types/errors.ts';
import {
  type Epoch,
  type Lock,
  type OutpointKey,
  outpointKey,
  type TxId,
} from '../../src/types/ids.ts';
import type { Output, Transaction } from '../../src/types/transaction.ts';
import { FEE, genesis } from './fake-ledger.ts';

type FakeCoin = Output & { spentBy: TxId | null; accepted: boolean };

/** The outputs of a ledger of one process: first come, first served. */
export class FakeCoins {
  readonly #coins = new Map<OutpointKey, FakeCoin>();

  constructor() {
    for (const [key, { amount, lock }] of genesisCoins(genesis)) {
      this.#coins.set(key, { amount, lock, spentBy: null, accepted: true });
    }
  }

  /** Equal texts, equal coins. */
  fingerprint(): string {
    const coins = [...this.#coins].map(([key, coin]) => `${key}:${coin.spentBy}:${coin.accepted}`);
    return coins.join();
  }

  unspent(lock: Lock, after: OutpointKey | null, limit: number): UnspentEntry[] {
    const found: UnspentEntry[] = [];
    for (const key of [...this.#coins.keys()].sort()) {
      if (after !== null && key <= after) continue;
      const coin = this.#coins.get(key) as FakeCoin;
      if (coin.lock !== lock || coin.spentBy !== null || !coin.accepted) continue;
      if (found.push({ key, amount: coin.amount }) === limit) break;
    }
    return found;
  }

  balance(lock: Lock, outputsMax: number, epoch: Epoch): Balance {
    const all = this.unspent(lock, null, Number.POSITIVE_INFINITY);
    const first = all.slice(0, outputsMax);
    const amount = first.reduce((sum, coin) => sum + coin.amount, 0n);
    return { epoch, amount, outputs: first.length, complete: all.length <= outputsMax };
  }

  output(key: OutpointKey): OutputView | undefined {
    const coin = this.#coins.get(key);
    if (coin === undefined) return undefined;
    const { amount, lock, spentBy, accepted } = coin;
    const state = spentBy !== null ? 'spent' : accepted ? 'unspent' : 'pending';
    return { amount, lock, state, acceptedEpoch: 0, spentBy, spentEpoch: null };
  }

  /** Spends the inputs and adds the outputs, unless something is wrong: that is returned. */
  take(tx: Transaction): { problem: Problem; winner?: TxId } | null {
    const fault = this.#fault(tx);
    if (fault !== null) return fault;
    for (const { txid, index } of tx.inputs) {
      (this.#coins.get(outpointKey(txid, index)) as FakeCoin).spentBy = tx.txid;
    }
    for (const [index, output] of tx.outputs.entries()) {
      this.#coins.set(outpointKey(tx.txid, index), { ...output, spentBy: null, accepted: false });
    }
    return null;
  }

  accept(tx: Transaction): void {
    for (const index of tx.outputs.keys()) {
      (this.#coins.get(outpointKey(tx.txid, index)) as FakeCoin).accepted = true;
    }
  }

  #fault(tx: Transaction): { problem: Problem; winner?: TxId } | null {
    let inputs = 0n;
    for (const { txid, index } of tx.inputs) {
      const coin = this.#coins.get(outpointKey(txid, index));
      if (coin === undefined) return { problem: problem('unknown-input', `${txid}/${index}`) };
      if (coin.spentBy !== null) {
        return { problem: problem('input-conflict', `${txid}/${index}`), winner: coin.spentBy };
      }
      if (!tx.witnessLocks.includes(coin.lock)) {
        return { problem: problem('witness-missing', `${txid}/${index}`) };
      }
      inputs += coin.amount;
    }
    const outputs = tx.outputs.reduce((sum, { amount }) => sum + amount, 0n);
    if (outputs > inputs) return { problem: problem('inputs-below-outputs', `${inputs}`) };
    if (inputs - outputs < FEE) return { problem: problem('insufficient-fee', `${FEE}`) };
    return null;
  }
}
