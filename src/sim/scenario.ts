import { faultsOf } from '../committee/committee.ts';
import type { Policy } from '../replica/replica-options.ts';
import { createPrng, type Prng } from '../std/prng.ts';
import type { LaneId } from '../types/ids.ts';
import { ATTACK_NAMES, GENERATION_ATTACKS } from './byzantine/attacks.ts';
import { CHECK_ATTACK_NAMES } from './byzantine/check-attacks.ts';
import {
  type ByzantineKind,
  CUT_SHAPES,
  type FaultRates,
  FORGET_KINDS,
  FROZEN_KINDS,
  type HostTraits,
  type Rounds,
  type Scenario,
  type WorkloadRates,
} from './traits.ts';
import { REGIONS, type Region } from './world/latency-table.ts';
import type { NetworkTraits } from './world/network.ts';

const BYZANTINE_EXTRA_MS = 8000;

/**
 * Swarm testing: each seed draws which kinds of fault exist in its run at all, and how bad they are.
 * `byzantineCount`: more than f makes a control run, in which a violation is right.
 */
export function drawScenario(seed: string, n: number, byzantineCount?: number): Scenario {
  const prng = createPrng(`${seed}/${n}`);
  const f = faultsOf(n);
  const count = byzantineCount ?? (prng.chance(1 / 4) ? 0 : prng.between(1, Math.max(1, f)));
  const liars = prng.shuffled([...Array(n).keys()]).slice(0, Math.min(count, n));
  const byzantine = new Map(liars.map((lane) => [lane, drawKind(prng)]));
  const spread = prng.shuffled(REGIONS).slice(0, prng.chance(1 / 4) ? 1 : REGIONS.length);
  const slow = prng.chance(1 / 3) ? prng.below(n) : -1;
  const faultMs = prng.between(3000, 7000);
  const rounds = drawRounds(prng, n, byzantine, faultMs);
  const common = ATTACK_NAMES.filter((name) => !GENERATION_ATTACKS.includes(name));
  const attacks = prng.shuffled(common).slice(0, prng.between(1, 4));
  const apart = createPrng(`${seed}/${n}/generations`);
  const generationEpochs = apart.pick([0, 0, 0, 1, 2, 4]);
  const onGenerations = generationEpochs > 0 && apart.chance(0.5) ? GENERATION_ATTACKS : [];
  return {
    seed,
    n,
    byzantine,
    attacks: [...attacks, ...onGenerations],
    hosts: Array.from({ length: n }, (_, lane) =>
      drawHost(prng, spread[lane % spread.length]!, lane === slow),
    ),
    network: drawNetwork(prng),
    faults: drawFaults(prng, n, Math.max(0, f - count)),
    ...(rounds === null ? {} : { rounds }),
    workload: drawWorkload(prng),
    policy: drawPolicy(prng),
    laneWindowMax: prng.pick([3, 8, 32]),
    generationEpochs,
    faultMs,
    byzantineExtraMs: prng.chance(1 / 2) ? BYZANTINE_EXTRA_MS : 0,
    patienceMs: 400_000,
    ...drawWindow(prng.fork('window')),
    ...drawSavepoints(createPrng(`${seed}/${n}/savepoints`)),
    ...(generationEpochs > 0 ? drawKept(createPrng(`${seed}/${n}/kept`), n) : {}),
  };
}

/** Generations of one epoch, of which nobody keeps more than one, and somebody who starts late: all are gone. */
export function outlived(scenario: Scenario): Scenario {
  const { rounds: _, ...rest } = scenario;
  const { policy, workload, faults } = scenario;
  return {
    ...rest,
    byzantine: new Map(),
    generationEpochs: 1,
    kept: Array.from({ length: scenario.n }, () => 1),
    faultMs: 8000,
    policy: { ...policy, epochIntervalMs: 200, minEpochIntervalMs: 50 },
    workload: { ...workload, payments: 40 },
    faults: { ...faults, crashEveryMs: 2000, cutEveryMs: 0, frozen: [], away: 0, late: 1 },
  };
}

/** One line that says what was drawn. */
export function describeScenario(scenario: Scenario): string {
  const { hosts, byzantine, ...rest } = scenario;
  const regions = hosts.map((host) => host.region).join(',');
  const liars = [...byzantine].map(([lane, kind]) => `${lane}:${kind}`).join(',');
  return JSON.stringify({ ...rest, byzantine: liars, regions });
}

/** The same in little, for many runs: fewer payments, a shorter time of faults. */
export function brief(scenario: Scenario): Scenario {
  return scaled(scenario, { faults: 0.4, payments: 0.5, epochs: 0.5, extra: 1 });
}

/** The same in less still, for very many runs. */
export function spark(scenario: Scenario): Scenario {
  return scaled(scenario, { faults: 0.2, payments: 0.25, epochs: 0.25, extra: 0.25 });
}

type Shares = Readonly<Record<'faults' | 'payments' | 'epochs' | 'extra', number>>;

function scaled(scenario: Scenario, shares: Shares): Scenario {
  const { faultMs, workload, policy, byzantineExtraMs } = scenario;
  return {
    ...scenario,
    faultMs: Math.round(faultMs * shares.faults),
    workload: { ...workload, payments: Math.ceil(workload.payments * shares.payments) },
    policy: { ...policy, epochIntervalMs: Math.round(policy.epochIntervalMs * shares.epochs) },
    byzantineExtraMs: byzantineExtraMs * shares.extra,
  };
}

/** The same on a ledger whose witnesses are checked by some, and with whatever can be tried there. */
export function shared(scenario: Scenario): Scenario {
  const prng = createPrng(`${scenario.seed}/${scenario.n}/checks`);
  const tries = prng.shuffled(CHECK_ATTACK_NAMES).slice(0, prng.between(1, 4));
  const checkPatienceMs = prng.pick([0, 100, 500, 2000]);
  const policy = { ...scenario.policy, checkPatienceMs, checkSpares: prng.pick([0, 0, 1]) };
  return {
    ...scenario,
    sharedChecks: true,
    attacks: [...scenario.attacks, ...tries],
    policy,
  };
}

function drawKind(prng: Prng): ByzantineKind {
  const common: ByzantineKind[] = ['silent', 'shim', 'shim', 'forger', 'forger', 'schemer'];
  return prng.pick([...common, 'schemer', 'twin', 'twin', 'forgetful', 'forgetful'] as const);
}

/** Always with twins, which show nothing to anybody unless the two are kept apart; sometimes without. */
function drawRounds(
  prng: Prng,
  n: number,
  byzantine: ReadonlyMap<LaneId, ByzantineKind>,
  faultMs: number,
): Rounds | null {
  const twins = [...byzantine].filter(([, kind]) => kind === 'twin').map(([lane]) => n + lane);
  if (twins.length === 0 && !prng.chance(1 / 8)) return null;
  const seats = [...Array(n).keys(), ...twins];
  const everyMs = prng.between(300, 1500);
  const groups = Array.from({ length: Math.ceil(faultMs / everyMs) }, () => {
    const count = prng.pick([1, 2, 2, 2, 3]);
    const placed = seats.map((seat) => ({ seat, group: prng.below(count) }));
    return Array.from({ length: count }, (_, group) =>
      placed.filter((one) => one.group === group).map(({ seat }) => seat),
    );
  });
  return { everyMs, groups };
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

/** Each of the common knobs is off in a third of the seeds, each of the rare ones in two thirds. */
function sometimes(prng: Prng, value: number): number {
  return prng.chance(1 / 3) ? 0 : value;
}

function seldom(prng: Prng, value: number): number {
  return prng.chance(2 / 3) ? 0 : value;
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

/** `spare`: validators that may be missing for ever beside the Byzantine ones. */
function drawFaults(prng: Prng, n: number, spare: number): FaultRates {
  const frozen = prng.chance(1 / 3) ? prng.below(spare + 1) : 0;
  return {
    crashEveryMs: sometimes(prng, prng.between(600, 3000)),
    downMs: prng.between(50, 2000),
    cutEveryMs: sometimes(prng, prng.between(500, 2500)),
    cutMs: prng.between(200, 3000),
    cutShapes: prng.shuffled(CUT_SHAPES).slice(0, prng.between(1, CUT_SHAPES.length)),
    oneWay: sometimes(prng, prng.float()),
    grayEveryMs: seldom(prng, prng.between(400, 2000)),
    grayMs: prng.between(200, 2000),
    grayFactor: prng.pick([10, 50, 200]),
    clockJumpEveryMs: seldom(prng, prng.between(500, 3000)),
    clockJumpMs: prng.pick([50, 1000, 3000]),
    diskErrorEveryMs: seldom(prng, prng.between(800, 3000)),
    forgetEveryMs: prng.between(300, 1500),
    forgets: FORGET_KINDS,
    late: prng.chance(1 / 4) ? prng.between(1, n) : 0,
    away: prng.chance(1 / 4) ? prng.between(1, n) : 0,
    frozen: Array.from({ length: frozen }, () => prng.pick(FROZEN_KINDS)),
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

/** In a quarter of the seeds old blocks are read back from the store and the journal. */
function drawWindow(prng: Prng): Pick<Scenario, 'nodeWindow'> {
  return prng.chance(1 / 4) ? { nodeWindow: prng.pick([1, 8, 32]) } : {};
}

/** In a quarter of the seeds there are none, in a third of the others nothing happens to them. */
function drawSavepoints(prng: Prng): Pick<Scenario, 'savepoints'> {
  const everyBlocks = prng.pick([0, 2, 8, 32]);
  const spoiled = prng.pick([0, 0.3, 0.6]);
  return everyBlocks === 0 ? {} : { savepoints: { everyBlocks, spoiled } };
}

/** In half of the seeds with generations everybody keeps all of them; else some do, and some one or two. */
function drawKept(prng: Prng, n: number): Pick<Scenario, 'kept'> {
  if (prng.chance(1 / 2)) return {};
  const most = prng.pick([0, 1]);
  return { kept: Array.from({ length: n }, () => prng.pick([most, 1, 1, 2])) };
}

function drawPolicy(prng: Prng): Policy {
  const viewTimeoutMs = prng.between(500, 1500);
  return {
    minBlockIntervalMs: prng.pick([20, 50, 100]),
    batchTimeoutMs: prng.pick([0, 20, 100]),
    batchTxsMax: prng.pick([1, 3, 50]),
    batchBytesMax: 100_000,
    laneWindow: prng.between(1, 3),
    epochIntervalMs: prng.between(300, 3000),
    minEpochIntervalMs: prng.pick([50, 100, 500]),
    // Its runs are small: the times that are drawn decide alone.
    epochInputs: 1_000_000,
    viewTimeoutMs,
    reproposeAfterMs: prng.between(800, 3000),
    resyncMs: prng.between(600, 2000),
    mempoolTxsMax: 1000,
    mempoolBytesMax: 10_000_000,
    uncheckpointedTxsMax: 1000,
    checkSpares: 0,
    checkPatienceMs: 500,
  };
}
