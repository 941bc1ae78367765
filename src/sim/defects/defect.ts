import type { Committee } from '../../committee/committee.ts';
import type { Core } from '../../replica/core.ts';
import type { Input } from '../../replica/effects.ts';
import type { ReplicaOptions } from '../../replica/replica-options.ts';
import type { LaneId } from '../../types/ids.ts';
import type { CheckerName } from '../checkers/names.ts';
import { createReplica, type Machine } from '../host/machine.ts';
import { type ByzantineKind, NO_FAULTS, type Scenario } from '../traits.ts';
import type { CreateMachine } from '../world/world.ts';

/**
 * A bug planted into every validator of a run that runs the protocol's code, to show that the checkers
 * can fail. It breaks one rule of the protocol, or one duty of the driver or the disk.
 */
export type Defect = Pick<ReplicaOptions, 'tamper' | 'tamperParts'> & {
  /** What should catch it. */
  readonly caughtBy: readonly CheckerName[];
  readonly committee?: (committee: Committee) => Committee;
  /** The machine behind something that changes what it hears, remembers or says. */
  readonly machine?: (sound: Machine, lane: LaneId, core: Core) => Machine;
  /** Faults of the host, or a scenario in which the bug shows sooner. */
  readonly scenario?: (scenario: Scenario) => Scenario;
};

/** What catches a verdict or an admission that is not by the rules: each is soon built upon. */
export const FAR_REACHING = [
  'early-final',
  'checkpoint',
  'outcome',
  'failure',
  'own-admissible',
  'admission',
] as const satisfies readonly CheckerName[];

/** A validator with this bug. */
export function createDefective(defect: Defect): CreateMachine {
  return (stage, lane, disk) => {
    const committee = defect.committee?.(stage.committee) ?? stage.committee;
    let core: Core | null = null;
    const machine = createReplica({ ...stage, committee }, lane, disk, {
      tamper: (parts) => {
        core = parts;
        defect.tamper?.(parts);
      },
      ...(defect.tamperParts === undefined ? {} : { tamperParts: defect.tamperParts }),
    });
    return defect.machine?.(machine, lane, core!) ?? machine;
  };
}

/** The machine, hearing something else; null: it hears nothing. */
export function hearing(machine: Machine, heard: (input: Input) => Input | null): Machine {
  const nothing: Input = { kind: 'tick' };
  return {
    ...machine,
    step: (nowMs, input, more) => machine.step(nowMs, heard(input) ?? nothing, more),
  };
}

/** Runs with the graph's quorum changed. */
export function withQuorum<T>({ graph }: Core, quorum: number, run: () => T): T {
  const kept = graph.quorum;
  Object.assign(graph, { quorum });
  try {
    return run();
  } finally {
    Object.assign(graph, { quorum: kept });
  }
}

/** Many double spends, so that cuts have something to resolve. */
export function disputed(scenario: Scenario): Scenario {
  const workload = { ...scenario.workload, payments: 30, doubleSpends: 0.7 };
  return { ...scenario, workload };
}

/** One Byzantine validator of this kind, and nobody else who is missing for ever. */
export function withLiar(scenario: Scenario, kind: ByzantineKind): Scenario {
  const { rounds: _, ...rest } = scenario;
  return { ...rest, byzantine: new Map([[0, kind]]), faults: { ...scenario.faults, frozen: [] } };
}

/** It lies to a plan. */
export function scheming(scenario: Scenario, ...attacks: Scenario['attacks']): Scenario {
  return { ...withLiar(scenario, 'schemer'), attacks };
}

/** Everybody is right, and nothing goes wrong. */
export function peaceful(scenario: Scenario): Scenario {
  const { rounds: _, ...rest } = scenario;
  const network = { ...scenario.network, lossRate: 0, duplicateRate: 0 };
  return { ...rest, byzantine: new Map(), network, faults: NO_FAULTS };
}

/** Payments that build on each other, and a validator that carries children where it should not. */
export function chained(scenario: Scenario): Scenario {
  const workload = { ...scenario.workload, payments: 24, chains: 0.7, doubleSpends: 0.2 };
  return withLiar({ ...scenario, workload }, 'forger');
}

/** Leaders that are often too late. */
export function impatient(scenario: Scenario): Scenario {
  const policy = { ...scenario.policy, viewTimeoutMs: 250, epochIntervalMs: 500 };
  return { ...scenario, policy };
}

export function crashing(scenario: Scenario): Scenario {
  return { ...scenario, faults: { ...scenario.faults, crashEveryMs: 500, downMs: 300 } };
}

/** A validator forks its lane. */
export function forked(scenario: Scenario): Scenario {
  return withLiar(scenario, 'forger');
}

/** Messages get lost, so that much has to be asked for. */
export function lossy(scenario: Scenario): Scenario {
  const network = { ...scenario.network, lossRate: 0.25, inOrder: false, cutLoses: true };
  return { ...scenario, network };
}

/**
 * Two neighbours, one validator x away, one 1.8 x away. Rivals that start at a neighbour and at the third
 * are in a cut by the three after 3 x; the fourth makes the neighbour's one final after 3.6 x; the cut is
 * decided after 5 x.
 */
export function racing(scenario: Scenario): Scenario {
  const calm = peaceful(scenario);
  const host = { ...calm.hosts[0]!, inputUs: 100, transactionUs: 50, syncUs: 100, clockRate: 1 };
  const regions = ['frankfurt', 'frankfurt', 'virginia', 'singapore'] as const;
  const pace = { minBlockIntervalMs: 5, batchTimeoutMs: 0, minEpochIntervalMs: 50 };
  return {
    ...calm,
    hosts: regions.map((region) => ({ ...host, region })),
    network: { ...calm.network, jitter: 0.05 },
    faultMs: 8000,
    workload: { ...scenario.workload, payments: 25, doubleSpends: 1, invalid: 0 },
    policy: { ...scenario.policy, ...pace, epochIntervalMs: 3000, viewTimeoutMs: 1500 },
  };
}
