import type { Epoch, Lock, OutpointKey, TxId } from '../../src/types/ids.ts';
import { outpointKey } from '../../src/types/ids.ts';
import type { History, LedgerFact, Operation, OutputFact } from '../history/history.ts';
import type { Violation } from './violation.ts';

export type Submitted = Extract<Operation, { kind: 'submit' }>;
export type Outcome = {
  readonly epoch: Epoch;
  readonly accepted: boolean;
  readonly winner: TxId | null;
};

/** The ledgers of a history as one sequence of epochs, replayed on the coins of its origin. */
export type LedgerModel = {
  readonly submitted: ReadonlyMap<TxId, Submitted>;
  readonly outcomes: ReadonlyMap<TxId, Outcome>;
  /** By output: the accepted transaction that spends it. */
  readonly spentBy: ReadonlyMap<OutpointKey, TxId>;
  readonly checkpoints: ReadonlyMap<Epoch, string>;
  readonly lastEpoch: Epoch;
  balance(lock: Lock, epoch: Epoch): { readonly balance: bigint; readonly outputs: number };
  readonly violations: readonly Violation[];
};

type Balance = { readonly epoch: Epoch; readonly balance: bigint; readonly outputs: number };

/** Judges safety and validity on the way: the rest of the checker builds on what is left. */
export function replayLedgers(history: History): LedgerModel {
  return new Replay(history).run();
}

class Replay {
  readonly #history: History;
  readonly #submitted = new Map<TxId, Submitted>();
  readonly #outcomes = new Map<TxId, Outcome>();
  readonly #spentBy = new Map<OutpointKey, TxId>();
  readonly #checkpoints = new Map<Epoch, string>();
  readonly #coins = new Map<OutpointKey, OutputFact>();
  readonly #balances = new Map<Lock, Balance[]>();
  readonly #violations: Violation[] = [];

  constructor(history: History) {
    this.#history = history;
  }

  run(): LedgerModel {
    for (const { operation } of this.#history.calls) {
      if (operation.kind === 'submit') this.#submitted.set(operation.txid, operation);
    }
    for (const { key, ...coin } of this.#history.origin.coins) this.#create(key, coin, 0);
    for (const facts of this.#byEpoch()) {
      this.#agree(facts);
      const [first] = facts;
      if (first !== undefined) this.#apply(first);
    }
    const balances = this.#balances;
    return {
      submitted: this.#submitted,
      outcomes: this.#outcomes,
      spentBy: this.#spentBy,
      checkpoints: this.#checkpoints,
      lastEpoch: Math.max(0, ...this.#checkpoints.keys()),
      balance: (lock, epoch) => {
        const found = balances.get(lock)?.findLast((one) => one.epoch <= epoch);
        return found ?? { balance: 0n, outputs: 0 };
      },
      violations: this.#violations,
    };
  }

  #byEpoch(): LedgerFact[][] {
    const byEpoch = new Map<Epoch, LedgerFact[]>();
    for (const ledger of this.#history.ledgers) {
      const others = byEpoch.get(ledger.epoch);
      if (others === undefined) byEpoch.set(ledger.epoch, [ledger]);
      else others.push(ledger);
    }
    return [...byEpoch].sort(([a], [b]) => a - b).map(([, facts]) => facts);
  }

  #agree(facts: readonly LedgerFact[]): void {
    const [first] = facts;
    if (first === undefined) return;
    this.#checkpoints.set(first.epoch, first.checkpoint);
    for (const other of facts) {
      const epoch = `epoch ${first.epoch} at validators ${first.validator} and ${other.validator}`;
      if (other.checkpoint !== first.checkpoint || other.stateRoot !== first.stateRoot) {
        this.#violate('one-checkpoint', `${epoch}: ${first.checkpoint}, ${other.checkpoint}`);
      }
      if (contents(other) !== contents(first))
        this.#violate('one-outcome', `${epoch}: ledgers differ`);
    }
  }

  #apply({ epoch, accepted, rejected }: LedgerFact): void {
    for (const { txid, winner } of rejected) {
      this.#outcome(txid, { epoch, accepted: false, winner });
    }
    // Within an epoch the ledger is sorted by txid: a parent may stand behind its child.
    let waiting = accepted.filter((txid) =>
      this.#outcome(txid, { epoch, accepted: true, winner: null }),
    );
    for (let before = -1; waiting.length !== before; ) {
      before = waiting.length;
      waiting = waiting.filter((txid) => !this.#execute(txid, epoch));
    }
    for (const txid of waiting) this.#violate('sound', `${txid} spends what is not there`);
  }

  /** true: it is known and new. */
  #outcome(txid: TxId, outcome: Outcome): boolean {
    const known = this.#outcomes.get(txid);
    if (known !== undefined) {
      this.#violate('once', `${txid} in epochs ${known.epoch} and ${outcome.epoch}`);
      return false;
    }
    this.#outcomes.set(txid, outcome);
    const submitted = this.#submitted.get(txid);
    if (submitted === undefined) this.#violate('submitted', `${txid} in epoch ${outcome.epoch}`);
    else if (!submitted.valid && outcome.accepted) {
      this.#violate('never-valid', `${txid} is accepted in epoch ${outcome.epoch}`);
    }
    return submitted !== undefined;
  }

  /** false: an input is not there yet. */
  #execute(txid: TxId, epoch: Epoch): boolean {
    const { inputs, outputs } = this.#submitted.get(txid) as Submitted;
    const taken = inputs.find((key) => this.#spentBy.has(key));
    if (taken !== undefined) {
      this.#violate('no-rivals', `${taken} is spent by ${this.#spentBy.get(taken)} and by ${txid}`);
      return true;
    }
    const coins = inputs.map((key) => this.#coins.get(key));
    if (coins.some((coin) => coin === undefined)) return false;
    let fee = 0n;
    for (const [index, key] of inputs.entries()) {
      const coin = coins[index] as OutputFact;
      fee += coin.amount;
      this.#coins.delete(key);
      this.#spentBy.set(key, txid);
      this.#add(coin.lock, epoch, -coin.amount, -1);
    }
    for (const [index, output] of outputs.entries()) {
      fee -= output.amount;
      this.#create(outpointKey(txid, index), output, epoch);
    }
    if (fee < this.#history.origin.minFee) this.#violate('sound', `${txid} pays a fee of ${fee}`);
    return true;
  }

  #create(key: OutpointKey, coin: OutputFact, epoch: Epoch): void {
    this.#coins.set(key, coin);
    this.#add(coin.lock, epoch, coin.amount, 1);
  }

  #add(lock: Lock, epoch: Epoch, amount: bigint, count: number): void {
    const list = this.#balances.get(lock) ?? [];
    const last = list.at(-1);
    const { balance, outputs } = last ?? { balance: 0n, outputs: 0 };
    const next = { epoch, balance: balance + amount, outputs: outputs + count };
    if (last?.epoch === epoch) list[list.length - 1] = next;
    else list.push(next);
    this.#balances.set(lock, list);
  }

  #violate(rule: Violation['rule'], detail: string): void {
    this.#violations.push({ rule, detail });
  }
}

function contents({ accepted, rejected }: LedgerFact): string {
  const losers = rejected.map(({ txid, winner }) => `${txid}:${winner}`);
  return `${accepted.join()};${losers.join()}`;
}
