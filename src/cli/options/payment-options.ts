import type { Command } from 'commander';
import type { Payee, Terms } from '../../client/payment.ts';
import { parseAmount } from '../../codec/amount.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { wholeNumber } from './parse-option.ts';

export type PaymentOptions = { readonly fee?: string; readonly validEpochs: number };

/** What can be said of a payment: whom, with which fee, for how long. */
export function withPayment(command: Command, validEpochs: number): Command {
  return command
    .argument(
      '<payees...>',
      'ADDRESS AMOUNT of each, one pair after the other, in the smallest unit',
    )
    .option('--fee <amount>', 'default: the least that the ledger takes')
    .option(
      '--valid-epochs <n>',
      'for how many epochs it may be proposed',
      wholeNumber(1, 2 ** 31),
      validEpochs,
    );
}

/** ADDRESS AMOUNT, pair after pair. Throws a CommandError if they are none. */
export function payeesOf(words: readonly string[]): Payee[] {
  const payees: Payee[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const [address = '', amount] = words.slice(at, at + 2);
    if (amount === undefined) {
      throw new CommandError(EXIT.usage, `${address} has no amount: ADDRESS AMOUNT of each payee`);
    }
    payees.push({ address, amount: amountOf(amount, 1n) });
  }
  return payees;
}

export function termsOf({ fee, validEpochs }: PaymentOptions): Terms {
  return { fee: fee === undefined ? undefined : amountOf(fee, 0n, '--fee: '), validEpochs };
}

/** Throws a CommandError, behind these words, if it is none from `least` on. */
export function amountOf(text: string, least: bigint, words = ''): bigint {
  const amount = parseAmount(text);
  if (amount !== null && amount >= least) return amount;
  const wanted = `a whole number from ${least} to 2^64-1`;
  throw new CommandError(EXIT.usage, `${words}"${text}" is not an amount: ${wanted}`);
}
