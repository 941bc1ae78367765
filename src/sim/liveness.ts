import { type Epoch, type LaneId, outpointKey, type TxId } from '../types/ids.ts';
import type { Report } from './checkers/names.ts';
import type { Ledger } from './reference/ledger.ts';
import type { Model } from './reference/model.ts';
import type { Sent } from './workload.ts';
import type { World } from './world.ts';

/** What must be true once the network has healed and enough time has passed; says what is missing. */
export function checkProgress(world: World, report: Report): void {
  const { model } = world.audit.wire.reference;
  const owed = referencedByCorrect(world);
  for (const lane of world.core()) {
    const history = world.audit.journals.durable(lane);
    const ledger = world.audit.wire.reference.ledgerIn(history);
    for (const txid of owed) {
      if (ledger !== undefined && isBarred(model, ledger, txid))
        checkGivenUp(world, lane, txid, report);
      else if (!ledger?.outcomes.has(txid)) {
        report('no-outcome', `lane ${lane} has none for ${txid}`);
      } else if (!world.audit.isGone(lane, txid) && !hasOutcome(world, lane, txid)) {
        report('no-outcome', `lane ${lane} tells none for ${txid}`);
      }
    }
    for (const { tx } of world.workload.sent.filter((sent) => mustBeFinal(world, sent))) {
      if (!world.audit.isGone(lane, tx.txid) && !isFinal(world, lane, tx.txid)) {
        const known = model.transactions.has(tx.txid) ? '' : ' (in no block)';
        report('not-final', `lane ${lane}: ${tx.txid}${known}`);
      }
    }
  }
}

/**
 * Can no ledger take it in any more? Void in its generation, while what it spends, or descends from, was spent or
 * rejected there: that does not exist any more (rule 9.5).
 */
function isBarred(model: Model, ledger: Ledger, txid: TxId): boolean {
  if (ledger.outcomes.has(txid)) return false;
  return model.transactions.get(txid)!.inputs.some((input) => {
    if (ledger.coins.has(outpointKey(input.txid, input.index))) return false;
    const parent = ledger.outcomes.get(input.txid);
    if (parent?.outcome.accepted === false) return parent.epoch <= lastStop(model, ledger.epoch);
    const isOpen = parent === undefined && model.transactions.has(input.txid);
    return !isOpen || isBarred(model, ledger, input.txid);
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
function referencedByCorrect(world: World): Set<TxId> {
  const owed = new Set<TxId>();
  const { entries } = world.audit.wire.reference.model;
  const lanes = world.core();
  const newest = new Map(
    entries.filter((entry) => lanes.includes(entry.lane)).map((entry) => [entry.lane, entry]),
  );
  for (const entry of newest.values()) {
    for (const index of entry.history.members()) {
      const { isSound, block } = entries[index]!;
      if (isSound) for (const { txid } of block.txs) owed.add(txid);
    }
  }
  return owed;
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
