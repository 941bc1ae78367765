import { createPrng, type Prng } from '../../std/prng.ts';
import { sha256Of } from '../sha256.ts';
import {
  GENESIS_TX,
  type Trace,
  type TraceInput,
  type TraceOutput,
  type TraceTransaction,
} from './trace.ts';

/** What every authored payment leaves as its fee; the replay lifts it where a ledger asks for more. */
export const FEE = 1000n;
const AMOUNT_MIN = 10_000;
export const AMOUNT_MAX = 1_000_000;

export type OwnedCoin = TraceOutput & { readonly input: TraceInput };

/** Writes a trace, payment by payment; every draw follows from kind and seed. */
export class Author {
  readonly #kind: string;
  readonly #seed: string;
  readonly #random: Prng;
  readonly #genesis: TraceOutput[] = [];
  readonly #txs: TraceTransaction[] = [];
  #owners = 0;
  readonly #places = new Map<number, number>();

  constructor(kind: string, seed: string) {
    this.#kind = kind;
    this.#seed = seed;
    this.#random = createPrng(`${kind}/${seed}`);
  }

  newOwner(): number {
    this.#owners += 1;
    return this.#owners - 1;
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
      const draw = this.#random.float() * sum;
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
    return BigInt(this.#random.between(AMOUNT_MIN, AMOUNT_MAX));
  }

  /** A genesis output of its own. */
  coin(owner: number, amount: bigint): OwnedCoin {
    this.#genesis.push({ owner, amount });
    return { owner, amount, input: { tx: GENESIS_TX, index: this.#genesis.length - 1 } };
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
    this.#txs.push({ atMs: null, inputs, outputs, wireBytes: null, rivals });
    return this.#txs.length - 1;
  }

  finish(): Trace {
    const [kind, seed] = [this.#kind, this.#seed];
    const [genesis, txs, owners] = [this.#genesis, this.#txs, this.#owners];
    const title = `Authored: ${kind}, ${txs.length} transactions, seed "${seed}"`;
    const digest = sha256Of(`althing trace ${kind} ${seed}`);
    const name = `${kind}-${txs.length}`;
    return { name, owners, seed: digest, genesis, txs, source: { title, licence: 'Apache-2.0' } };
  }
}
