import {
  addCoverage,
  COVERAGE,
  type Coverage,
  type CoverageName,
  emptyCoverage,
} from './coverage.ts';
import { createReplica } from './machine.ts';
import { type RunResult, runScenario } from './run.ts';
import { describeScenario, drawScenario } from './scenario.ts';
import type { CreateMachine } from './world.ts';

export type SimulationOptions = {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly validators: number;
  /** More than f: a control, in which a violation is right. Undefined: drawn by the seed. */
  readonly byzantine?: number;
  readonly createMachine?: CreateMachine;
};

export type SimulationEvent =
  /** Before the run: the seed and everything that it drew. */
  | { readonly kind: 'begin'; readonly seed: number; readonly drawn: string }
  | { readonly kind: 'end'; readonly seed: number; readonly result: RunResult };

export type SimulationReport = {
  readonly runs: number;
  readonly failed: readonly { readonly seed: number; readonly result: RunResult }[];
  readonly coverage: Coverage;
};

/** Runs the seeds one after the other. The answer depends on nothing but the options. */
export function runSimulation(
  options: SimulationOptions,
  report: (event: SimulationEvent) => void,
): SimulationReport {
  const { seeds, firstSeed, validators, byzantine, createMachine = createReplica } = options;
  const coverage = emptyCoverage();
  const failed: { seed: number; result: RunResult }[] = [];
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const scenario = drawScenario(String(seed), validators, byzantine);
    report({ kind: 'begin', seed, drawn: describeScenario(scenario) });
    const result = runScenario(scenario, createMachine);
    addCoverage(coverage, result.coverage);
    if (result.violations.length > 0) failed.push({ seed, result });
    report({ kind: 'end', seed, result });
  }
  return { runs: seeds, failed, coverage };
}

/** One line: every count with its name. */
export function describeCoverage(coverage: Coverage): string {
  const names = Object.keys(COVERAGE) as CoverageName[];
  return names.map((name) => `${name} ${coverage[name]}`).join(', ');
}
