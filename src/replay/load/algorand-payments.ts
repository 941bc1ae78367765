import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as Sdk from 'algosdk';
import { createPrng } from '../../std/prng.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { AlgodClient } from './algod-client.ts';
import { type Payments, type PaymentsRequest, payeeNumbers } from './payments.ts';

export type AlgorandPurse = {
  readonly urls: readonly string[];
  readonly tokens: readonly string[];
  /** 25 words of an account that pays for everything. */
  readonly mnemonic: string;
};

/** Accounts that pay and are paid. There are no nonces: one account may have any number under way. */
const ACCOUNTS = 64;
/** Microalgos: for some 100,000 fees and the least that an account must hold. */
const FUNDS = 1_100_000_000n;
/** Ten times the least fee: a full pool raises the price, and no payment shall fail for that. */
const FEE = 10_000n;
const LIFE_ROUNDS = 1000;
const FUNDED_MS = 60_000;
/** Before the 32 bytes of an ed25519 seed in PKCS #8. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SLICE = 200;

/** One `pay` of one microalgo each. The Result's error says what prevented it. */
export async function algorandPayments(
  purse: AlgorandPurse,
  { count, runId, payees, onProgress }: PaymentsRequest,
): Promise<Result<Payments, string>> {
  const sdk = await loadSdk();
  if (sdk === null)
    return err('the package algosdk is not installed: npm install --include=optional');
  const algod = new AlgodClient(purse.urls[0] as string, purse.tokens[0] ?? '');
  try {
    onProgress('funding', 0, count);
    const signer = new Signer(sdk, algod);
    const accounts = funded.get(purse.mnemonic) ?? newAccounts(sdk);
    if (!funded.has(purse.mnemonic)) {
      const payer = accountOf(sdk.mnemonicToSecretKey(purse.mnemonic));
      const fault = await signer.fund(payer, accounts);
      if (fault !== null) return err(fault);
      funded.set(purse.mnemonic, accounts);
    }
    const params = await signer.params();
    if (params === null) return err(`${algod.url} does not tell its parameters`);
    const random = createPrng(`payees/${runId}`);
    const drawn = payees === null ? null : payeeNumbers(payees);
    const ids: string[] = [];
    const bytes: Uint8Array[] = [];
    for (let at = 0; at < count; at++) {
      const to = drawn === null ? at + 1 + Math.floor(at / ACCOUNTS) : drawn(random.float());
      const signed = signer.pay(
        params,
        accounts[at % ACCOUNTS]!,
        accounts[to % ACCOUNTS]!,
        1n,
        `${runId}/${at}`,
      );
      ids.push(signed.id);
      bytes.push(signed.bytes);
      if (at % SLICE !== SLICE - 1) continue;
      onProgress('signing', at + 1, count);
      await sleep(0);
    }
    return ok({ ids, bytes });
  } finally {
    algod.close();
  }
}

/** By payer: funded once, they last for many runs of one process. */
const funded = new Map<string, readonly Account[]>();

function newAccounts(sdk: typeof Sdk): Account[] {
  return Array.from({ length: ACCOUNTS }, () => accountOf(sdk.generateAccount()));
}

async function loadSdk(): Promise<typeof Sdk | null> {
  try {
    return await import('algosdk');
  } catch {
    return null;
  }
}

type Account = { readonly addr: Sdk.Address; readonly key: KeyObject };
type Signed = { readonly id: string; readonly bytes: Uint8Array };

/** The SDK's own signing is JavaScript and twenty times as slow; the bytes are the same. */
function accountOf({ addr, sk }: Sdk.Account): Account {
  const seed = Buffer.from(sk.subarray(0, 32));
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  return { addr, key };
}

type ParamsAnswer = {
  readonly 'genesis-hash': string;
  readonly 'genesis-id': string;
  readonly 'last-round': number;
};

class Signer {
  readonly #sdk: typeof Sdk;
  readonly #algod: AlgodClient;

  constructor(sdk: typeof Sdk, algod: AlgodClient) {
    this.#sdk = sdk;
    this.#algod = algod;
  }

  async params(): Promise<Sdk.SuggestedParams | null> {
    const answer = await this.#algod.json<ParamsAnswer>('/v2/transactions/params');
    if (answer === null) return null;
    const round = answer['last-round'];
    return {
      flatFee: true,
      fee: FEE,
      minFee: 1000n,
      firstValid: round,
      lastValid: round + LIFE_ROUNDS,
      genesisHash: Buffer.from(answer['genesis-hash'], 'base64'),
      genesisID: answer['genesis-id'],
    };
  }

  pay(
    suggestedParams: Sdk.SuggestedParams,
    from: Account,
    to: Account,
    amount: bigint,
    note: string,
  ): Signed {
    const txn = this.#sdk.makePaymentTxnWithSuggestedParamsFromObject({
      sender: from.addr,
      receiver: to.addr,
      amount,
      suggestedParams,
      note: Buffer.from(note),
    });
    const signature = sign(null, txn.bytesToSign(), from.key);
    return { id: txn.txID(), bytes: txn.attachSignature(from.addr, signature) };
  }

  /** Returns what went wrong, or null when every account holds its funds. */
  async fund(payer: Account, accounts: readonly Account[]): Promise<string | null> {
    const params = await this.params();
    if (params === null) return `${this.#algod.url} does not tell its parameters`;
    for (const to of accounts) {
      const { bytes } = this.pay(params, payer, to, FUNDS, 'funds');
      const { status, text } = await this.#algod.post(bytes);
      if (status !== 200) return `funding: ${status} ${text.slice(0, 200)}`;
    }
    const end = performance.now() + FUNDED_MS;
    for (const { addr } of accounts) {
      for (;;) {
        const path = `/v2/accounts/${addr.toString()}?exclude=all`;
        const state = await this.#algod.json<{ readonly amount: number }>(path);
        if (state !== null && state.amount > 0) break;
        if (performance.now() > end) return 'funding: the accounts got nothing in time';
        await sleep(200);
      }
    }
    return null;
  }
}
