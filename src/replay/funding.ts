import type { OwnedCoin } from '../client/payment.ts';
import { buildTransaction } from '../client/payment.ts';
import type { SignedPayment, Wallet } from '../client/wallet.ts';
import { ok, type Result } from '../std/result.ts';
import type { Problem } from '../types/errors.ts';
import type { Epoch, LedgerId, Outpoint } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { Output } from '../types/transaction.ts';

export type Funding = {
  /** To be final before anything of the trace is sent. */
  readonly payments: readonly SignedPayment[];
  /** Where each of the outputs asked for is, in their order. */
  readonly outpoints: readonly Outpoint[];
};

export type FundingRequest = {
  readonly wallet: Wallet;
  readonly coins: readonly OwnedCoin[];
  readonly outputs: readonly Output[];
  readonly ledgerId: LedgerId;
  readonly validUntil: Epoch;
  readonly fee: bigint;
};

/** One output of each transaction is the change. */
const OUTPUTS_MAX = WIRE_LIMITS.outputsMax.value - 1;

/**
 * Pays a list of outputs from one account in as few transactions as the bounds allow. What a transaction gives
 * back is spent only when all other coins are: until then none waits for another one. Error:
 * `inputs-below-outputs` when the account cannot.
 */
export function planFunding(request: FundingRequest): Result<Funding, Problem> {
  const { wallet, outputs, ledgerId, validUntil, fee } = request;
  const payments: SignedPayment[] = [];
  const outpoints: Outpoint[] = [];
  let coins = request.coins;
  let changes: OwnedCoin[] = [];
  const common = { ledgerId, validUntil, fee, changeLock: wallet.lock };
  for (let from = 0; from < outputs.length; from += OUTPUTS_MAX) {
    const part = outputs.slice(from, from + OUTPUTS_MAX);
    let built = buildTransaction({ ...common, coins, outputs: part });
    if (!built.ok && changes.length > 0) {
      coins = [...coins, ...changes];
      changes = [];
      built = buildTransaction({ ...common, coins, outputs: part });
    }
    if (!built.ok) return built;
    const payment = wallet.sign(built.value);
    if (!payment.ok) return payment;
    const { txid, spent, change } = built.value;
    payments.push(payment.value);
    for (const index of part.keys()) outpoints.push({ txid, index });
    coins = coins.filter((coin) => !spent.includes(coin));
    if (change !== null) changes.push(change);
  }
  return ok({ payments, outpoints });
}
