import { encodeTransaction, txidOf } from '../codec/transaction.ts';
import { decodeAddress } from '../crypto/address.ts';
import { err, ok, type Result } from '../std/result.ts';
import { type Problem, problem } from '../types/errors.ts';
import {
  type Digest,
  type Epoch,
  type LedgerId,
  type Lock,
  type Outpoint,
  outpointKey,
  type TxId,
} from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { Signer } from '../types/signature.ts';
import type { Output, TransactionBody, Witness } from '../types/transaction.ts';
import type { LedgerParams } from './answers.ts';

/** An output that its owner can spend. */
export type OwnedCoin = Outpoint & { readonly amount: bigint; readonly lock: Lock };

/** Who is paid, on whatever ledger. */
export type Payee = { readonly address: string; readonly amount: bigint };

/** What a payer may choose. */
export type Terms = {
  /** Default: the least that the ledger takes. */
  readonly fee?: bigint | undefined;
  /** How many epochs from now on it may be proposed in. */
  readonly validEpochs: number;
};

export type PaymentRequest = {
  readonly ledgerId: LedgerId;
  /** Last epoch in which it may be proposed. */
  readonly validUntil: Epoch;
  readonly coins: readonly OwnedCoin[];
  readonly outputs: readonly Output[];
  readonly fee: bigint;
  /** Where what is left over goes. */
  readonly changeLock: Lock;
};

export type Payment = {
  readonly body: TransactionBody;
  /** The coins chosen, in the order of the inputs. */
  readonly spent: readonly OwnedCoin[];
  /** The output that comes back, the last one of the body; null when it comes out even. */
  readonly change: OwnedCoin | null;
  readonly txid: TxId;
};

/** What a ledger as it is now makes of payees and terms. Errors: `bad-address`, `insufficient-fee`. */
export function requestOn(
  params: LedgerParams,
  payees: readonly Payee[],
  { fee = params.minFee, validEpochs }: Terms,
): Result<Omit<PaymentRequest, 'coins' | 'changeLock'>, Problem> {
  const { ledgerId, addressPrefix, epoch, minFee } = params;
  const outputs: Output[] = [];
  for (const { address, amount } of payees) {
    const lock = decodeAddress(addressPrefix, address);
    if (!lock.ok) return err(problem('bad-address', `${address}: ${lock.error.detail}`));
    outputs.push({ amount, lock: lock.value });
  }
  if (fee < minFee)
    return err(problem('insufficient-fee', `${fee}, at least ${minFee} are needed`));
  return ok({ ledgerId, validUntil: epoch + validEpochs, outputs, fee });
}

/**
 * Chooses coins (largest first, so few inputs), and adds change. Errors: `outputs-empty`, `amount-range`,
 * `too-large`, and `inputs-below-outputs` when the coins do not suffice.
 */
export function buildTransaction(request: PaymentRequest): Result<Payment, Problem> {
  const { outputs, coins, fee, changeLock, ledgerId, validUntil } = request;
  if (outputs.length === 0) return err(problem('outputs-empty', 'nobody is paid'));
  if (outputs.length >= WIRE_LIMITS.outputsMax.value) {
    const most = WIRE_LIMITS.outputsMax.value - 1;
    return err(problem('too-large', `at most ${most} outputs and the change`));
  }
  if (outputs.some(({ amount }) => amount <= 0n)) {
    return err(problem('amount-range', 'an amount is not above zero'));
  }
  const target = outputs.reduce((sum, { amount }) => sum + amount, fee);
  const chosen = selectCoins(coins, target);
  if (!chosen.ok) return chosen;
  const left = chosen.value.reduce((sum, { amount }) => sum + amount, -target);
  const paid = left > 0n ? [...outputs, { amount: left, lock: changeLock }] : outputs;
  const inputs = chosen.value.map(({ txid, index }) => ({ txid, index }));
  const body = { ledgerId, validUntil, inputs, outputs: paid };
  const txid = txidOf(body);
  const change = { txid, index: outputs.length, amount: left, lock: changeLock };
  return ok({ body, spent: chosen.value, change: left > 0n ? change : null, txid });
}

/** The fewest coins that reach `target`. Equal amounts in the order of their names: the same answer every time. */
export function selectCoins(
  coins: readonly OwnedCoin[],
  target: bigint,
): Result<readonly OwnedCoin[], Problem> {
  const ordered = [...coins].sort((a, b) => {
    if (a.amount !== b.amount) return a.amount > b.amount ? -1 : 1;
    return outpointKey(a.txid, a.index) < outpointKey(b.txid, b.index) ? -1 : 1;
  });
  const most = WIRE_LIMITS.inputsMax.value;
  const chosen: OwnedCoin[] = [];
  let sum = 0n;
  for (const coin of ordered) {
    if (chosen.length > 0 && sum >= target) break;
    if (chosen.length === most) {
      return err(problem('too-large', `more than ${most} coins are needed: merge some first`));
    }
    chosen.push(coin);
    sum += coin.amount;
  }
  if (chosen.length > 0 && sum >= target) return ok(chosen);
  return err(problem('inputs-below-outputs', `${target} are needed, there are ${sum}`));
}

/**
 * The encoded transaction, signed once per distinct owner of `spent`. Error: `witness-missing` when
 * `signerOf` has no key for an owner.
 */
export function signTransaction(
  body: TransactionBody,
  spent: readonly { readonly lock: Lock }[],
  signerOf: (lock: Lock) => Signer | undefined,
  txid: TxId = txidOf(body),
): Result<Uint8Array, Problem> {
  const witnesses: Witness[] = [];
  for (const lock of new Set(spent.map((coin) => coin.lock))) {
    const signer = signerOf(lock);
    if (signer === undefined) return err(problem('witness-missing', `no key for lock ${lock}`));
    const signature = signer.sign(txid as string as Digest);
    witnesses.push({ kind: 'key', publicKey: signer.publicKey, signature });
  }
  return ok(encodeTransaction(body, witnesses));
}
