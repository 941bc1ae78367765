import type { Tally } from '../std/tally.ts';
import type { LaneId } from '../types/ids.ts';
import { Bits } from './reference/bits.ts';
import { castsIn, cutsIn, decidedBy } from './reference/consensus.ts';
import type { Entry } from './reference/entry.ts';
import type { Ledger } from './reference/ledger.ts';
import type { Model } from './reference/model.ts';
import { ackLanes, equivocators, verdictLanes } from './reference/model.ts';

/** How often each thing happened that a set of runs must have met to be worth its verdict. */
export const COVERAGE = {
  blocks: 'blocks admitted',
  transactions: 'transactions in admitted blocks',
  final: 'final answers given to clients',
  forks: 'lanes that equivocate in the history of a correct block',
  forksReferenced: 'blocks of a forking lane in the history of a correct block',
  refused: 'blocks refused',
  cuts: 'cuts decided',
  viewChanges: 'votes for a higher view',
  carried: 'proposals that had to repeat a block prepared in a lower view',
  contested: 'contested transactions resolved by a cut',
  cleanWinners: 'rivals decided by a clean winner',
  parentRejected: 'transactions rejected for their parent',
  movedOn: 'transactions that a cut left to a later one',
  generations: 'generations that ended',
  takenByOne: 'transactions that a stop cut took in by one clean verdict',
  leftOver: 'transactions that a stop cut left without outcome',
  copies: 'transactions in blocks of several lanes',
  checkpoints: 'certificates of checkpoints',
  lostRecords: 'journal records lost in crashes',
  restarts: 'restarts from a journal',
  continued: 'restarts from a savepoint and the journal behind it',
  misfits: 'savepoints that a restart threw away',
  drops: 'times that a validator dropped generations, or started where it had',
  lateStarts: 'validators that took up the state of a peer',
  startsWithLeft: 'starts at a stop state that has transactions to be proposed again',
  pulls: 'blocks asked for by name',
  snapshotInstalls: 'snapshots installed by observers',
  forwarded: 'transactions forwarded to other lanes',
  evidence: 'evidence reported',
  forgeries: 'blocks admitted that are not sound',
  voided: 'blocks in the history of a correct block that are not sound',
} as const satisfies Record<string, string>;

export type CoverageName = keyof typeof COVERAGE;
export type Coverage = Tally<CoverageName>;

/** What can be counted from all blocks of a run. `everything`: the set of all of them. */
export function coverModel(
  coverage: Coverage,
  model: Model,
  everything: Bits,
  /** Of every decided cut. */
  ledgers: readonly Ledger[],
  correct: ReadonlySet<LaneId>,
): void {
  const ledger = ledgers.at(-1);
  coverage.blocks += model.entries.length;
  coverage.cuts += cutsIn(model, { history: everything }).length;
  coverForks(coverage, model, correct);
  coverVotes(coverage, model, everything);
  coverUnsound(coverage, model, correct);
  for (const txid of model.acks.keys()) {
    coverage.transactions++;
    const carriers = model.entries.filter((entry) => entry.block.txs.some((t) => t.txid === txid));
    if (new Set(carriers.map((entry) => entry.lane)).size > 1) coverage.copies++;
  }
  if (ledger !== undefined) coverLedger(coverage, ledger);
  for (const closed of ledgers) {
    if (model.isStop(closed.epoch)) coverStop(coverage, model, closed);
    else {
      for (const txid of closed.classes.keys()) if (!closed.outcomes.has(txid)) coverage.movedOn++;
    }
  }
}

function coverStop(coverage: Coverage, model: Model, { cut, classes, outcomes }: Ledger): void {
  coverage.generations++;
  for (const txid of model.acks.keys()) {
    if (ackLanes(model, txid, cut.history).size === 0) continue;
    if (!outcomes.has(txid)) coverage.leftOver++;
    const judges = verdictLanes(model, txid, cut.history).size;
    if (classes.has(txid) && judges < model.setting.quorum) coverage.takenByOne++;
  }
}

function coverForks(coverage: Coverage, model: Model, correct: ReadonlySet<LaneId>): void {
  const last = new Map<LaneId, Entry>();
  for (const entry of model.entries) if (correct.has(entry.lane)) last.set(entry.lane, entry);
  for (const entry of last.values()) {
    const forked = equivocators(model, entry.history);
    coverage.forks += forked.size;
    for (const index of entry.history.members()) {
      if (forked.has(model.entries[index]!.lane)) coverage.forksReferenced++;
    }
  }
}

function coverUnsound(coverage: Coverage, model: Model, correct: ReadonlySet<LaneId>): void {
  coverage.forgeries += model.entries.filter((entry) => !entry.isSound).length;
  const seen = new Bits();
  for (const entry of model.entries) if (correct.has(entry.lane)) seen.addAll(entry.history);
  coverage.voided += seen.members().filter((index) => !model.entries[index]!.isSound).length;
}

function coverVotes(coverage: Coverage, model: Model, history: Bits): void {
  for (const epoch of model.votes.keys()) {
    coverage.viewChanges += castsIn(model, { history }, epoch, 'viewchange').length;
    for (const { at, vote } of castsIn(model, { history }, epoch, 'propose')) {
      if (vote.kind !== 'propose') continue;
      if (decidedBy(model, at, epoch, vote.view) !== at) coverage.carried++;
    }
  }
}

function coverLedger(coverage: Coverage, ledger: Ledger): void {
  for (const [txid, kind] of ledger.classes) {
    const found = ledger.outcomes.get(txid);
    if (found === undefined) continue;
    if (kind.kind === 'contested') coverage.contested++;
    const { outcome } = found;
    if (outcome.accepted) continue;
    if (outcome.reason === 'parent-rejected') coverage.parentRejected++;
    else if (ledger.classes.get(outcome.winner)?.kind === 'clean') coverage.cleanWinners++;
  }
}
