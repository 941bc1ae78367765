import { checkConservation, checkDecisions, checkRivals } from '../sim/checkers/ledgers.ts';
import type { CheckerName } from '../sim/checkers/names.ts';
import type { Reference } from '../sim/reference/admission.ts';
import type { Ledger } from '../sim/reference/ledger.ts';
import {
  ackLanes,
  cleanAckLanes,
  cleanVerdictLanes,
  depsIn,
  everything,
  verdictLanes,
} from '../sim/reference/model.ts';
import type { Digest } from '../types/ids.ts';
import type { Outcome } from '../types/ledger.ts';
import type { Instance } from './instance.ts';
import type { BlockId, Mask, Universe } from './universe.ts';

/** The simulator's checkers by name, and those that only an exploration can have. */
export type CheckName =
  | CheckerName
  /** The same blocks, admitted in another order, make another state. */
  | 'order-dependent'
  /** Settled by the definitions in what is admitted, and not called final. */
  | 'final-missed'
  /** Acks, verdicts or dependencies of a tracked payment are not what the definitions give. */
  | 'dependency-service'
  /** Two validators that applied one epoch differ in its cut or its ledger. */
  | 'cut-agreement';

export type Finding = { readonly checker: CheckName; readonly detail: string };

/** What a replica holds to be so, read from it after a step. It must only grow. */
export type Facts = {
  /** Executed here, ahead of the ledger or in it. */
  readonly accepted: Mask;
  readonly rejected: Mask;
  readonly ledgerAccepted: Mask;
  readonly ledgerRejected: Mask;
  /** Digests of the cuts that are applied, by epoch from 1. */
  readonly cuts: readonly Digest[];
  /** Clean verdicts in what is admitted, by the definitions. */
  readonly clean: Mask;
  /** What the dependency service answers about each tracked payment, over everything admitted. */
  readonly service: string;
};

export const NO_FACTS: Facts = {
  accepted: 0,
  rejected: 0,
  ledgerAccepted: 0,
  ledgerRejected: 0,
  cuts: [],
  clean: 0,
  service: '',
};

export function factsOf(
  universe: Universe,
  instance: Instance,
  admitted: readonly BlockId[],
): Facts {
  const { index, cuts, graph } = instance.core;
  let [accepted, rejected, ledgerAccepted, ledgerRejected] = [0, 0, 0, 0];
  for (const { txid } of universe.transactions) {
    const entry = index.get(txid);
    if (entry === undefined) continue;
    const bit = universe.bit(txid);
    const agreed = entry.ledger?.outcome ?? null;
    const outcome = agreed ?? entry.early;
    if (agreed !== null) {
      if (agreed.accepted) ledgerAccepted |= bit;
      else ledgerRejected |= bit;
    }
    if (outcome === null) continue;
    if (outcome.accepted) accepted |= bit;
    else rejected |= bit;
  }
  const applied = Array.from({ length: cuts.applied }, (_, i) => graph.node(cuts.cut(i + 1)));
  const clean = admitted.reduce((mask, id) => mask | universe.at(id).cleanVerdicts, 0);
  return {
    accepted,
    rejected,
    ledgerAccepted,
    ledgerRejected,
    clean,
    cuts: applied.map(({ digest }) => digest),
    service: serviceOf(universe, instance),
  };
}

function serviceOf(universe: Universe, { core: { acks, graph, index } }: Instance): string {
  const answers = universe.transactions.map(({ txid }) => {
    const entry = index.tracked.get(txid);
    if (entry === undefined) return '';
    const all = graph.all;
    const counts = [false, true].flatMap((clean) => [
      acks.countAcks(entry, all, clean),
      acks.countVerdicts(entry, all, clean),
    ]);
    return `${counts} ${acks.dependencies(entry, all)}`;
  });
  return answers.join('|');
}

/** The same by the definitions, for the payments about which the service answered. */
function serviceByDefinition(universe: Universe, { model }: Reference, service: string): string {
  const all = everything(model);
  const given = service.split('|');
  const answers = universe.transactions.map(({ txid }, i) => {
    if (given[i] === '') return '';
    const counts = [ackLanes, verdictLanes, cleanAckLanes, cleanVerdictLanes].map(
      (lanes) => lanes(model, txid, all).size,
    );
    return `${counts} ${[...depsIn(model, txid, all)].sort()}`;
  });
  return answers.join('|');
}

/**
 * All that can be asked of a replica from outside, and the vectors that its next steps rest on. Two orders
 * of the same admissions must agree in it.
 */
export function observation(universe: Universe, instance: Instance): string {
  const { replica, core } = instance;
  const statuses = universe.transactions.map(({ txid }) => replica.status(txid));
  const { certified, settled, frontier } = core.graph.all;
  const { admittedBlocks, finalClean, finalContested, rejectedTxs } = replica.counters();
  const evidence = replica.evidence().map(({ lane }) => lane);
  return JSON.stringify([
    statuses,
    ...[certified, settled, frontier].map((vector) => Array.from(vector)),
    replica.lanes().map(({ seq, certified: upTo, final, waiting }) => [seq, upTo, final, waiting]),
    replica.progress(),
    [admittedBlocks, finalClean, finalContested, rejectedTxs],
    evidence,
    serviceOf(universe, instance),
  ]);
}

/** Holds what a replica says against the definitions, evaluated on the blocks that it admitted. */
export function judgeFacts(
  universe: Universe,
  admitted: readonly BlockId[],
  facts: Facts,
): Finding | null {
  const verdicts = admitted.reduce((mask, id) => mask | universe.at(id).verdicts, 0);
  if (verdicts === 0 && /^\|*$/.test(facts.service)) {
    return facts.accepted === 0 ? null : early(universe, facts.accepted);
  }
  const reference = universe.reference(admitted);
  const findings: Finding[] = [];
  const report = (checker: CheckerName, detail: string) => findings.push({ checker, detail });
  const { model } = reference;
  checkDecisions(model, report);
  if (findings.length === 0) {
    const ledger = reference.ledgerIn(everything(model));
    checkRivals(model, ledger, report);
    if (ledger !== undefined) checkConservation(model, ledger, report);
    const settled = universe.transactions.reduce((mask, { txid }) => {
      const here = model.transactions.has(txid);
      const is = here && reference.settledIn(txid, everything(model), ledger);
      return is ? mask | universe.bit(txid) : mask;
    }, 0);
    const found =
      compareFinal(universe, facts, settled) ??
      compareLedger(universe, facts, ledger) ??
      compareService(universe, reference, facts);
    if (found !== null) findings.unshift(found);
  }
  return findings[0] ?? null;
}

/** What is new in `after` may only add to `before`. */
export function goesBack(before: Facts, after: Facts): boolean {
  const lost =
    (before.accepted & ~after.accepted) |
    (before.rejected & ~after.rejected) |
    (before.ledgerAccepted & ~after.ledgerAccepted) |
    (before.ledgerRejected & ~after.ledgerRejected);
  return lost !== 0 || before.cuts.some((cut, i) => cut !== after.cuts[i]);
}

/** Two correct validators, in one world. */
export function contradiction(universe: Universe, a: Facts, b: Facts): Finding | null {
  for (let i = 0; i < universe.rivals.length; i++) {
    const bit = 1 << i;
    const rivals = universe.rivals[i] as Mask;
    const name = universe.paymentNames(bit);
    if ((a.accepted & bit) !== 0 && (b.accepted & rivals) !== 0) {
      const others = universe.paymentNames(b.accepted & rivals);
      return { checker: 'rivals-accepted', detail: `${name} here, ${others} there` };
    }
    if ((a.accepted & b.rejected & bit) !== 0) {
      return { checker: 'outcome', detail: `${name} is accepted here and rejected there` };
    }
    if ((a.clean & bit) !== 0 && (b.clean & rivals) !== 0) {
      const others = universe.paymentNames(b.clean & rivals);
      return { checker: 'one-clean-rival', detail: `${name} and ${others}` };
    }
  }
  const epochs = Math.min(a.cuts.length, b.cuts.length);
  for (let i = 0; i < epochs; i++) {
    if (a.cuts[i] === b.cuts[i]) continue;
    return { checker: 'cut-agreement', detail: `epoch ${i + 1}: two cuts` };
  }
  return null;
}

function early(universe: Universe, mask: Mask): Finding {
  return { checker: 'early-final', detail: `${universe.paymentNames(mask)} is not settled` };
}

function compareService(
  universe: Universe,
  reference: Reference,
  { service }: Facts,
): Finding | null {
  const right = serviceByDefinition(universe, reference, service);
  if (right === service) return null;
  return { checker: 'dependency-service', detail: `${service}, not ${right}` };
}

function compareFinal(universe: Universe, { accepted }: Facts, settled: Mask): Finding | null {
  if ((accepted & ~settled) !== 0) return early(universe, accepted & ~settled);
  const missed = settled & ~accepted;
  if (missed === 0) return null;
  return { checker: 'final-missed', detail: `${universe.paymentNames(missed)} is settled` };
}

function compareLedger(
  universe: Universe,
  facts: Facts,
  ledger: Ledger | undefined,
): Finding | null {
  const epoch = ledger?.epoch ?? 0;
  if (facts.cuts.length !== epoch) {
    return { checker: 'checkpoint', detail: `applied ${facts.cuts.length} of ${epoch} epochs` };
  }
  if (ledger === undefined) return null;
  if (facts.cuts.at(-1) !== ledger.cut.digest) {
    return { checker: 'checkpoint', detail: `epoch ${epoch}: another cut` };
  }
  let [accepted, rejected] = [0, 0];
  for (const { outcome } of ledger.outcomes.values()) {
    const bit = bitOf(universe, outcome);
    if (outcome.accepted) accepted |= bit;
    else rejected |= bit;
  }
  const same = accepted === facts.ledgerAccepted && rejected === facts.ledgerRejected;
  return same ? null : { checker: 'checkpoint', detail: `epoch ${epoch}: another ledger` };
}

function bitOf(universe: Universe, { txid }: Outcome): Mask {
  return universe.bit(txid);
}
