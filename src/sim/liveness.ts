import { type Epoch, type LaneId, outpointKey, type TxId } from '../types/ids.ts';
import type { Transaction } from '../types/transaction.ts';
import type { Report } from './checkers/names.ts';
import type { Bits } from './reference/bits.ts';
import type { Entry } from './reference/entry.ts';
import type { Ledger } from './reference/ledger.ts';
import type { Model } from './reference/model.ts';
import type { Sent } from './world/workload.ts';
import type { World } from './world/world.ts';

/** What must be true once the network has healed and enough time has passed; says what is missing. */
export function checkProgress(world: World, report: Report): void {
  const { reference } = world.audit.wire;
  const owed = referencedByCorrect(world);
  const sent = world.workload.sent.map(({ tx }): [TxId, Transaction] => [tx.txid, tx]);
  for (const lane of world.core()) {
    const history = world.audit.journals.durable(lane);
    const ledger = reference.ledgerIn(history);
    const open = openIn(reference.model, history, ledger);
    for (const tx of new Map([...sent, ...owed]).values()) {
      checkEnd(
        world,
        { lane, ledger, tx, isOwed: owed.has(tx.txid), isOpen: open.has(tx.txid) },
        report,
      );
    }
    for (const { tx } of world.workload.sent.filter((sent) => mustBeFinal(world, sent))) {
      if (!world.audit.isGone(lane, tx.txid) && !isFinal(world, lane, tx.txid)) {
        const known = reference.model.transactions.has(tx.txid) ? '' : ' (in no block)';
        report('not-final', `lane ${lane}: ${tx.txid}${known}`);
      }
    }
  }
}

type Question = {
  readonly lane: LaneId;
  /** As the lane's disk has it; undefined: before the first cut. */
  readonly ledger: Ledger | undefined;
  readonly tx: Transaction;
  /** Does a correct lane reference it? */
  readonly isOwed: boolean;
  /** Does it stand in a block that the next ledger may take in? */
  readonly isOpen: boolean;
};

/** The lane tells the outcome that its ledger has, has given up what can have none, or owes one. */
function checkEnd(world: World, question: Question, report: Report): void {
  const { lane, ledger, tx, isOwed, isOpen } = question;
  const { model } = world.audit.wire.reference;
  const { txid } = tx;
  if (ledger?.outcomes.has(txid)) {
    const isTold = world.audit.isGone(lane, txid) || hasOutcome(world, lane, txid);
    if (!isTold) report('no-outcome', `lane ${lane} tells none for ${txid}`);
    return;
  }
  const until = (epoch: Epoch) => (isOwed || isOpen ? lastStop(model, epoch) : epoch);
  if (ledger && isBarred(model, ledger, tx, until(ledger.epoch))) {
    checkGivenUp(world, lane, txid, report);
  } else if (isOwed) {
    report('no-outcome', `lane ${lane} has none for ${txid}`);
  }
}

/**
 * Can no ledger take it in any more? It has no outcome, while what it spends, or descends from, was spent or
 * rejected in an epoch up to `until`. What was spent up to a stop cut does not exist any more (rule 9.5).
 */
function isBarred(model: Model, ledger: Ledger, tx: Transaction, until: Epoch): boolean {
  return tx.inputs.some((input) => {
    const coin = ledger.coins.get(outpointKey(input.txid, input.index));
    if (coin !== undefined) return coin.spentBy !== null && coin.spentEpoch <= until;
    const outcome = ledger.outcomes.get(input.txid);
    if (outcome !== undefined) return outcome.outcome.accepted || outcome.epoch <= until;
    const parent = model.transactions.get(input.txid);
    return parent === undefined || isBarred(model, ledger, parent, until);
  });
}

/** 0: no generation is over. */
function lastStop(model: Model, epoch: Epoch): Epoch {
  let stop = epoch;
  while (stop > 0 && !model.isStop(stop)) stop -= 1;
  return stop;
}

/** Nobody may be left waiting for it. */
function checkGivenUp(world: World, lane: LaneId, txid: TxId, report: Report): void {
  const state = world.hosts.get(lane)!.status(txid)?.state;
  if (state === 'unknown' || state === 'dropped' || state === undefined) return;
  report('not-given-up', `lane ${lane} says ${state} of ${txid}, which no ledger can take in`);
}

/** The transactions in the histories of correct lanes' blocks; what a lost one sent to nobody is not. */
function referencedByCorrect(world: World): Map<TxId, Transaction> {
  const { entries } = world.audit.wire.reference.model;
  const lanes = world.core();
  const newest = new Map(
    entries.filter((entry) => lanes.includes(entry.lane)).map((entry) => [entry.lane, entry]),
  );
  const seen = [...newest.values()].flatMap(({ history }) => history.members());
  return transactionsIn(seen.map((index) => entries[index]!));
}

/** What stands in blocks of the generation that comes after the ledger: one of its ledgers may yet reject it. */
function openIn(
  { entries, setting }: Model,
  history: Bits,
  ledger: Ledger | undefined,
): Map<TxId, Transaction> {
  const { generationEpochs } = setting;
  const generation =
    generationEpochs === 0 ? 0 : Math.floor((ledger?.epoch ?? 0) / generationEpochs);
  const blocks = history.members().map((index) => entries[index]!);
  return transactionsIn(blocks.filter((block) => block.generation === generation));
}

function transactionsIn(entries: readonly Entry[]): Map<TxId, Transaction> {
  const txs = entries.flatMap(({ isSound, block }) => (isSound ? block.txs : []));
  return new Map(txs.map((tx) => [tx.txid, tx]));
}

/**
 * Undisputed, as all that it descends from, and given, after all that it descends from, to a correct
 * validator that has stayed up since. (A child that comes before its parent is held for a time only.)
 */
function mustBeFinal(world: World, sent: Sent): boolean {
  return sent.lanes.some((lane) => isKept(world, sent, lane));
}

function isKept(world: World, sent: Sent, lane: LaneId): boolean {
  const stayed = world.core().includes(lane) && (world.crashedUs.get(lane) ?? -1) < sent.atUs;
  if (!stayed || sent.disputed || !sent.lanes.includes(lane)) return false;
  return sent.parents.every((parent) => isKept(world, parent, lane));
}

function isFinal(world: World, lane: LaneId, txid: TxId): boolean {
  const state = world.hosts.get(lane)!.status(txid)?.state;
  return state === 'final' || state === 'checkpointed';
}

function hasOutcome(world: World, lane: LaneId, txid: TxId): boolean {
  return isFinal(world, lane, txid) || world.hosts.get(lane)!.status(txid)?.state === 'rejected';
}
