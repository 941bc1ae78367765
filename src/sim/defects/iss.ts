import type { Scenario } from '../traits.ts';
import { type Defect, disputed, forked, peaceful, withLiar } from './defect.ts';

/** One block of a lane at a time, so that much is forwarded, and one that forwards to itself only. */
function crowded(scenario: Scenario): Scenario {
  return {
    ...withLiar(scenario, 'silent'),
    policy: { ...scenario.policy, laneWindow: 1, batchTxsMax: 1 },
    workload: { ...scenario.workload, payments: 40, doubleSpends: 0 },
  };
}

export const ISS_DEFECTS = {
  'forwarded-and-forgotten': {
    caughtBy: ['not-final'],
    scenario: crowded,
    tamperParts({ intake }) {
      const submit = intake.submit.bind(intake);
      intake.submit = (tx, nowMs, uncheckpointed) => {
        const taken = submit(tx, nowMs, uncheckpointed);
        if (taken.forwardTo !== null) intake.pool.remove(tx.txid);
        return taken;
      };
    },
  },
  'window-ignored': {
    caughtBy: ['own-admissible'],
    scenario: (scenario) => ({
      ...peaceful(crowded(scenario)),
      laneWindowMax: 3,
      hosts: scenario.hosts.map((host, lane) => (lane < 2 ? host : { ...host, inputUs: 20_000 })),
    }),
    tamperParts({ admission }) {
      admission.certifiedPayloads = (node) => node.payloads;
    },
  },
  'never-proposed-again': {
    caughtBy: ['no-outcome', 'not-final', 'not-given-up'],
    scenario: forked,
    tamperParts({ intake }) {
      intake.tick = () => undefined;
    },
  },
  'parents-awaited-for-ever': {
    caughtBy: ['not-given-up'],
    scenario: disputed,
    tamperParts({ intake }) {
      intake.pool.expire = () => [];
    },
  },
  'mempool-forgets': {
    caughtBy: ['not-final'],
    scenario: (scenario) => ({
      ...peaceful(scenario),
      policy: { ...scenario.policy, batchTxsMax: 50, batchTimeoutMs: 100, minBlockIntervalMs: 100 },
      workload: { ...scenario.workload, payments: 60 },
    }),
    tamperParts({ intake }) {
      const batch = intake.batch.bind(intake);
      intake.batch = (draft, epoch, nowMs) => {
        const txs = batch(draft, epoch, nowMs);
        for (const tx of txs.slice(1)) intake.pool.remove(tx.txid);
        return txs.slice(0, 1);
      };
    },
  },
} as const satisfies Record<string, Defect>;
