import type { CheckerName } from '../../src/sim/checkers/names.ts';
import { createDefective, type Defect } from '../../src/sim/defects/defect.ts';
import { runScenario } from '../../src/sim/run.ts';
import { brief, drawScenario } from '../../src/sim/scenario.ts';
import type { Scenario } from '../../src/sim/traits.ts';

export const SEEDS_MAX = 40;
/** Shorter than usual: a run in which something is owed for ever ends sooner. */
const PATIENCE_MS = 60_000;

/** How often a bug is caught, of SEEDS_MAX seeds. */
export type Survey = {
  readonly bug: string;
  /** The seeds in which a checker that the bug names finds something. */
  readonly caught: readonly number[];
  /** Those in which only others do: the test fails when it comes upon one of them first. */
  readonly byOthers: readonly number[];
  /** Who finds something, in how many seeds. */
  readonly checkers: Readonly<Record<string, number>>;
  readonly cpuSeconds: number;
};

export function scenarioFor(defect: Defect, seed: number): Scenario {
  const patience = { patienceMs: PATIENCE_MS, generationEpochs: 0 };
  const drawn = { ...brief(drawScenario(String(seed), 4)), ...patience };
  return defect.scenario?.(drawn) ?? drawn;
}

/** Runs all the seeds, as the test runs them up to the first that shows the bug. */
export function survey(bug: string, defect: Defect): Survey {
  const [caught, byOthers]: [number[], number[]] = [[], []];
  const checkers: Record<string, number> = {};
  const before = process.cpuUsage();
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const { violations } = runScenario(scenarioFor(defect, seed), createDefective(defect));
    const found = new Set<CheckerName>(violations.map(({ checker }) => checker));
    for (const checker of found) checkers[checker] = (checkers[checker] ?? 0) + 1;
    if (defect.caughtBy.some((checker) => found.has(checker))) caught.push(seed);
    else if (found.size > 0) byOthers.push(seed);
  }
  const { user, system } = process.cpuUsage(before);
  return { bug, caught, byOthers, checkers, cpuSeconds: Math.round((user + system) / 1e4) / 100 };
}
