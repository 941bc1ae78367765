import { addTally, emptyTally } from '../std/tally.ts';
import { COVERAGE, type Coverage, type CoverageName } from './coverage.ts';
import { createReplica } from './host/machine.ts';
import { type RunResult, runScenario } from './run.ts';
import { brief, describeScenario, drawScenario, outlived, shared, spark } from './scenario.ts';
import type { Scenario } from './traits.ts';
import { drawTwins } from './twins.ts';
import { FAULTS, type FaultName, type FaultTally } from './world/faults.ts';
import type { CreateMachine } from './world/world.ts';

/** What a seed draws: anything; the same in little, or less still; partitions over twins (twins.ts); short generations. */
export const SIMULATION_KINDS = ['full', 'brief', 'spark', 'twins', 'outlived'] as const;
export type SimulationKind = (typeof SIMULATION_KINDS)[number];

export type SimulationOptions = {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly validators: number;
  readonly kind?: SimulationKind;
  /** On ledgers whose genesis says sharedChecks. */
  readonly sharedChecks?: boolean;
  /** More than f: a control, in which a violation is right. Undefined: drawn by the seed. */
  readonly byzantine?: number;
  readonly createMachine?: CreateMachine;
};

export type SimulationEvent =
  /** Before the run: the seed and everything that it drew. */
  | { readonly kind: 'begin'; readonly seed: number; readonly drawn: string }
  | { readonly kind: 'end'; readonly seed: number; readonly result: RunResult };

export type SimulationReport = {
  runs: number;
  readonly failed: { readonly seed: number; readonly result: RunResult }[];
  simulatedMs: number;
  readonly coverage: Coverage;
  readonly faults: FaultTally;
};

export function emptyReport(): SimulationReport {
  const [coverage, faults] = [emptyTally(COVERAGE), emptyTally(FAULTS)];
  return { runs: 0, failed: [], simulatedMs: 0, coverage, faults };
}

export function addReport(sum: SimulationReport, more: SimulationReport): void {
  sum.runs += more.runs;
  sum.simulatedMs += more.simulatedMs;
  sum.failed.push(...more.failed);
  addTally(sum.coverage, more.coverage);
  addTally(sum.faults, more.faults);
}

/** Runs the seeds one after the other. The answer depends on nothing but the options. */
export function runSimulation(
  options: SimulationOptions,
  report: (event: SimulationEvent) => void,
): SimulationReport {
  const { seeds, firstSeed, createMachine = createReplica } = options;
  const sum = emptyReport();
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const scenario = scenarioOf(options, seed);
    report({ kind: 'begin', seed, drawn: describeScenario(scenario) });
    const result = runScenario(scenario, createMachine);
    const { coverage, faults, simulatedMs } = result;
    const failed = result.violations.length > 0 ? [{ seed, result }] : [];
    addReport(sum, { runs: 1, failed, simulatedMs, coverage, faults });
    report({ kind: 'end', seed, result });
  }
  return sum;
}

export function scenarioOf(
  { sharedChecks = false, ...options }: SimulationOptions,
  seed: number,
): Scenario {
  const drawn = drawnBy(options, seed);
  return sharedChecks ? shared(drawn) : drawn;
}

function drawnBy(
  { kind = 'full', validators, byzantine }: SimulationOptions,
  seed: number,
): Scenario {
  if (kind === 'twins') return drawTwins(String(seed), validators, byzantine);
  const drawn = drawScenario(String(seed), validators, byzantine);
  if (kind === 'spark') return spark(drawn);
  if (kind === 'outlived') return outlived(drawn);
  return kind === 'brief' ? brief(drawn) : drawn;
}

/** The same as source text, for a test. */
export function sourceOf(
  { sharedChecks = false, kind = 'full', validators, byzantine }: SimulationOptions,
  seed: number,
): string {
  if (sharedChecks) {
    const rest = byzantine === undefined ? {} : { byzantine };
    return `shared(${sourceOf({ kind, validators, seeds: 1, firstSeed: seed, ...rest }, seed)})`;
  }
  const count = byzantine === undefined ? '' : `, ${byzantine}`;
  const asked = `('${seed}', ${validators}${count})`;
  if (kind === 'twins') return `drawTwins${asked}`;
  return kind === 'full' ? `drawScenario${asked}` : `${kind}(drawScenario${asked})`;
}

export function describeCoverage(coverage: Coverage): string {
  return describeCounts(
    (Object.keys(COVERAGE) as CoverageName[]).map((name) => [name, coverage[name]]),
  );
}

export function describeFaults(faults: FaultTally): string {
  return describeCounts((Object.keys(FAULTS) as FaultName[]).map((name) => [name, faults[name]]));
}

/** One line: every count with its name, then the names of what was not met. */
function describeCounts(counts: readonly (readonly [string, number])[]): string {
  const met = counts.filter(([, count]) => count > 0).map(([name, count]) => `${name} ${count}`);
  const unmet = counts.filter(([, count]) => count === 0).map(([name]) => name);
  return [met.join(', '), ...(unmet.length === 0 ? [] : [`not met: ${unmet.join(', ')}`])].join(
    '; ',
  );
}
