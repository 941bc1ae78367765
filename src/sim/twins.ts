import { faultsOf } from '../committee/committee.ts';
import { createPrng, type Prng } from '../std/prng.ts';
import type { LaneId } from '../types/ids.ts';
import { brief, drawScenario } from './scenario.ts';
import { NO_FAULTS, type Scenario } from './traits.ts';

/** Long enough for a view to decide, or to be left. */
const ROUND_MS = 400;
const ROUNDS = 6;
/** Time-outs double per view: behind more views whose leaders are silent after the faults, no patience would do. */
const TWINS_IN_A_ROW = 4;

/**
 * Scenarios in the manner of Twins (Bano and others, OPODIS 2021): f validators run as two honest
 * instances with one key, and each round draws who talks to whom and who leads. Nothing else goes wrong.
 * `count`: more than f makes a control run.
 */
export function drawTwins(seed: string, n: number, count = faultsOf(n)): Scenario {
  const prng = createPrng(`twins/${seed}/${n}`);
  const twins = [...Array(count).keys()];
  const seats = [...Array(n).keys(), ...twins.map((lane) => n + lane)];
  const calm = brief(drawScenario(seed, n, 0));
  const host = {
    ...calm.hosts[0]!,
    inputUs: 100,
    transactionUs: 50,
    syncUs: 100,
    clockOffsetMs: 0,
  };
  return {
    ...calm,
    byzantine: new Map(twins.map((lane) => [lane, 'twin'])),
    hosts: Array.from({ length: n }, () => ({ ...host, clockRate: 1 })),
    network: { jitter: 0.3, lossRate: 0, duplicateRate: 0, inOrder: true, cutLoses: true },
    faults: NO_FAULTS,
    rounds: {
      everyMs: ROUND_MS,
      groups: Array.from({ length: ROUNDS }, () => drawPartition(prng, seats)),
    },
    leaders: drawLeaders(prng, n, twins),
    workload: { ...calm.workload, payments: 12, doubleSpends: 0.6, invalid: 0 },
    policy: {
      ...calm.policy,
      minBlockIntervalMs: 10,
      batchTimeoutMs: 0,
      epochIntervalMs: 100,
      minEpochIntervalMs: 20,
      viewTimeoutMs: 150,
      reproposeAfterMs: 500,
      resyncMs: 300,
    },
    faultMs: ROUND_MS * ROUNDS,
    byzantineExtraMs: 0,
  };
}

/** Who can hear whom: one group in a quarter of the rounds, else two or three. */
function drawPartition(prng: Prng, seats: readonly number[]): number[][] {
  const count = prng.pick([1, 2, 2, 3]);
  const groups = Array.from({ length: count }, (): number[] => []);
  for (const seat of seats) prng.pick(groups).push(seat);
  return groups;
}

/** A twin leads half of the views; somebody else must lead some. */
function drawLeaders(prng: Prng, n: number, twins: readonly LaneId[]): LaneId[] {
  const views = Array.from({ length: 2 * n }, () =>
    twins.length > 0 && prng.chance(0.5) ? prng.pick(twins) : prng.below(n),
  );
  const isTwin = (lane: LaneId | undefined) => lane !== undefined && twins.includes(lane);
  for (let at = TWINS_IN_A_ROW; at < views.length; at++) {
    if (views.slice(at - TWINS_IN_A_ROW, at + 1).every(isTwin)) views[at] = n - 1;
  }
  return [...views, n - 1];
}
