import { AMOUNT_MAX, Author, FEE, type OwnedCoin } from './author.ts';
import type { Trace } from './trace.ts';

export const TRACE_KINDS = [
  'uniform',
  'hot-owner',
  'zipf',
  'chains',
  'double-spends',
  'mixed',
] as const;
export type TraceKind = (typeof TRACE_KINDS)[number];

export type SynthesizeOptions = {
  readonly kind: TraceKind;
  /** Transactions (double spends: two per pair). */
  readonly transactions: number;
  /** Any text; the same text gives the same trace. */
  readonly seed: string;
  /** With `uniform`: who is paid, by shares; null or absent: everybody once. */
  readonly payees?: Readonly<Record<string, number>> | null;
  /** With `mixed`: percent of the payments that are one of a pair. Default 40. */
  readonly rivalPercent?: number;
};

const HOT_OWNER = 0;
const CHAINS = 16;
const CHAIN_LENGTH = 25;
/** Enough for a whole chain of the highest amounts. */
const CHAIN_COIN = BigInt(CHAIN_LENGTH) * (BigInt(AMOUNT_MAX) + FEE) + 1n;
const ZIPF_OWNERS = 100;
const RIVAL_PERCENT = 40;

/**
 * Traces written here, for what recorded ones cannot show or show only mixed:
 * - uniform: every payment has an owner and a coin of its own; nothing depends on anything.
 * - hot-owner: four of five payments go to owner 0; each fifth is its own, from its newest coin.
 * - zipf: payer and payee are drawn from 100 owners by Zipf's law (owner k with weight 1 / k); who has been
 *   paid pays from the newest coin, so that the hot owners' payments depend on each other.
 * - chains: 16 owners side by side, each paying 25 times in a row from the change of its last payment.
 * - double-spends: pairs of payments by one owner that share their second input; one of each can win.
 * - mixed: of five transactions two are such a pair and three are uniform (or another share of pairs).
 */
export function synthesizeTrace(options: SynthesizeOptions): Trace {
  const author = new Author(options.kind, options.seed);
  const write = WRITERS[options.kind](author, options);
  for (let at = 0; at < options.transactions; at++) write(at);
  return author.finish();
}

type Writer = (at: number) => void;

const WRITERS: Record<TraceKind, (author: Author, options: SynthesizeOptions) => Writer> = {
  uniform: (author, { payees }) => {
    if (!payees) {
      return () => {
        author.payFromNewCoin(author.newOwner());
      };
    }
    const drawn = author.weighted(Object.values(payees));
    return () => {
      author.payFromNewCoin(author.ownerAt(drawn()));
    };
  },

  'hot-owner': (author) => {
    author.newOwner();
    let newest: OwnedCoin | null = null;
    return (at) => {
      if (newest === null || at % 5 !== 4) {
        newest = author.payFromNewCoin(HOT_OWNER);
        return;
      }
      author.pay([newest.input], [{ owner: author.newOwner(), amount: newest.amount - FEE }]);
      newest = null;
    };
  },

  zipf: (author) => {
    const weights = Array.from({ length: ZIPF_OWNERS }, (_, at) => 1 / (at + 1));
    const drawn = author.weighted(weights);
    const newest = new Map<number, OwnedCoin>();
    return () => {
      const to = drawn();
      const payee = author.ownerAt(to);
      const from = drawn();
      const coin = newest.get(from);
      newest.delete(from);
      if (coin === undefined) {
        newest.set(to, author.payFromNewCoin(payee));
        return;
      }
      const paid = { owner: payee, amount: coin.amount - FEE };
      const tx = author.pay([coin.input], [paid]);
      if (paid.amount > FEE) newest.set(to, { ...paid, input: { tx, index: 0 } });
    };
  },

  chains: (author) => {
    const heads: OwnedCoin[] = [];
    return (at) => {
      const begins = Math.floor(at / CHAINS) % CHAIN_LENGTH === 0;
      const head = begins ? author.coin(author.newOwner(), CHAIN_COIN) : heads[at % CHAINS]!;
      const amount = author.amount();
      const change = { owner: head.owner, amount: head.amount - amount - FEE };
      const tx = author.pay([head.input], [{ owner: author.newOwner(), amount }, change]);
      heads[at % CHAINS] = { ...change, input: { tx, index: 1 } };
    };
  },

  'double-spends': (author) => {
    const write = pairs(author);
    return (at) => write(at, at % 2 === 0);
  },

  mixed: (author, { rivalPercent = RIVAL_PERCENT }) => {
    const write = pairs(author);
    const begun = (at: number) => Math.floor((at * rivalPercent) / 200);
    const isFirst = (at: number) => rivalPercent > 0 && (at === 0 || begun(at) > begun(at - 1));
    return (at) => {
      if (isFirst(at)) write(at, true);
      else if (at > 0 && isFirst(at - 1)) write(at, false);
      else author.payFromNewCoin(author.newOwner());
    };
  },
};

/** Writes double spends, the first of a pair and then its rival. */
function pairs(author: Author): (at: number, isFirst: boolean) => void {
  let shared: OwnedCoin | null = null;
  return (at, isFirst) => {
    if (isFirst || shared === null) shared = author.coin(author.newOwner(), author.amount());
    const own = author.coin(shared.owner, shared.amount + FEE);
    const output = { owner: author.newOwner(), amount: shared.amount * 2n };
    author.pay([own.input, shared.input], [output], isFirst ? [] : [at - 1]);
  };
}
