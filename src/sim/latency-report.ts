import { quorumOf } from '../committee/committee.ts';
import { DEFAULT_POLICY } from '../replica/replica-options.ts';
import { createReplica } from './host/machine.ts';
import { type HostTraits, NO_FAULTS, type Scenario } from './traits.ts';
import { delayUs, REGIONS, type Region } from './world/latency-table.ts';
import { setStage } from './world/stage.ts';
import type { Workload } from './world/workload.ts';
import { World } from './world/world.ts';

/** What is wrong with one validator, the last one. */
export type Condition = 'all well' | 'one crashed' | 'one ten times slower';

export type LatencyRow = {
  readonly validators: number;
  readonly condition: Condition;
  /** Payments measured: from submission to `final` at the validator that took it; never the last one. */
  readonly payments: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /**
   * The same in message delays: a delay is the time from a validator to the slowest member of its
   * fastest quorum. Batching, processing and syncs to disk are in: 3 is what the messages alone take.
   */
  readonly p50Delays: number;
  readonly p99Delays: number;
};

const WARM_UP_MS = 2000;
const PAYMENTS = 48;
const PAYMENT_EVERY_MS = 250;
/** A machine in a data centre: a tenth of a millisecond per block, one millisecond per sync. */
const INPUT_US = 100;
const TRANSACTION_US = 30;
const SYNC_US = 1000;

/**
 * Finality of undisputed payments in planet-wide committees. Simulated time: the same on every machine.
 * `begun` is called before each, since the larger ones take a while.
 */
export function latencyReport(
  sizes: readonly number[],
  begun: (validators: number, condition: Condition) => void,
): LatencyRow[] {
  const conditions: Condition[] = ['all well', 'one crashed', 'one ten times slower'];
  return sizes.flatMap((n) =>
    conditions.map((condition) => {
      begun(n, condition);
      return measure(n, condition);
    }),
  );
}

function measure(n: number, condition: Condition): LatencyRow {
  const scenario = planet(n, condition);
  const world = new World(scenario, setStage(scenario), createReplica);
  for (const lane of world.hosts.keys()) world.start(lane);
  if (condition === 'one crashed') world.events.after(1_000_000, () => world.crash(n - 1));
  for (let i = 0; i < PAYMENTS; i++) {
    const atMs = WARM_UP_MS + i * PAYMENT_EVERY_MS;
    world.events.after(atMs * 1000, () => world.workload.probe(i % (n - 1)));
  }
  world.runUntil((WARM_UP_MS + PAYMENTS * PAYMENT_EVERY_MS + 5000) * 1000);
  return summary(world, n, condition);
}

function summary(world: World, validators: number, condition: Condition): LatencyRow {
  const latenciesMs: number[] = [];
  const delays: number[] = [];
  for (const { tx, atUs, lanes } of finals(world.workload)) {
    const lane = lanes[0]!;
    const finalUs = world.sightings.finalUs.get(tx.txid)?.get(lane);
    if (finalUs === undefined) continue;
    latenciesMs.push((finalUs - atUs) / 1000);
    delays.push((finalUs - atUs) / quorumDelayUs(world.scenario, lane, condition));
  }
  return {
    validators,
    condition,
    payments: latenciesMs.length,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    p50Delays: quantile(delays, 0.5),
    p99Delays: quantile(delays, 0.99),
  };
}

function finals(workload: Workload): Workload['sent'] {
  return workload.sent.filter((sent) => sent.lanes.length === 1);
}

/** One way from the lane to the slowest member of its fastest quorum, itself included. */
function quorumDelayUs(scenario: Scenario, lane: number, condition: Condition): number {
  const { hosts, n } = scenario;
  const others = hosts.filter((_, other) => condition !== 'one crashed' || other !== n - 1);
  const delays = others.map((host) =>
    host === hosts[lane] ? 0 : delayUs(hosts[lane]!.region, host.region),
  );
  return delays.sort((a, b) => a - b)[quorumOf(n) - 1]!;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1);
  return sorted[Math.max(0, at)] ?? Number.NaN;
}

function planet(n: number, condition: Condition): Scenario {
  const hosts = Array.from({ length: n }, (_, lane): HostTraits => {
    const slow = condition === 'one ten times slower' && lane === n - 1;
    return hostIn(REGIONS[lane % REGIONS.length]!, slow ? 10 : 1);
  });
  return {
    seed: `latency ${n}`,
    n,
    byzantine: new Map(),
    hosts,
    network: { jitter: 0.02, lossRate: 0, duplicateRate: 0, inOrder: true, cutLoses: false },
    attacks: [],
    faults: NO_FAULTS,
    workload: {
      owners: 8,
      payments: 0,
      chains: 0,
      doubleSpends: 0,
      copies: 0,
      multi: 0,
      invalid: 0,
    },
    policy: DEFAULT_POLICY,
    laneWindowMax: 64,
    generationEpochs: 0,
    faultMs: 0,
    byzantineExtraMs: 0,
    patienceMs: 60_000,
  };
}

function hostIn(region: Region, factor: number): HostTraits {
  return {
    region,
    inputUs: INPUT_US * factor,
    transactionUs: TRANSACTION_US * factor,
    syncUs: SYNC_US * factor,
    clockRate: 1,
    clockOffsetMs: 0,
  };
}
