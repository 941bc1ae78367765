import type { Committee } from '../committee/committee.ts';
import type { Core } from '../replica/core.ts';
import type { Input } from '../replica/effects.ts';
import type { History, NodeId } from '../types/dag.ts';
import type { CheckerName } from './checkers/names.ts';
import { createReplica } from './machine.ts';
import type { Scenario } from './scenario.ts';
import type { CreateMachine } from './world.ts';

/**
 * Bugs planted into every correct validator of a run, to show that the checkers can fail. Each breaks
 * one rule of the protocol, or one duty of the driver or the disk.
 */
export type Defect = {
  /** What should catch it. */
  readonly caughtBy: readonly CheckerName[];
  readonly tamper?: (core: Core) => void;
  readonly committee?: (committee: Committee) => Committee;
  /** Inputs that the machine never sees. */
  readonly ignores?: (input: Input, lane: number) => boolean;
  /** Faults of the host, or a scenario in which the bug shows sooner. */
  readonly scenario?: (scenario: Scenario) => Scenario;
};

/** Many double spends, so that cuts have something to resolve. */
function disputed(scenario: Scenario): Scenario {
  const workload = { ...scenario.workload, payments: 30, doubleSpends: 0.7 };
  return { ...scenario, workload };
}

/** Leaders that are often too late. */
function impatient(scenario: Scenario): Scenario {
  const policy = { ...scenario.policy, viewTimeoutMs: 250, epochIntervalMs: 500 };
  return { ...scenario, policy };
}

function crashing(scenario: Scenario): Scenario {
  return { ...scenario, faults: { ...scenario.faults, crashEveryMs: 500, downMs: 300 } };
}

export const DEFECTS = {
  'quorum-too-small': {
    caughtBy: ['own-admissible', 'admission', 'early-final', 'checkpoint', 'outcome'],
    committee: (committee) => ({ ...committee, quorum: committee.quorum - 1 }),
  },
  'verdict-changes': {
    caughtBy: ['early-final', 'outcome', 'checkpoint', 'own-admissible', 'admission', 'failure'],
    scenario: disputed,
    tamper({ acks, graph }) {
      acks.verdict = (entry, tip) => {
        const node = graph.node(tip);
        if (acks.countAcks(entry, node, false) < graph.quorum) return null;
        const clean = acks.countAcks(entry, node, true) >= graph.quorum;
        return { block: tip, seq: node.seq, clean };
      };
    },
  },
  'class-by-majority': {
    caughtBy: ['checkpoint', 'outcome', 'failure', 'own-admissible', 'admission', 'early-final'],
    scenario: disputed,
    tamper({ acks, graph }) {
      const count = acks.countVerdicts.bind(acks);
      acks.countVerdicts = (entry, history, cleanOnly) => {
        const found = count(entry, history, cleanOnly);
        return cleanOnly && found <= graph.quorum / 2 ? 0 : found;
      };
    },
  },
  'members-by-acks': {
    caughtBy: ['checkpoint', 'outcome', 'failure', 'own-admissible', 'admission', 'early-final'],
    scenario: disputed,
    tamper({ acks }) {
      const count = acks.countVerdicts.bind(acks);
      acks.countVerdicts = (entry, history, cleanOnly) =>
        cleanOnly ? count(entry, history, true) : acks.countAcks(entry, history, false);
    },
  },
  'dependencies-not-awaited': {
    caughtBy: ['checkpoint', 'outcome', 'failure', 'own-admissible', 'admission', 'early-final'],
    scenario: disputed,
    tamper({ acks }) {
      acks.dependencies = () => [];
    },
  },
  'prepared-ignored': {
    caughtBy: ['checkpoint', 'outcome', 'failure', 'own-admissible', 'admission', 'early-final'],
    scenario: impatient,
    tamper({ rules }) {
      rules.value = (_epoch, proposal) => proposal;
    },
  },
  'carried-value-misread': {
    caughtBy: ['checkpoint', 'outcome', 'failure', 'own-admissible', 'admission'],
    scenario: impatient,
    tamper({ rules, graph, book }) {
      rules.value = (epoch, proposal) => {
        const node = graph.node(proposal);
        const view = node.votes.find((vote) => vote.kind === 'propose')?.view ?? 0;
        let best: { view: number; block: NodeId } | null = null;
        for (const id of book.viewChanges(epoch, view, node)) {
          const shown = book.highestPrepared(epoch, view, graph.node(id));
          if (shown !== null && shown.view > (best?.view ?? -1)) best = shown;
        }
        return best?.block ?? proposal;
      };
    },
  },
  'acks-by-arrival': {
    caughtBy: ['early-final', 'checkpoint', 'outcome', 'failure', 'own-admissible', 'admission'],
    scenario: disputed,
    tamper({ graph }) {
      const step = graph.step.bind(graph);
      graph.step = (id) => [...step(id)].sort((a, b) => a - b);
    },
  },
  'context-by-local-state': {
    caughtBy: ['own-admissible', 'admission', 'no-outcome', 'not-final'],
    scenario: chained,
    tamper({ settlement, graph }) {
      const isClean = settlement.isClean.bind(settlement);
      settlement.isClean = (entry) => isClean(entry, graph.all);
    },
  },
  'settled-by-newest-tips': {
    caughtBy: ['own-admissible', 'admission', 'no-outcome', 'not-final'],
    scenario: chained,
    tamper({ settlement, graph }) {
      const isClean = settlement.isClean.bind(settlement);
      settlement.isClean = (entry, history) =>
        isClean(entry, { ...history, settled: graph.all.settled });
    },
  },
  'leaders-never-change': {
    caughtBy: ['no-outcome', 'not-final', 'not-silent'],
    scenario: impatient,
    tamper({ book }) {
      book.countViewChanges = () => 0;
    },
  },
  'seq-reused': {
    caughtBy: ['one-block-per-seq'],
    scenario: (scenario) => ({ ...crashing(scenario), lyingDisk: true }),
    ignores: (input, lane) => input.kind === 'block' && input.block.header.lane === lane,
  },
  'sync-lies': {
    caughtBy: ['failure', 'one-block-per-seq'],
    scenario: (scenario) => ({ ...crashing(scenario), lyingDisk: true }),
  },
  'early-in-ledger': {
    caughtBy: ['checkpoint', 'outcome', 'failure', 'own-admissible', 'admission'],
    tamper({ rules, graph }) {
      const decision = rules.decision.bind(rules);
      const node = graph.node.bind(graph);
      const settledHere = new Map<NodeId, Int32Array>();
      rules.decision = (...question) => {
        const cut = decision(...question);
        if (cut !== 0 && !settledHere.has(cut)) settledHere.set(cut, graph.all.settled);
        return cut;
      };
      graph.node = (id) => {
        const settled = settledHere.get(id);
        return settled === undefined ? node(id) : { ...node(id), settled };
      };
    },
  },
  'store-loses-block': {
    caughtBy: ['failure'],
    scenario: crashing,
    tamper({ graph }) {
      const find = graph.find.bind(graph);
      graph.find = (digest) => (digest.startsWith('0') ? 0 : find(digest));
    },
  },
  'word-before-disk': {
    caughtBy: ['durability', 'one-block-per-seq'],
    scenario: (scenario) => ({ ...crashing(scenario), hastyDriver: true }),
  },
  'first-branch-only': {
    caughtBy: ['admission', 'own-admissible', 'checkpoint', 'outcome', 'failure', 'no-outcome'],
    scenario: disputed,
    tamper({ graph }) {
      const tips = graph.branchTips.bind(graph);
      graph.branchTips = (history, lane) => tips(history, lane).slice(0, 1);
    },
  },
  'equivocators-referenced': {
    caughtBy: ['admission', 'own-admissible'],
    tamper({ graph }) {
      const form = graph.form.bind(graph);
      const none: History['forks'] = new Map();
      graph.form = (...words) => ({ ...form(...words), forks: none });
    },
  },
  'epoch-by-everything-known': {
    caughtBy: ['own-admissible', 'admission', 'failure', 'no-outcome'],
    tamper({ rules, graph }) {
      const decided = rules.decidedEpochs.bind(rules);
      rules.decidedEpochs = (_history, known, own) => decided(graph.all, known, own);
    },
  },
  'commits-unprepared': {
    caughtBy: ['own-admissible'],
    tamper({ book }) {
      book.isPrepared = () => true;
    },
  },
  'every-ack-clean': {
    caughtBy: ['early-final', 'rivals-accepted', 'outcome', 'checkpoint', 'failure', 'admission'],
    scenario: disputed,
    tamper({ acks }) {
      const ack = acks.ack.bind(acks);
      acks.ack = (entry, tip) => {
        const found = ack(entry, tip);
        return found === null ? null : { ...found, clean: true };
      };
    },
  },
  'final-when-certified': {
    caughtBy: ['early-final'],
    tamper({ graph }) {
      const all = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(graph), 'all')!.get!;
      Object.defineProperty(graph, 'all', {
        get() {
          const history: History = all.call(graph);
          return { ...history, settled: history.certified };
        },
      });
    },
  },
} as const satisfies Record<string, Defect>;

export type DefectName = keyof typeof DEFECTS;

/** Payments that build on each other, and a validator that carries children where it should not. */
function chained(scenario: Scenario): Scenario {
  const workload = { ...scenario.workload, payments: 24, chains: 0.7, doubleSpends: 0.2 };
  return { ...scenario, workload, byzantine: new Map([[0, 'forger']]) };
}

/** A validator with this bug. */
export function createDefective(defect: Defect): CreateMachine {
  return (stage, lane, disk) => {
    const committee = defect.committee?.(stage.committee) ?? stage.committee;
    const machine = createReplica({ ...stage, committee }, lane, disk, defect.tamper);
    const { ignores } = defect;
    if (ignores === undefined) return machine;
    const tick: Input = { kind: 'tick' };
    return {
      ...machine,
      step: (nowMs, input) => machine.step(nowMs, ignores(input, lane) ? tick : input),
    };
  };
}
