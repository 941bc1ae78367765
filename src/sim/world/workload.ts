import { decodeTransaction } from '../../codec/transaction.ts';
import type { Prng } from '../../std/prng.ts';
import type { LaneId, LedgerId, TxId } from '../../types/ids.ts';
import type { Output, Transaction } from '../../types/transaction.ts';
import type { WorkloadRates } from '../traits.ts';
import { keyOwner, multiOwner, type Owner, type Spendable, signTransaction } from './wallet.ts';

/** A payment as its client knows it. */
export type Sent = {
  readonly tx: Transaction;
  readonly atUs: number;
  /** Where it was submitted. */
  readonly lanes: readonly LaneId[];
  /** Somebody made a rival of it, or of one that it descends from. */
  disputed: boolean;
  readonly parents: readonly Sent[];
};

export type WorkloadPorts = {
  readonly nowUs: () => number;
  /** Validators that a client may talk to now. */
  readonly reachable: () => readonly LaneId[];
  readonly submit: (lane: LaneId, bytes: Uint8Array) => void;
};

type Held = Spendable & { readonly source: Sent | null };

export const MIN_FEE = 1n;
const OUTPUTS_PER_OWNER = 8;
export const GENESIS_AMOUNT = 1000n;
/** Not worth another payment. */
const DUST = 10n;
const VALID_UNTIL = 10_000;

/** Owners that pay each other, some of them dishonestly. */
export class Workload {
  readonly sent: Sent[] = [];
  readonly owners: readonly Owner[];
  readonly #prng: Prng;
  readonly #rates: WorkloadRates;
  readonly #ledgerId: LedgerId;
  readonly #ports: WorkloadPorts;
  readonly #held: Held[] = [];

  constructor(prng: Prng, rates: WorkloadRates, ledgerId: LedgerId, ports: WorkloadPorts) {
    this.#prng = prng;
    this.#rates = rates;
    this.#ledgerId = ledgerId;
    this.#ports = ports;
    this.owners = ownersOf(rates);
  }

  /** The outputs of genesis, as [txid, index] in the order of `genesisOutputs`. */
  fund(outpoints: readonly { readonly txid: TxId; readonly index: number }[]): void {
    outpoints.forEach(({ txid, index }, i) => {
      const owner = this.owners[i % this.owners.length]!;
      this.#held.push({ txid, index, amount: GENESIS_AMOUNT, owner, source: null });
    });
  }

  /** One random deed of one owner. */
  act(): void {
    const { chains, doubleSpends, copies, invalid } = this.#rates;
    const reachable = this.#ports.reachable();
    if (reachable.length === 0 || this.#held.length === 0) return;
    if (this.#prng.chance(invalid)) this.#sendInvalid(reachable);
    else if (this.#prng.chance(doubleSpends)) this.#doubleSpend(reachable);
    else if (this.#prng.chance(chains)) this.#chain(reachable);
    else this.#pay(this.#take(), reachable, this.#prng.chance(copies) ? 2 : 1);
  }

  /** An undisputed payment through a certain validator. */
  probe(lane: LaneId): void {
    const honest = this.#held.findIndex(({ source }) => source === null || !source.disputed);
    if (honest < 0) return;
    this.#pay(this.#held.splice(honest, 1), [lane], 1);
  }

  #take(): Held[] {
    const count = Math.min(this.#held.length, this.#prng.chance(1 / 4) ? 2 : 1);
    return Array.from({ length: count }, () => {
      return this.#held.splice(this.#prng.below(this.#held.length), 1)[0]!;
    });
  }

  #pay(inputs: readonly Held[], reachable: readonly LaneId[], copies: number): Sent {
    const sent = this.#make(inputs, this.#prng.shuffled(reachable).slice(0, copies));
    this.#keep(sent);
    return sent;
  }

  /** Each spends what the one before made, often before that is final, often elsewhere. */
  #chain(reachable: readonly LaneId[]): void {
    let inputs = this.#take();
    const lane = this.#prng.pick(reachable);
    for (let i = this.#prng.between(2, 4); i > 0; i--) {
      const elsewhere = this.#prng.chance(1 / 4);
      const sent = this.#make(inputs, [elsewhere ? this.#prng.pick(reachable) : lane]);
      const [next] = this.#heldOf(sent);
      if (i === 1 || next!.amount <= DUST) {
        this.#keep(sent);
        return;
      }
      inputs = [next!];
    }
  }

  /** Two or three transactions on one output, through different validators at about the same time. */
  #doubleSpend(reachable: readonly LaneId[]): void {
    const common = this.#take();
    const lanes = this.#prng.shuffled(reachable);
    const rivals: Sent[] = [];
    for (let i = 0; i < (this.#prng.chance(1 / 4) ? 3 : 2); i++) {
      const more = this.#prng.chance(1 / 3) && this.#held.length > 0 ? this.#take() : [];
      rivals.push(this.#make([...common, ...more], [lanes[i % lanes.length]!]));
    }
    for (const rival of rivals) rival.disputed = true;
    // Somebody builds on one of them at once, where it was sent.
    if (this.#prng.chance(1 / 3)) {
      const rival = this.#prng.pick(rivals);
      const [output] = this.#heldOf(rival);
      if (output!.amount > DUST) this.#make([output!], rival.lanes);
    }
    // Somebody may build on one of them.
    if (this.#prng.chance(1 / 3)) this.#keep(this.#prng.pick(rivals));
  }

  #make(inputs: readonly Held[], lanes: readonly LaneId[]): Sent {
    const total = inputs.reduce((sum, input) => sum + input.amount, 0n);
    const { txid, bytes } = signTransaction(
      this.#ledgerId,
      inputs,
      this.#split(total - MIN_FEE - BigInt(this.#prng.below(3))),
      VALID_UNTIL,
    );
    const decoded = decodeTransaction(bytes);
    if (!decoded.ok) throw new Error(`workload made ${txid}: ${decoded.error.detail}`);
    const parents = inputs.flatMap(({ source }) => (source === null ? [] : [source]));
    const disputed = parents.some((parent) => parent.disputed);
    const sent = { tx: decoded.value, atUs: this.#ports.nowUs(), lanes, disputed, parents };
    this.sent.push(sent);
    for (const lane of lanes) this.#ports.submit(lane, bytes);
    return sent;
  }

  #split(amount: bigint): Output[] {
    const receiver = this.#prng.pick(this.owners);
    if (amount <= DUST || this.#prng.chance(1 / 3)) return [{ amount, lock: receiver.lock }];
    const part = amount / 3n;
    const change = this.#prng.pick(this.owners);
    return [
      { amount: part, lock: receiver.lock },
      { amount: amount - part, lock: change.lock },
    ];
  }

  #keep(sent: Sent): void {
    for (const held of this.#heldOf(sent)) if (held.amount > DUST) this.#held.push(held);
  }

  #heldOf(sent: Sent): Held[] {
    const { txid } = sent.tx;
    return sent.tx.outputs.map(({ amount, lock }, index) => {
      const owner = this.owners.find((other) => other.lock === lock)!;
      return { txid, index, amount, owner, source: sent };
    });
  }

  #sendInvalid(reachable: readonly LaneId[]): void {
    const held = this.#prng.pick(this.#held);
    const owner = this.#prng.pick(this.owners);
    const inputs = [{ ...held, owner }];
    const output = { amount: held.amount + BigInt(this.#prng.below(3)), lock: owner.lock };
    const { bytes } = signTransaction(this.#ledgerId, inputs, [output], VALID_UNTIL);
    this.#ports.submit(this.#prng.pick(reachable), bytes);
  }
}

/** Owners, the first of them of one key each, some of 2 of 3 keys. */
function ownersOf(rates: WorkloadRates): Owner[] {
  const multi = Math.round(rates.multi * rates.owners);
  return Array.from({ length: rates.owners }, (_, i) =>
    i < rates.owners - multi ? keyOwner(i) : multiOwner(i),
  );
}

export function genesisOutputs(rates: WorkloadRates): Output[] {
  const owners = ownersOf(rates);
  return Array.from({ length: rates.owners * OUTPUTS_PER_OWNER }, (_, i) => ({
    amount: GENESIS_AMOUNT,
    lock: owners[i % owners.length]!.lock,
  }));
}
