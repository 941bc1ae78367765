import {
  buildTransaction,
  type OwnedCoin,
  type Payment,
  signTransaction,
} from '../../src/client/payment.ts';
import type { RestClient } from '../../src/client/rest-client.ts';
import { encodeAddress } from '../../src/crypto/address.ts';
import { keyLock } from '../../src/crypto/locks.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import type { Devnet } from '../../src/devnet/layout.ts';
import type { Prng } from '../../src/std/prng.ts';
import { type LedgerId, type Lock, outpointKey } from '../../src/types/ids.ts';
import type { Signer } from '../../src/types/signature.ts';
import type { Operation, Origin } from '../history/history.ts';

/** A payment as it is sent, and as it is written down. */
export type Paper = {
  readonly operation: Extract<Operation, { kind: 'submit' }>;
  readonly bytes: Uint8Array;
  /** What it spends, and what it makes for the accounts. */
  readonly spent: readonly OwnedCoin[];
  readonly made: readonly OwnedCoin[];
};

const VALID_EPOCHS = 1_000_000;
const AMOUNT_MAX = 100_000;
/** Smaller coins are left where they are. */
const COIN_MIN = 1_000_000n;

/** All accounts of the clients and the coins that they can spend now. */
export class Accounts {
  readonly origin: Origin;
  readonly locks: readonly Lock[];
  readonly #signers: ReadonlyMap<Lock, Signer>;
  readonly #coins: OwnedCoin[];
  readonly #ledgerId: LedgerId;
  readonly #random: Prng;

  private constructor(
    origin: Origin,
    signers: Map<Lock, Signer>,
    ledgerId: LedgerId,
    random: Prng,
  ) {
    this.origin = origin;
    this.#signers = signers;
    this.locks = [...signers.keys()];
    this.#ledgerId = ledgerId;
    this.#random = random;
    this.#coins = origin.coins.map(({ key, ...coin }) => {
      return {
        ...coin,
        txid: key.slice(0, 64) as OwnedCoin['txid'],
        index: Number.parseInt(key.slice(64), 16),
      };
    });
  }

  /** Looks up what the genesis gave them. */
  static async open(devnet: Devnet, client: RestClient, random: Prng): Promise<Accounts> {
    const { ledgerId, minFee, validators } = await client.params();
    const signers = new Map<Lock, Signer>();
    const coins: Origin['coins'][number][] = [];
    for (const { secret } of devnet.accounts) {
      const signer = createSigner(Buffer.from(secret, 'hex'));
      const lock = keyLock(signer.publicKey);
      signers.set(lock, signer);
      for await (const { txid, index, amount } of client.outputs(
        encodeAddress(devnet.addressPrefix, lock),
      )) {
        coins.push({ key: outpointKey(txid, index), lock, amount });
      }
    }
    return new Accounts({ validators, minFee, coins }, signers, ledgerId, random);
  }

  get coins(): number {
    return this.#coins.length;
  }

  /** Takes some coin out; null: all are under way. */
  take(): OwnedCoin | null {
    const index = this.#random.below(Math.max(1, this.#coins.length));
    const last = this.#coins.pop();
    if (last === undefined || index === this.#coins.length) return last ?? null;
    const taken = this.#coins[index] as OwnedCoin;
    this.#coins[index] = last;
    return taken;
  }

  give(coins: readonly OwnedCoin[]): void {
    this.#coins.push(...coins.filter(({ amount }) => amount >= COIN_MIN));
  }

  /** A payment of a little to a random account; the rest comes back. */
  payment(coin: OwnedCoin, isProbe = false): Paper {
    const amount = BigInt(this.#random.between(1, AMOUNT_MAX));
    return this.#paper(coin, amount, { valid: true, probe: isProbe });
  }

  /** One that pays out more than it takes in. */
  overdraft(coin: OwnedCoin): Paper {
    return this.#paper(coin, coin.amount + 1n, { valid: false, probe: false });
  }

  #paper(coin: OwnedCoin, amount: bigint, kind: { valid: boolean; probe: boolean }): Paper {
    const outputs = [{ amount, lock: this.#random.pick(this.locks) }];
    const { minFee } = this.origin;
    const built = buildTransaction({
      ledgerId: this.#ledgerId,
      validUntil: VALID_EPOCHS,
      outputs,
      changeLock: coin.lock,
      // What is short in an overdraft is made up, so that it can be built at all.
      coins: [kind.valid ? coin : { ...coin, amount: amount + minFee }],
      fee: minFee,
    });
    if (!built.ok) throw new Error(built.error.detail);
    const { body, spent, txid }: Payment = built.value;
    const signed = signTransaction(body, spent, (lock) => this.#signers.get(lock), txid);
    if (!signed.ok) throw new Error(signed.error.detail);
    const inputs = body.inputs.map((input) => outpointKey(input.txid, input.index));
    return {
      operation: { kind: 'submit', txid, inputs, outputs: body.outputs, ...kind },
      bytes: signed.value,
      spent,
      made: body.outputs.map((output, index) => ({ ...output, txid, index })),
    };
  }
}
