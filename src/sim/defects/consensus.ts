import type { NodeId } from '../../types/dag.ts';
import type { Scenario } from '../traits.ts';
import { type Defect, forked, impatient, peaceful, withQuorum } from './defect.ts';

const FAR_REACHING = ['checkpoint', 'outcome', 'failure', 'own-admissible', 'admission'] as const;

export const CONSENSUS_DEFECTS = {
  'quorum-too-small': {
    caughtBy: ['early-final', ...FAR_REACHING],
    committee: (committee) => ({ ...committee, quorum: committee.quorum - 1 }),
  },
  'prepared-ignored': {
    caughtBy: ['early-final', ...FAR_REACHING],
    scenario: impatient,
    tamper({ rules }) {
      rules.value = (_epoch, proposal) => proposal;
    },
  },
  'carried-value-misread': {
    caughtBy: ['early-final', 'no-outcome', ...FAR_REACHING],
    scenario: hasty,
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
  'commits-unprepared': {
    caughtBy: ['own-admissible', 'admission'],
    tamper({ book }) {
      book.isPrepared = () => true;
    },
  },
  'prepared-by-fewer': {
    caughtBy: FAR_REACHING,
    tamper(core) {
      const { book, graph } = core;
      const isPrepared = book.isPrepared.bind(book);
      book.isPrepared = (...asked) =>
        withQuorum(core, graph.quorum - 1, () => isPrepared(...asked));
    },
  },
  'decided-by-fewer': {
    caughtBy: ['early-final', ...FAR_REACHING],
    tamper(core) {
      const { book, graph } = core;
      const decided = book.decided.bind(book);
      book.decided = (...asked) => withQuorum(core, graph.quorum - 1, () => decided(...asked));
    },
  },
  'views-entered-by-fewer': {
    caughtBy: ['own-admissible', 'admission'],
    scenario: impatient,
    tamper({ book, options }) {
      const count = book.countViewChanges.bind(book);
      book.countViewChanges = (...asked) => count(...asked) + options.committee.f;
    },
  },
  'leaders-never-change': {
    caughtBy: ['no-outcome', 'not-final', 'not-silent'],
    scenario: impatient,
    tamper({ book }) {
      book.countViewChanges = () => 0;
    },
  },
  'everybody-leads': {
    caughtBy: ['own-admissible', 'admission'],
    tamper({ rules, options }) {
      const leader = rules.leader.bind(rules);
      rules.leader = (epoch, view) => options.lane ?? leader(epoch, view);
    },
  },
  'equivocators-lead': {
    caughtBy: FAR_REACHING,
    scenario: (scenario) => impatient(forked(scenario)),
    tamper({ rules }) {
      const leaders = rules.leaders.bind(rules);
      rules.leaders = (epoch) => (epoch === 1 ? leaders(epoch) : rules.activeLanes(epoch - 1));
    },
  },
  'epoch-by-everything-known': {
    caughtBy: ['own-admissible', 'admission', 'failure', 'no-outcome'],
    tamper({ rules, graph }) {
      const decided = rules.decidedEpochs.bind(rules);
      rules.decidedEpochs = (_history, known, own) => decided(graph.all, known, own);
    },
  },
  /** Whether a cut is needed is asked of the own last block, which nobody may ever follow with another. */
  'timers-by-own-last-block': {
    caughtBy: ['no-outcome'],
    scenario: neighbours,
    tamperParts({ core, builder }) {
      if (builder === null) return;
      const { drafting } = builder;
      const need = drafting.need.bind(drafting);
      drafting.need = (draft) => {
        if (draft.prev === 0) return 'none';
        const node = core.graph.node(draft.prev);
        return need({ ...draft, node }, node.epoch);
      };
    },
  },
} as const satisfies Record<string, Defect>;

/** Most views end before they decide, so that much is prepared in several. */
function hasty(scenario: Scenario): Scenario {
  const policy = { ...scenario.policy, viewTimeoutMs: 150, epochIntervalMs: 300 };
  return { ...scenario, policy, faultMs: 4000 };
}

/** Machines side by side that cut at once, so that the last payment meets a network at rest. */
function neighbours(scenario: Scenario): Scenario {
  const calm = peaceful(scenario);
  const host = { ...calm.hosts[0]!, syncUs: 100, inputUs: 50 };
  return {
    ...calm,
    hosts: calm.hosts.map(() => host),
    workload: { ...scenario.workload, payments: 3 },
    policy: {
      ...scenario.policy,
      minBlockIntervalMs: 5,
      minEpochIntervalMs: 5,
      epochIntervalMs: 5,
    },
  };
}
