import type { AddressIndex, Submission } from '../../api/ports.ts';
import { encodeTransaction, txidOf } from '../../codec/transaction.ts';
import { keyLock } from '../../crypto/locks.ts';
import type { Signer } from '../../replica/ports.ts';
import { type Problem, problem } from '../../types/errors.ts';
import {
  type Digest,
  type LedgerId,
  type Lock,
  type Outpoint,
  parseOutpointKey,
} from '../../types/ids.ts';

export type FaucetParts = {
  readonly signer: Signer;
  readonly ledgerId: LedgerId;
  readonly minFee: bigint;
  readonly addresses: AddressIndex;
  /** An epoch that is not reached soon. */
  readonly validUntil: () => number;
  readonly submit: (transaction: Uint8Array) => Promise<Submission>;
};

type FaucetCoin = Outpoint & { readonly amount: bigint };

/** Coins asked for at a time, and payments tried before the faucet gives up. */
const COINS_MAX = 100;
const TRIES_MAX = 3;

/**
 * Pays from one account of a development network. It goes on with the change of its last payment
 * without waiting for it to be final, so it can pay many times per second. One call at a time.
 */
export class Faucet {
  readonly #parts: FaucetParts;
  readonly #lock: Lock;
  #coins: FaucetCoin[] | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: FaucetParts) {
    this.#parts = parts;
    this.#lock = keyLock(parts.signer.publicKey);
  }

  pay(lock: Lock, amount: bigint): Promise<Submission> {
    const paid = this.#turn.then(() => this.#pay(lock, amount));
    this.#turn = paid.catch(() => undefined);
    return paid;
  }

  async #pay(lock: Lock, amount: bigint): Promise<Submission> {
    let last: Submission | null = null;
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const coin = await this.#take(amount + this.#parts.minFee);
      if (coin === null) break;
      last = await this.#spend(coin, lock, amount);
      if (last.ok) return last;
      if (last.problem.code === 'busy' || last.problem.code === 'not-ready') {
        this.#coins?.push(coin);
        return last;
      }
      // Somebody else spends from this account: look at it anew.
      this.#coins = null;
    }
    return last ?? { ok: false, txid: null, problem: this.#tooMuch() };
  }

  /** No change is under way here, and coins only get smaller: to ask for as much later is in vain. */
  #tooMuch(): Problem {
    let largest = 0n;
    for (const { amount } of this.#coins ?? []) {
      const payable = amount - this.#parts.minFee;
      if (payable > largest) largest = payable;
    }
    return problem('faucet-limit', `The largest amount that it can pay is ${largest}.`);
  }

  async #take(amount: bigint): Promise<FaucetCoin | null> {
    this.#coins ??= await this.#load();
    const index = this.#coins.findIndex((coin) => coin.amount >= amount);
    return index < 0 ? null : (this.#coins.splice(index, 1)[0] ?? null);
  }

  async #load(): Promise<FaucetCoin[]> {
    const { entries: unspent } = await this.#parts.addresses.unspent(this.#lock, null, COINS_MAX);
    return unspent.map(({ key, amount }) => ({ ...parseOutpointKey(key), amount }));
  }

  async #spend(coin: FaucetCoin, lock: Lock, amount: bigint): Promise<Submission> {
    const { signer, ledgerId, minFee, validUntil, submit } = this.#parts;
    const change = coin.amount - amount - minFee;
    const outputs = [{ amount, lock }];
    if (change > 0n) outputs.push({ amount: change, lock: this.#lock });
    const { txid, index } = coin;
    const body = { ledgerId, validUntil: validUntil(), inputs: [{ txid, index }], outputs };
    const paid = txidOf(body);
    const { publicKey } = signer;
    const signature = signer.sign(paid as string as Digest);
    const answer = await submit(encodeTransaction(body, [{ kind: 'key', publicKey, signature }]));
    if (answer.ok && change > 0n) this.#coins?.push({ txid: paid, index: 1, amount: change });
    return answer;
  }
}
