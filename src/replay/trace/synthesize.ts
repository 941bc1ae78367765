import { createPrng, type Prng } from '../../std/prng.ts';
import { sha256Of } from '../sha256.ts';
import type { TraceTransaction } from './trace.ts';
import { GENESIS_TX, type Trace, type TraceInput, type TraceOutput } from './trace.ts';

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

/** What every authored payment leaves as its fee; the replay lifts it where a ledger asks for more. */
const FEE = 1000n;
const AMOUNT_MIN = 10_000;
const AMOUNT_MAX = 1_000_000;
const HOT_OWNER = 0;
const CHAINS = 16;
const CHAIN_LENGTH = 25;
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
  const author = new Author(options);
  const write = WRITERS[options.kind](author);
  for (let at = 0; at < options.transactions; at++) write(at);
  return author.finish();
}

type Writer = (at: number) => void;
type OwnedCoin = TraceOutput & { readonly input: TraceInput };

const WRITERS: Record<TraceKind, (author: Author) => Writer> = {
  uniform: (author) => {
    const { payees } = author.options;
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
      const head = begins ? author.chainCoin() : heads[at % CHAINS]!;
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

  mixed: (author) => {
    const write = pairs(author);
    const { rivalPercent = RIVAL_PERCENT } = author.options;
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

class Author {
  readonly options: SynthesizeOptions;
  private readonly random: Prng;
  private readonly genesis: TraceOutput[] = [];
  private readonly txs: TraceTransaction[] = [];
  private owners = 0;
  readonly #places = new Map<number, number>();

  constructor(options: SynthesizeOptions) {
    this.options = options;
    this.random = createPrng(`${options.kind}/${options.seed}`);
  }

  newOwner(): number {
    this.owners += 1;
    return this.owners - 1;
  }

  /** Draws places of the list by their weights. */
  weighted(weights: readonly number[]): () => number {
    const bounds: number[] = [];
    let sum = 0;
    for (const weight of weights) {
      sum += weight;
      bounds.push(sum);
    }
    return () => {
      const draw = this.random.float() * sum;
      const place = bounds.findIndex((bound) => draw < bound);
      return place < 0 ? bounds.length - 1 : place;
    };
  }

  /** The owner that stands for a place; one who is never asked for is nobody. */
  ownerAt(place: number): number {
    const owner = this.#places.get(place) ?? this.newOwner();
    this.#places.set(place, owner);
    return owner;
  }

  amount(): bigint {
    return BigInt(this.random.between(AMOUNT_MIN, AMOUNT_MAX));
  }

  /** A genesis output of its own. */
  coin(owner: number, amount: bigint): OwnedCoin {
    this.genesis.push({ owner, amount });
    return { owner, amount, input: { tx: GENESIS_TX, index: this.genesis.length - 1 } };
  }

  chainCoin(): OwnedCoin {
    return this.coin(this.newOwner(), BigInt(CHAIN_LENGTH) * (BigInt(AMOUNT_MAX) + FEE) + 1n);
  }

  /** A payment to `payee` with change, from a new owner's genesis output; returns the payee's coin. */
  payFromNewCoin(payee: number): OwnedCoin {
    const amount = this.amount();
    const change = this.amount();
    const from = this.coin(this.newOwner(), amount + change + FEE);
    const paid = { owner: payee, amount };
    const tx = this.pay([from.input], [paid, { owner: from.owner, amount: change }]);
    return { ...paid, input: { tx, index: 0 } };
  }

  /** Returns the transaction's number. */
  pay(inputs: TraceInput[], outputs: TraceOutput[], rivals: readonly number[] = []): number {
    this.txs.push({ atMs: null, inputs, outputs, wireBytes: null, rivals });
    return this.txs.length - 1;
  }

  finish(): Trace {
    const { kind, seed } = this.options;
    const { genesis, txs, owners } = this;
    const title = `Authored: ${kind}, ${txs.length} transactions, seed "${seed}"`;
    const digest = sha256Of(`althing trace ${kind} ${seed}`);
    const name = `${kind}-${txs.length}`;
    return { name, owners, seed: digest, genesis, txs, source: { title, licence: 'Apache-2.0' } };
  }
}
