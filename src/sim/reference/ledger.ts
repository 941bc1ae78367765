import type { Epoch, OutpointKey, TxId } from '../../types/ids.ts';
import { outpointKey } from '../../types/ids.ts';
import type { Coin, Outcome } from '../../types/ledger.ts';
import type { Transaction } from '../../types/transaction.ts';
import { activeLanes, cutsIn } from './consensus.ts';
import type { Entry } from './entry.ts';
import type { Model } from './model.ts';
import { cleanVerdictLanes, depsIn, verdictLanes } from './model.ts';

export type Class =
  | { readonly kind: 'stale' }
  | { readonly kind: 'clean' }
  | { readonly kind: 'contested'; readonly deps: ReadonlySet<TxId> };

/** The state after an epoch; the maps hold everything up to and with it. */
export type Ledger = {
  readonly epoch: Epoch;
  readonly cut: Entry;
  /** class(t) of every t in P(1) .. P(epoch). */
  readonly classes: ReadonlyMap<TxId, Class>;
  readonly outcomes: ReadonlyMap<TxId, { readonly epoch: Epoch; readonly outcome: Outcome }>;
  readonly coins: ReadonlyMap<OutpointKey, Coin>;
  /** Fees not paid out yet. */
  readonly carried: bigint;
  /** Outcomes of this epoch alone, without the fee pseudo-transaction. */
  readonly own: readonly Outcome[];
};

type Draft = {
  readonly epoch: Epoch;
  readonly classes: Map<TxId, Class>;
  readonly outcomes: Map<TxId, { epoch: Epoch; outcome: Outcome }>;
  readonly coins: Map<OutpointKey, Coin>;
  readonly own: Outcome[];
  fees: bigint;
};

/** The ledgers that follow from decided cuts: a function of the cut alone, each computed once. */
export class Ledgers {
  readonly #model: Model;
  readonly #known = new Map<Entry, Ledger>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** The ledger that `cut`, decided as the cut of `epoch`, makes. */
  of(cut: Entry, epoch: Epoch): Ledger {
    const known = this.#known.get(cut);
    if (known !== undefined) return known;
    const earlier = cutsIn(this.#model, cut).slice(0, epoch - 1);
    const before = epoch === 1 ? undefined : this.of(earlier[epoch - 2]!, epoch - 1);
    const made = closeEpoch(this.#model, cut, epoch, before);
    this.#known.set(cut, made);
    return made;
  }
}

function closeEpoch(model: Model, cut: Entry, epoch: Epoch, before: Ledger | undefined): Ledger {
  const draft: Draft = {
    epoch,
    classes: model.isStop(epoch - 1) ? new Map() : new Map(before?.classes),
    outcomes: new Map(before?.outcomes),
    coins: new Map(before?.coins ?? genesisCoins(model)),
    own: [],
    fees: before?.carried ?? 0n,
  };
  classify(model, cut, draft);
  resolve(model, draft);
  const carried = payFees(model, cut, before?.cut, draft);
  const { classes, outcomes, coins, own } = draft;
  if (model.isStop(epoch)) forgetSpent(coins);
  return { epoch, cut, classes, outcomes, coins, carried, own };
}

function genesisCoins(model: Model): [OutpointKey, Coin][] {
  return [...model.setting.genesis].map(([key, output]) => [
    key,
    { ...output, acceptedEpoch: 0, spentBy: null, spentEpoch: 0 },
  ]);
}

/** What was spent up to a stop cut does not exist in the generation that follows. */
function forgetSpent(coins: Map<OutpointKey, Coin>): void {
  for (const [key, coin] of coins) if (coin.spentBy !== null) coins.delete(key);
}

/** P(e) and the class of each of its members. */
function classify(model: Model, cut: Entry, draft: Draft): void {
  for (const txid of model.transactions.keys()) {
    if (draft.classes.has(txid)) continue;
    const taken =
      verdictLanes(model, txid, cut.history).size >= model.setting.quorum ||
      (model.isStop(draft.epoch) && cleanVerdictLanes(model, txid, cut.history).size > 0);
    if (!taken) continue;
    draft.classes.set(txid, classOf(model, cut, draft, txid));
  }
}

function classOf(model: Model, cut: Entry, draft: Draft, txid: TxId): Class {
  for (const input of model.transactions.get(txid)!.inputs) {
    const coin = draft.coins.get(outpointKey(input.txid, input.index));
    if (coin !== undefined && coin.spentBy !== null && coin.spentEpoch <= draft.epoch - 2) {
      return { kind: 'stale' };
    }
  }
  const clean = model.verdicts
    .get(txid)!
    .some((verdict) => verdict.clean && cut.history.has(verdict.at.index));
  return clean ? { kind: 'clean' } : { kind: 'contested', deps: depsIn(model, txid, cut.history) };
}

function resolve(model: Model, draft: Draft): void {
  for (const [txid, kind] of draft.classes) {
    if (kind.kind !== 'stale' || draft.outcomes.has(txid)) continue;
    const winner = firstSpender(draft, model.transactions.get(txid)!);
    record(draft, { txid, accepted: false, reason: 'stale-input', winner });
  }
  for (;;) {
    const open = [...draft.classes.keys()]
      .filter((txid) => !draft.outcomes.has(txid) && parentsKnown(model, draft, txid))
      .sort();
    const next =
      open.find((txid) => draft.classes.get(txid)!.kind === 'clean') ??
      open.find((txid) => model.isStop(draft.epoch) || depsClassified(draft, txid));
    if (next === undefined) return;
    execute(draft, model.transactions.get(next)!);
  }
}

/** Of the first input that was spent in a ledger before this epoch. */
function firstSpender(draft: Draft, tx: Transaction): TxId {
  const coins = tx.inputs.map((input) => draft.coins.get(outpointKey(input.txid, input.index)));
  return coins.find((coin) => coin !== undefined && coin.spentBy !== null)!.spentBy!;
}

function parentsKnown(model: Model, draft: Draft, txid: TxId): boolean {
  return model.transactions
    .get(txid)!
    .inputs.every(
      (input) =>
        draft.outcomes.has(input.txid) || draft.coins.has(outpointKey(input.txid, input.index)),
    );
}

function depsClassified(draft: Draft, txid: TxId): boolean {
  const kind = draft.classes.get(txid)!;
  return kind.kind === 'contested' && [...kind.deps].every((dep) => draft.classes.has(dep));
}

function execute(draft: Draft, tx: Transaction): void {
  const keys = tx.inputs.map((input) => outpointKey(input.txid, input.index));
  const { txid } = tx;
  for (const input of tx.inputs) {
    if (draft.outcomes.get(input.txid)?.outcome.accepted === false) {
      record(draft, { txid, accepted: false, reason: 'parent-rejected', winner: input.txid });
      return;
    }
  }
  for (const key of keys) {
    const { spentBy } = draft.coins.get(key)!;
    if (spentBy === null) continue;
    record(draft, { txid, accepted: false, reason: 'input-spent', winner: spentBy });
    return;
  }
  for (const key of keys) {
    const coin = draft.coins.get(key)!;
    draft.fees += coin.amount;
    draft.coins.set(key, { ...coin, spentBy: txid, spentEpoch: draft.epoch });
  }
  tx.outputs.forEach((output, index) => {
    draft.fees -= output.amount;
    addCoin(draft, txid, index, output);
  });
  record(draft, { txid, accepted: true });
}

function addCoin(
  draft: Draft,
  txid: TxId,
  index: number,
  output: Transaction['outputs'][number],
): void {
  draft.coins.set(outpointKey(txid, index), {
    ...output,
    acceptedEpoch: draft.epoch,
    spentBy: null,
    spentEpoch: 0,
  });
}

function record(draft: Draft, outcome: Outcome): void {
  draft.outcomes.set(outcome.txid, { epoch: draft.epoch, outcome });
  draft.own.push(outcome);
}

/** Equal shares to the lanes with new blocks in the cut; returns the remainder. */
function payFees(model: Model, cut: Entry, before: Entry | undefined, draft: Draft): bigint {
  const lanes = activeLanes(model, cut, before);
  const share = draft.fees / BigInt(lanes.length);
  if (share === 0n) return draft.fees;
  const txid = model.setting.feeTxid(draft.epoch);
  lanes.forEach((lane, index) => {
    addCoin(draft, txid, index, { amount: share, lock: model.setting.payoutLocks[lane]! });
  });
  draft.outcomes.set(txid, { epoch: draft.epoch, outcome: { txid, accepted: true } });
  return draft.fees - share * BigInt(lanes.length);
}
