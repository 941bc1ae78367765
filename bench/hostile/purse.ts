import type { LedgerParams } from '../../src/client/answers.ts';
import { buildTransaction, type OwnedCoin } from '../../src/client/payment.ts';
import { RestClient } from '../../src/client/rest-client.ts';
import { Wallet } from '../../src/client/wallet.ts';
import { txidOf } from '../../src/codec/transaction.ts';
import { defined } from '../../src/std/assert.ts';
import type { TxId } from '../../src/types/ids.ts';
import type { Output } from '../../src/types/transaction.ts';
import type { BenchDevnet } from '../devnet.ts';

const COINS_PER_SPLIT = 1000;
/** Cuts that a long run lasts: its coins are taken once, at its beginning. */
const VALID_EPOCHS = 100_000;
const FINAL = { level: 'final', timeoutMs: 30_000 } as const;

export type Signed = { readonly txid: TxId; readonly bytes: Uint8Array };

/** Coins of one owner, each of its own: what spends one depends on nothing else. */
export class Purse {
  readonly params: LedgerParams;
  readonly #wallet: Wallet;
  readonly #coins: OwnedCoin[] = [];

  private constructor(params: LedgerParams, wallet: Wallet) {
    this.params = params;
    this.#wallet = wallet;
  }

  /** Splits the funding account into at least so many coins. */
  static async fill(devnet: BenchDevnet, coins: number): Promise<Purse> {
    const made = Wallet.fromSecrets([Buffer.from(devnet.devnet.funding.secret, 'hex')]);
    if (!made.ok) throw new Error(made.error.detail);
    const client = new RestClient(devnet.targets[0] ?? '');
    const params = await client.params();
    const purse = new Purse(params, made.value);
    const [first] = await made.value.coins(client, params.addressPrefix);
    let rest = defined(first, 'the funding account has a coin');
    while (purse.#coins.length < coins) rest = await purse.#split(client, rest);
    await client.close();
    return purse;
  }

  /** Another payment of a coin of its own; `variant` makes rivals of one coin. */
  take(): (variant: number) => Signed {
    const coin = defined(this.#coins.pop(), 'the purse has a coin left');
    return (variant) => {
      const outputs = [
        { amount: coin.amount / 2n, lock: this.#wallet.lock },
        { amount: coin.amount - coin.amount / 2n - this.#fee() - BigInt(variant), lock: coin.lock },
      ];
      return this.#sign([coin], outputs);
    };
  }

  /** A payment of one coin to as many outputs as may be: as much work as one signature can ask for. */
  takeLarge(outputs: number): Signed {
    const coin = defined(this.#coins.pop(), 'the purse has a coin left');
    const amount = (coin.amount - this.#fee()) / BigInt(outputs);
    const change = coin.amount - this.#fee() - amount * BigInt(outputs - 1);
    const same = Array.from({ length: outputs - 1 }, () => ({ amount, lock: coin.lock }));
    return this.#sign([coin], [...same, { amount: change, lock: coin.lock }]);
  }

  async #split(client: RestClient, coin: OwnedCoin): Promise<OwnedCoin> {
    const amount = 1_000_000n;
    const { ledgerId, epoch } = this.params;
    const { lock } = this.#wallet;
    const built = buildTransaction({
      outputs: Array.from({ length: COINS_PER_SPLIT }, () => ({ amount, lock })),
      ledgerId,
      coins: [coin],
      fee: this.#fee(),
      changeLock: lock,
      validUntil: epoch + VALID_EPOCHS,
    });
    if (!built.ok) throw new Error(built.error.detail);
    const signed = this.#wallet.sign(built.value);
    if (!signed.ok) throw new Error(signed.error.detail);
    await client.submit(signed.value.bytes, FINAL);
    const { txid, change } = built.value;
    for (let index = 0; index < COINS_PER_SPLIT; index++) {
      this.#coins.push({ txid, index, amount, lock });
    }
    return defined(change, 'the funding account has enough');
  }

  #fee(): bigint {
    return this.params.minFee + 10n;
  }

  #sign(coins: readonly OwnedCoin[], outputs: readonly Output[]): Signed {
    const { ledgerId, epoch } = this.params;
    const inputs = coins.map(({ txid, index }) => ({ txid, index }));
    const body = { ledgerId, validUntil: epoch + VALID_EPOCHS, inputs, outputs };
    const txid = txidOf(body);
    const signed = this.#wallet.sign({ body, spent: coins, change: null, txid });
    if (!signed.ok) throw new Error(signed.error.detail);
    return { txid, bytes: signed.value.bytes };
  }
}
