import { type CheckerName, LIVENESS, type Violation } from './checkers/names.ts';
import type { Coverage } from './coverage.ts';
import { checkProgress } from './liveness.ts';
import type { Scenario } from './traits.ts';
import type { FaultTally } from './world/faults.ts';
import { heal, planFaults, planStart } from './world/nemesis.ts';
import { finishObserver, planObserver } from './world/observer.ts';
import { setStage } from './world/stage.ts';
import { type CreateMachine, World } from './world/world.ts';

/** What a run showed: all right; something owed that never came; something said that is not true. */
export type Verdict = 'pass' | 'no progress' | 'diverged';

export type RunResult = {
  readonly scenario: Scenario;
  readonly verdict: Verdict;
  readonly violations: readonly Violation[];
  readonly coverage: Coverage;
  readonly faults: FaultTally;
  readonly simulatedMs: number;
};

const MS = 1000;
/** Nothing new for so long, and nothing owed: the network is silent. */
const SILENCE_MS = 4000;
/** So many messages per link and beat need a quiet network: heads, and an answer of each kind. */
const TALK_PER_BEAT = 6;
/** By then the payments that try the healed network are sent. */
const PROBES_MS = 2000;
const FORGE_EVERY_MS = 150;

/**
 * One run. First a phase in which everything may go wrong and only safety is asked for; then a core of
 * validators is healed, the others stay as they are, and everything must come to its end.
 */
export function runScenario(scenario: Scenario, createMachine: CreateMachine): RunResult {
  const world = new World(scenario, setStage(scenario), createMachine);
  planStart(world);
  planWorkload(world);
  planFaults(world);
  planForgers(world);
  const observer = planObserver(world);
  world.runUntil(scenario.faultMs * MS);
  checkSafety(world);
  if (world.audit.violations.length === 0) {
    heal(world);
    planProbes(world);
    settle(world);
    checkSafety(world);
    if (world.audit.violations.length === 0 && observer !== null) finishObserver(world, observer);
  }
  world.cover();
  const { audit, coverage, faults, events } = world;
  const { violations } = audit;
  return {
    scenario,
    verdict: verdictOf(violations),
    violations,
    coverage,
    faults,
    simulatedMs: events.nowUs / MS,
  };
}

/** Also when something is missing: it may be so because something is wrong. */
function checkSafety(world: World): void {
  if (verdictOf(world.audit.violations) === 'diverged') return;
  world.askStatuses();
  world.audit.finish(world.upLanes());
}

function verdictOf(violations: readonly Violation[]): Verdict {
  if (violations.length === 0) return 'pass';
  return violations.every(({ checker }) => LIVENESS.has(checker)) ? 'no progress' : 'diverged';
}

function planWorkload(world: World): void {
  const prng = world.prng.fork('deeds');
  const { workload, faultMs } = world.scenario;
  for (let i = 0; i < workload.payments; i++) {
    world.events.after(prng.between(150, faultMs) * MS, () => world.workload.act());
  }
}

/** Payments that try the healed network. */
function planProbes(world: World): void {
  world.core().forEach((lane, i) => {
    world.events.after((1000 + 100 * i) * MS, () => world.workload.probe(lane));
  });
}

function planForgers(world: World): void {
  const { faultMs, byzantineExtraMs } = world.scenario;
  for (let ms = 200; ms < faultMs + byzantineExtraMs; ms += FORGE_EVERY_MS) {
    world.events.after(ms * MS, () => world.forge());
  }
}

/** Without new blocks there is nothing to talk about but frontiers, at every beat. */
function chatters(world: World, said: number): boolean {
  const beats = 1 + 1000 / world.scenario.policy.resyncMs;
  const most = TALK_PER_BEAT * beats * world.core().length * (world.seats.length - 1);
  if (said <= most) return false;
  world.audit.report('not-silent', `${said} messages in a second without a new block`);
  return true;
}

/**
 * Runs on until nothing is owed and all is silent, or reports what is missing when patience ends: so long after the
 * last outcome, since what waits may be much, and what was drawn may let little of it through at a time.
 */
function settle(world: World): void {
  const { answers } = world.audit;
  const patienceUs = world.scenario.patienceMs * MS;
  let endUs = world.events.nowUs + patienceUs;
  let told = answers.outcomes;
  const lastDeedMs = Math.max(PROBES_MS, world.scenario.byzantineExtraMs);
  const quietFromUs = world.events.nowUs + (lastDeedMs + 2000) * MS;
  const missing: [CheckerName, string][] = [];
  for (;;) {
    const talkBefore = world.sightings.talk;
    world.runUntil(Math.min(endUs, world.events.nowUs + 1000 * MS));
    if (world.audit.violations.length > 0) return;
    const { nowUs } = world.events;
    if (answers.outcomes > told) endUs = nowUs + patienceUs;
    told = answers.outcomes;
    const silent = nowUs - world.sightings.lastBlockUs >= SILENCE_MS * MS;
    if (silent && nowUs >= quietFromUs) {
      if (chatters(world, world.sightings.talk - talkBefore)) return;
      missing.length = 0;
      checkProgress(world, (checker, detail) => missing.push([checker, detail]));
      if (missing.length === 0) return;
    }
    if (nowUs + 1000 * MS >= endUs) break;
  }
  if (missing.length === 0)
    checkProgress(world, (checker, detail) => missing.push([checker, detail]));
  if (missing.length === 0)
    world.audit.report('not-silent', `last block at ${world.sightings.lastBlockUs} us`);
  for (const [checker, detail] of missing) world.audit.report(checker, detail);
}
