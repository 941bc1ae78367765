import type { CheckerName, Violation } from './checkers/names.ts';
import type { Coverage } from './coverage.ts';
import { checkProgress, correctUp } from './liveness.ts';
import { finishObserver, planObserver } from './observer.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { setStage } from './stage.ts';
import { type CreateMachine, World } from './world.ts';

export type RunResult = {
  readonly scenario: Scenario;
  readonly violations: readonly Violation[];
  readonly coverage: Coverage;
  readonly simulatedMs: number;
};

const MS = 1000;
/** Nothing new for so long, and nothing owed: the network is silent. */
const SILENCE_MS = 4000;
/** Byzantine lanes that go on after healing stop at last: else there would be no silence. */
const BYZANTINE_EXTRA_MS = 8000;
/** By then the payments that try the healed network are sent. */
const PROBES_MS = 2000;
const FORGE_EVERY_MS = 150;

/** One run: a phase of faults, healing, a phase in which everything must come to its end, the checks. */
export function runScenario(scenario: Scenario, createMachine: CreateMachine): RunResult {
  const world = new World(scenario, setStage(scenario), createMachine);
  planStart(world);
  planWorkload(world);
  planFaults(world);
  planForgers(world);
  const observer = planObserver(world);
  world.runUntil(scenario.faultMs * MS);
  heal(world);
  settle(world);
  if (world.audit.violations.length === 0) {
    world.askStatuses();
    if (observer !== null) finishObserver(world, observer);
    world.audit.finish(world.upLanes());
  }
  world.cover();
  return {
    scenario,
    violations: world.audit.violations,
    coverage: world.coverage,
    simulatedMs: world.events.nowUs / MS,
  };
}

export function runSeed(seed: string, n: number, createMachine: CreateMachine): RunResult {
  return runScenario(drawScenario(seed, n), createMachine);
}

function planStart(world: World): void {
  const prng = world.prng.fork('start');
  for (const lane of world.hosts.keys()) {
    world.events.after(prng.below(100) * MS, () => world.start(lane));
  }
}

function planWorkload(world: World): void {
  const prng = world.prng.fork('deeds');
  const { workload, faultMs } = world.scenario;
  for (let i = 0; i < workload.payments; i++) {
    world.events.after(prng.between(150, faultMs) * MS, () => world.workload.act());
  }
}

function planFaults(world: World): void {
  const prng = world.prng.fork('faults');
  const { faults, faultMs, n } = world.scenario;
  const correct = [...world.correct];
  const plan = (everyMs: number, deed: () => void): void => {
    for (let ms = draw(); ms < faultMs; ms += draw()) world.events.after(ms * MS, deed);
    function draw(): number {
      return everyMs === 0 ? faultMs : 1 + prng.below(2 * everyMs);
    }
  };
  plan(faults.crashEveryMs, () => {
    const lane = prng.pick(correct);
    world.crash(lane);
    world.events.after(prng.below(2 * faults.downMs) * MS, () => world.restart(lane));
  });
  plan(faults.cutEveryMs, () => {
    const side = new Set(prng.shuffled([...Array(n).keys()]).slice(0, prng.between(1, n - 1)));
    cutOff(world, side, prng.below(2 * faults.cutMs), prng.chance(faults.oneWay));
  });
}

/** Cuts every link that leads out of `side`, and into it unless it is one-way. */
function cutOff(world: World, side: ReadonlySet<number>, ms: number, oneWay: boolean): void {
  const { n, network } = world.scenario;
  for (const a of side) {
    for (let b = 0; b < n; b++) {
      if (side.has(b)) continue;
      world.coverage.cuttings++;
      world.network.cut(a, b, ms * MS);
      if (!oneWay) world.network.cut(b, a, ms * MS);
      if (!network.cutLoses) continue;
      world.disconnect(a, b);
      world.events.after(ms * MS + 1, () => world.connect(a, b));
    }
  }
}

function planForgers(world: World): void {
  const { faultMs, byzantineToTheEnd } = world.scenario;
  const untilMs = faultMs + (byzantineToTheEnd ? BYZANTINE_EXTRA_MS : 0);
  for (let ms = 200; ms < untilMs; ms += FORGE_EVERY_MS) {
    world.events.after(ms * MS, () => world.forge());
  }
}

/** All links work, who was down is up again, but for those that are lost for ever. */
function heal(world: World): void {
  const { faults, n } = world.scenario;
  world.network.heal();
  const lost = world.prng.shuffled([...world.correct]).slice(0, faults.lostForever);
  for (const lane of lost) world.crash(lane);
  for (const lane of world.hosts.keys()) {
    if (!lost.includes(lane) && world.correct.has(lane)) world.restart(lane);
  }
  for (const lane of lost) world.hosts.delete(lane);
  for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) world.connect(a, b);
  const probes = correctUp(world);
  probes.forEach((lane, i) => {
    world.events.after((1000 + 100 * i) * MS, () => world.workload.probe(lane));
  });
}

/** Runs on until nothing is owed and all is silent, or reports what is missing at the end of the time. */
function settle(world: World): void {
  const endUs = world.events.nowUs + world.scenario.patienceMs * MS;
  const lastDeedMs = world.scenario.byzantineToTheEnd ? BYZANTINE_EXTRA_MS : PROBES_MS;
  const quietFromUs = world.events.nowUs + (lastDeedMs + 2000) * MS;
  const missing: [CheckerName, string][] = [];
  for (;;) {
    world.runUntil(Math.min(endUs, world.events.nowUs + 1000 * MS));
    if (world.audit.violations.length > 0) return;
    const { nowUs } = world.events;
    const silent = nowUs - world.lastBlockUs >= SILENCE_MS * MS;
    if (silent && nowUs >= quietFromUs) {
      missing.length = 0;
      checkProgress(world, (checker, detail) => missing.push([checker, detail]));
      if (missing.length === 0) return;
    }
    if (nowUs + 1000 * MS >= endUs) break;
  }
  if (missing.length === 0)
    checkProgress(world, (checker, detail) => missing.push([checker, detail]));
  if (missing.length === 0)
    world.audit.report('not-silent', `last block at ${world.lastBlockUs} us`);
  for (const [checker, detail] of missing) world.audit.report(checker, detail);
}
