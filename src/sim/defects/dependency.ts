import type { Scenario } from '../traits.ts';
import {
  chained,
  type Defect,
  disputed,
  FAR_REACHING,
  forked,
  peaceful,
  racing,
  scheming,
} from './defect.ts';

export const DEPENDENCY_DEFECTS = {
  'verdict-changes': {
    caughtBy: FAR_REACHING,
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
  'every-ack-clean': {
    caughtBy: ['rivals-accepted', ...FAR_REACHING],
    scenario: disputed,
    tamper({ acks }) {
      const ack = acks.ack.bind(acks);
      acks.ack = (entry, tip) => {
        const found = ack(entry, tip);
        return found === null ? null : { ...found, clean: true };
      };
    },
  },
  'rivals-unseen': {
    caughtBy: ['rivals-accepted', ...FAR_REACHING],
    scenario: disputed,
    tamper({ index }) {
      index.spenders = () => [];
    },
  },
  'copies-uncounted': {
    caughtBy: ['no-outcome', ...FAR_REACHING],
    scenario: (scenario) => ({
      ...disputed(scenario),
      workload: { ...scenario.workload, payments: 24, copies: 0.8 },
    }),
    tamper({ index }) {
      const add = index.add.bind(index);
      index.add = (node, block, nowMs) => {
        const txs = block.txs.filter((tx) => index.get(tx.txid) === undefined);
        return add(node, { ...block, txs }, nowMs);
      };
    },
  },
  'forks-untracked': {
    caughtBy: ['no-outcome', 'not-final', ...FAR_REACHING],
    scenario: (scenario) => forked(disputed(scenario)),
    tamper({ index }) {
      index.trackFork = () => undefined;
    },
  },
  'dependencies-not-awaited': {
    caughtBy: FAR_REACHING,
    scenario: disputed,
    tamper({ acks }) {
      acks.dependencies = () => [];
    },
  },
  /**
   * What is executed here seems to need no waiting for: a local fact takes a dependency away. It shows when
   * three acks of u lead to a cut that has no three verdicts on t yet, and the fourth makes t final meanwhile.
   */
  'dependencies-pruned-by-execution': {
    caughtBy: FAR_REACHING,
    scenario: racing,
    tamper({ acks, early }) {
      const dependencies = acks.dependencies.bind(acks);
      acks.dependencies = (entry, history) =>
        dependencies(entry, history).filter((txid) => early.outcome(txid) === null);
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
  'parents-believed': {
    caughtBy: ['own-admissible', 'admission', 'failure'],
    scenario: chained,
    tamper({ settlement }) {
      settlement.isSettled = () => true;
    },
  },
  'rejected-parents-settled': {
    caughtBy: ['own-admissible', 'admission', 'not-given-up'],
    scenario: orphaned,
    tamper({ settlement }) {
      settlement.isSettled = (entry, history) => settlement.isClean(entry, history);
    },
  },
} as const satisfies Record<string, Defect>;

/** Many parents lose, and somebody carries their children afterwards. */
function orphaned(scenario: Scenario): Scenario {
  const drawn = scheming(peaceful(scenario), 'old-transactions');
  const { workload } = scenario;
  return {
    ...drawn,
    faultMs: 3000,
    workload: { ...workload, payments: 40, chains: 0.2, doubleSpends: 0.8, invalid: 0 },
  };
}
