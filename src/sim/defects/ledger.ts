import type { Scenario } from '../traits.ts';
import { type Defect, disputed, peaceful } from './defect.ts';

export const LEDGER_DEFECTS = {
  'remainder-paid-out': {
    caughtBy: ['checkpoint'],
    tamper({ coins }) {
      const create = coins.create.bind(coins);
      coins.create = (txid, outputs, epoch) => {
        const [first, ...others] = outputs;
        if (epoch === 0 || first === undefined) return create(txid, outputs, epoch);
        create(txid, [{ ...first, amount: first.amount + 1n }, ...others], epoch);
      };
    },
  },
  'change-lost': {
    caughtBy: ['checkpoint', 'own-admissible', 'admission', 'failure'],
    tamper({ coins }) {
      const create = coins.create.bind(coins);
      coins.create = (txid, outputs, epoch) =>
        create(txid, epoch > 0 && outputs.length === 2 ? outputs.slice(0, 1) : outputs, epoch);
    },
  },
  'root-of-later-state': {
    caughtBy: ['checkpoint', 'failure'],
    scenario: lagging,
    tamper({ coins }) {
      const leavesAt = coins.leavesAt.bind(coins);
      coins.leavesAt = (touched) => leavesAt(touched, Number.MAX_SAFE_INTEGER);
    },
  },
  'rejected-left-out': {
    caughtBy: ['checkpoint'],
    scenario: disputed,
    tamperParts({ checkpoints }) {
      const close = checkpoints.close.bind(checkpoints);
      checkpoints.close = (applied, coins) => {
        const outcomes = applied.closed.outcomes.filter(({ accepted }) => accepted);
        close({ ...applied, closed: { ...applied.closed, outcomes } }, coins);
      };
    },
  },
  'newest-time': {
    caughtBy: ['checkpoint'],
    tamperParts({ checkpoints }) {
      const close = checkpoints.close.bind(checkpoints);
      checkpoints.close = (applied, coins) => {
        const { closed } = applied;
        const newest = Math.max(...closed.newestTimesMs);
        const newestTimesMs = closed.newestTimesMs.map(() => newest);
        close({ ...applied, closed: { ...closed, newestTimesMs } }, coins);
      };
    },
  },
  'certificate-by-fewer': {
    caughtBy: ['checkpoint'],
    tamperParts({ checkpoints, core }) {
      const { committee } = core.options;
      const byFewer = <T>(run: () => T): T => {
        const { quorum } = committee;
        Object.assign(committee, { quorum: quorum - 1 });
        try {
          return run();
        } finally {
          Object.assign(committee, { quorum });
        }
      };
      const count = checkpoints.count.bind(checkpoints);
      const complete = checkpoints.complete.bind(checkpoints);
      checkpoints.count = (node) => byFewer(() => count(node));
      checkpoints.complete = (epoch, roots) => byFewer(() => complete(epoch, roots));
    },
  },
  'touched-forgotten': {
    caughtBy: ['checkpoint', 'failure'],
    tamperParts({ checkpoints }) {
      const close = checkpoints.close.bind(checkpoints);
      checkpoints.close = (applied, coins) =>
        close({ ...applied, touched: applied.touched.slice(1) }, coins);
    },
  },
} as const satisfies Record<string, Defect>;

/** Cuts follow each other faster than a slow processor computes roots. */
function lagging(scenario: Scenario): Scenario {
  const calm = peaceful(scenario);
  const gray = { grayEveryMs: 150, grayMs: 300, grayFactor: 100 };
  return {
    ...calm,
    hosts: calm.hosts.map(() => ({ ...calm.hosts[0]!, inputUs: 50, syncUs: 100 })),
    faults: { ...calm.faults, ...gray },
    workload: { ...scenario.workload, payments: 30 },
    policy: {
      ...scenario.policy,
      minBlockIntervalMs: 5,
      minEpochIntervalMs: 5,
      epochIntervalMs: 5,
    },
  };
}
