import { faultsOf } from '../committee/committee.ts';
import type { Policy } from '../replica/replica-options.ts';
import { createPrng, type Prng } from '../std/prng.ts';
import type { LaneId } from '../types/ids.ts';
import { REGIONS, type Region } from './latency-table.ts';
import type { NetworkTraits } from './network.ts';

/** How a Byzantine validator lies. */
export const BYZANTINE_KINDS = ['silent', 'shim', 'forger'] as const;
export type ByzantineKind = (typeof BYZANTINE_KINDS)[number];

export type HostTraits = {
  readonly region: Region;
  /** Microseconds of work per input, and per transaction in it. */
  readonly inputUs: number;
  readonly transactionUs: number;
  readonly syncUs: number;
  /** Local milliseconds per true millisecond, and the clock's offset. */
  readonly clockRate: number;
  readonly clockOffsetMs: number;
};

export type FaultRates = {
  /** Mean time between crashes of somebody; 0: none. */
  readonly crashEveryMs: number;
  readonly downMs: number;
  readonly cutEveryMs: number;
  readonly cutMs: number;
  /** Share of cuts that work in one direction only. */
  readonly oneWay: number;
  /** This many correct validators stay down after healing. */
  readonly lostForever: number;
};

export type WorkloadRates = {
  readonly owners: number;
  readonly payments: number;
  /** Shares of the payments that are made so. */
  readonly chains: number;
  readonly doubleSpends: number;
  readonly copies: number;
  readonly multi: number;
  readonly invalid: number;
};

/** Everything that one seed decides, drawn before the run begins. */
export type Scenario = {
  readonly seed: string;
  readonly n: number;
  readonly byzantine: ReadonlyMap<LaneId, ByzantineKind>;
  readonly hosts: readonly HostTraits[];
  readonly network: NetworkTraits;
  readonly faults: FaultRates;
  readonly workload: WorkloadRates;
  readonly policy: Policy;
  readonly laneWindowMax: number;
  /** Length of the phase in which everything may go wrong. */
  readonly faultMs: number;
  /** Byzantine lanes go on after healing until everything has its outcome. */
  readonly byzantineToTheEnd: boolean;
  /** Longest time after healing until nothing is owed and all is silent. View time-outs double. */
  readonly patienceMs: number;
  /** Planted faults of the host: what leaves does not wait for the disk; synced records get lost. */
  readonly hastyDriver?: boolean;
  readonly lyingDisk?: boolean;
};

/** `byzantineCount`: more than f makes a control run, in which a violation is right. */
export function drawScenario(seed: string, n: number, byzantineCount?: number): Scenario {
  const prng = createPrng(`${seed}/${n}`);
  const f = faultsOf(n);
  const count = byzantineCount ?? (prng.chance(1 / 4) ? 0 : prng.between(1, Math.max(1, f)));
  const liars = prng.shuffled([...Array(n).keys()]).slice(0, Math.min(count, n));
  const spread = prng.shuffled(REGIONS).slice(0, prng.chance(1 / 4) ? 1 : REGIONS.length);
  const slow = prng.chance(1 / 3) ? prng.below(n) : -1;
  const faultMs = prng.between(3000, 7000);
  return {
    seed,
    n,
    byzantine: new Map(liars.map((lane) => [lane, drawKind(prng)])),
    hosts: Array.from({ length: n }, (_, lane) =>
      drawHost(prng, spread[lane % spread.length]!, lane === slow),
    ),
    network: drawNetwork(prng),
    faults: drawFaults(prng, Math.max(0, f - count)),
    workload: drawWorkload(prng),
    policy: drawPolicy(prng),
    laneWindowMax: prng.pick([3, 8, 32]),
    faultMs,
    byzantineToTheEnd: prng.chance(1 / 2),
    patienceMs: 400_000,
  };
}

/** One line that says what was drawn. */
export function describeScenario(scenario: Scenario): string {
  const { hosts, byzantine, ...rest } = scenario;
  const regions = hosts.map((host) => host.region).join(',');
  const liars = [...byzantine].map(([lane, kind]) => `${lane}:${kind}`).join(',');
  return JSON.stringify({ ...rest, byzantine: liars, regions });
}

function drawKind(prng: Prng): ByzantineKind {
  return prng.pick(['silent', 'shim', 'shim', 'shim', 'forger', 'forger', 'forger']);
}

function drawHost(prng: Prng, region: Region, slow: boolean): HostTraits {
  const factor = slow ? 15 : 1;
  return {
    region,
    inputUs: prng.between(50, 200) * factor,
    transactionUs: prng.between(50, 150) * factor,
    syncUs: prng.pick([100, 1000, 10_000, 60_000]),
    clockRate: prng.chance(1 / 2) ? 1 : 0.98 + prng.float() * 0.04,
    clockOffsetMs: prng.chance(1 / 2) ? 0 : prng.below(2000),
  };
}

/** Each knob is off in a third of the seeds. */
function sometimes(prng: Prng, value: number): number {
  return prng.chance(1 / 3) ? 0 : value;
}

function drawNetwork(prng: Prng): NetworkTraits {
  return {
    jitter: prng.pick([0, 0.05, 0.3, 1]),
    lossRate: sometimes(prng, prng.float() * 0.25),
    duplicateRate: sometimes(prng, prng.float() * 0.3),
    inOrder: prng.chance(1 / 2),
    cutLoses: prng.chance(1 / 2),
  };
}

function drawFaults(prng: Prng, spare: number): FaultRates {
  return {
    crashEveryMs: sometimes(prng, prng.between(600, 3000)),
    downMs: prng.between(50, 2000),
    cutEveryMs: sometimes(prng, prng.between(500, 2500)),
    cutMs: prng.between(200, 3000),
    oneWay: sometimes(prng, prng.float()),
    lostForever: prng.chance(1 / 3) ? prng.below(spare + 1) : 0,
  };
}

function drawWorkload(prng: Prng): WorkloadRates {
  return {
    owners: prng.between(3, 8),
    payments: prng.between(6, 24),
    chains: sometimes(prng, 0.3),
    doubleSpends: sometimes(prng, prng.float() * 0.6),
    copies: sometimes(prng, 0.3),
    multi: sometimes(prng, 0.3),
    invalid: sometimes(prng, 0.1),
  };
}

function drawPolicy(prng: Prng): Policy {
  const viewTimeoutMs = prng.between(500, 1500);
  return {
    minBlockIntervalMs: prng.pick([20, 50, 100]),
    batchTimeoutMs: prng.pick([0, 20, 100]),
    batchTxsMax: prng.pick([1, 3, 50]),
    batchBytesMax: 100_000,
    laneWindow: prng.between(1, 3),
    epochIntervalMs: prng.between(500, 3000),
    minEpochIntervalMs: prng.pick([50, 100, 500]),
    viewTimeoutMs,
    reproposeAfterMs: prng.between(800, 3000),
    resyncMs: prng.between(600, 2000),
    mempoolTxsMax: 1000,
    mempoolBytesMax: 10_000_000,
    uncheckpointedTxsMax: 1000,
  };
}
