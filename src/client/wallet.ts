import { decodeTransaction } from '../codec/transaction.ts';
import { encodeAddress } from '../crypto/address.ts';
import { type KeyPair, keyPair } from '../crypto/keys.ts';
import { keyLock } from '../crypto/locks.ts';
import { deriveKeyPair, isPhrase, seedOfPhrase } from '../crypto/phrases.ts';
import { createSigner } from '../crypto/sign.ts';
import { err, ok, type Result } from '../std/result.ts';
import { type Problem, problem } from '../types/errors.ts';
import { type Lock, type OutpointKey, outpointKey, type TxId } from '../types/ids.ts';
import type { Signer } from '../types/signature.ts';
import type { LedgerParams, OutputState, TransactionStatus } from './answers.ts';
import {
  buildTransaction,
  type OwnedCoin,
  type Payee,
  type Payment,
  requestOn,
  signTransaction,
  type Terms,
} from './payment.ts';
import type { RestClient, Wait } from './rest-client.ts';

/** In how many epochs a payment may be proposed that goes out at once. */
export const VALID_EPOCHS = 1000;
const TERMS: Terms = { validEpochs: VALID_EPOCHS };
/** Transactions by which a wallet follows its own change from coins that are spent but still listed. */
const FOLLOW_MAX = 256;
/** The API has no call for many outputs: so many are asked for at a time, one on each connection of a client. */
const LOOKUPS = 8;

export type SignedPayment = Payment & { readonly bytes: Uint8Array };

/** Keys, and what can be done with them. Holds no state of the ledger. */
export class Wallet {
  readonly #signers: ReadonlyMap<Lock, Signer>;
  /** The first key's, which also gets the change. */
  readonly lock: Lock;

  private constructor(pairs: readonly [KeyPair, ...KeyPair[]]) {
    this.#signers = new Map(
      pairs.map(({ secret, publicKey }) => [keyLock(publicKey), createSigner(secret)]),
    );
    this.lock = keyLock(pairs[0].publicKey);
  }

  /** BIP39 words; key `index` of account `account` (BIP44). Error: `invalid-request`. */
  static fromPhrase(phrase: string, account = 0, index = 0): Result<Wallet, Problem> {
    if (!isPhrase(phrase)) {
      return err(problem('invalid-request', 'not a BIP39 phrase of English words'));
    }
    return ok(new Wallet([deriveKeyPair(seedOfPhrase(phrase), account, index)]));
  }

  /** 32 bytes each. Error: `invalid-request`. */
  static fromSecrets(secrets: readonly Uint8Array[]): Result<Wallet, Problem> {
    const pairs = secrets.map(keyPair).filter((pair) => pair !== undefined);
    const [first, ...others] = pairs;
    if (first === undefined || pairs.length < secrets.length) {
      return err(problem('invalid-request', 'not a secp256k1 secret of 32 bytes'));
    }
    return ok(new Wallet([first, ...others]));
  }

  get locks(): readonly Lock[] {
    return [...this.#signers.keys()];
  }

  address(prefix: string): string {
    return encodeAddress(prefix, this.lock);
  }

  signerOf(lock: Lock): Signer | undefined {
    return this.#signers.get(lock);
  }

  /**
   * Coins that can be spent now. The node lists unspent outputs as of its newest ledger; a coin that is
   * already spent by something not in a ledger yet is replaced by the change of that transaction.
   */
  async coins(client: RestClient, addressPrefix: string): Promise<readonly OwnedCoin[]> {
    const found: OwnedCoin[] = [];
    const seen = new Set<OutpointKey>();
    const followed = new Set<TxId>();
    let asked = await this.#listed(client, addressPrefix);
    while (asked.length > 0) {
      const fresh = asked.filter(({ txid, index }) => isNew(seen, outpointKey(txid, index)));
      asked = [];
      for (const [at, { state, spentBy }] of (await statesOf(client, fresh)).entries()) {
        if (state !== 'spent') found.push(fresh[at]!);
        else if (spentBy !== null && followed.size < FOLLOW_MAX && isNew(followed, spentBy)) {
          asked.push(...(await this.#changeOf(client, spentBy)));
        }
      }
    }
    return found;
  }

  /**
   * Builds and signs a payment. Errors: those of requestOn and buildTransaction.
   * `coins` come from `coins()`, or are change of an earlier payment.
   */
  pay(
    params: LedgerParams,
    coins: readonly OwnedCoin[],
    payees: readonly Payee[],
    terms = TERMS,
  ): Result<SignedPayment, Problem> {
    const request = requestOn(params, payees, terms);
    if (!request.ok) return request;
    const built = buildTransaction({ ...request.value, coins, changeLock: this.lock });
    return built.ok ? this.sign(built.value) : built;
  }

  sign(payment: Payment): Result<SignedPayment, Problem> {
    const { body, spent, txid } = payment;
    const signed = signTransaction(body, spent, (lock) => this.signerOf(lock), txid);
    return signed.ok ? ok({ ...payment, bytes: signed.value }) : signed;
  }

  /**
   * Looks up params and coins, pays, submits. `tookMs`: from posting the payment to the answer. Throws AlthingError for
   * what the node says.
   */
  async send(
    client: RestClient,
    payees: readonly Payee[],
    { wait, terms = TERMS }: { readonly wait?: Wait | undefined; readonly terms?: Terms } = {},
  ): Promise<Result<TransactionStatus & { payment: SignedPayment; tookMs: number }, Problem>> {
    const params = await client.params();
    const coins = await this.coins(client, params.addressPrefix);
    const payment = this.pay(params, coins, payees, terms);
    if (!payment.ok) return payment;
    const begun = performance.now();
    const status = await client.submit(payment.value.bytes, wait);
    const tookMs = Math.round((performance.now() - begun) * 10) / 10;
    return ok({ ...status, payment: payment.value, tookMs });
  }

  async #listed(client: RestClient, addressPrefix: string): Promise<OwnedCoin[]> {
    const coins: OwnedCoin[] = [];
    for (const lock of this.locks) {
      for await (const coin of client.outputs(encodeAddress(addressPrefix, lock))) {
        coins.push({ ...coin, lock });
      }
    }
    return coins;
  }

  async #changeOf(client: RestClient, txid: TxId): Promise<OwnedCoin[]> {
    const decoded = decodeTransaction(await client.transactionBytes(txid));
    if (!decoded.ok) return [];
    return decoded.value.outputs.flatMap(({ amount, lock }, index) =>
      this.#signers.has(lock) ? [{ txid, index, amount, lock }] : [],
    );
  }
}

/** What the node knows of each now, in their order. */
export async function statesOf(
  client: RestClient,
  coins: readonly OwnedCoin[],
): Promise<OutputState[]> {
  const states: OutputState[] = [];
  for (let from = 0; from < coins.length; from += LOOKUPS) {
    const part = coins.slice(from, from + LOOKUPS);
    states.push(...(await Promise.all(part.map((coin) => client.output(coin.txid, coin.index)))));
  }
  return states;
}

/** Puts it in; false: it was in there. */
function isNew<T>(seen: Set<T>, one: T): boolean {
  if (seen.has(one)) return false;
  seen.add(one);
  return true;
}
