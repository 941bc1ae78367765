import { appendFileSync } from 'node:fs';
import { VERSION } from '../../node/version.ts';
import type { Coverage } from '../../sim/coverage.ts';
import type { Verdict } from '../../sim/run.ts';
import type { SimulationOptions, SimulationReport } from '../../sim/simulate.ts';
import type { FaultTally } from '../../sim/world/faults.ts';
import { addTally } from '../../std/tally.ts';
import { buildDigest, readRecord } from '../record-file.ts';

type Failed = { readonly seed: number; readonly verdict: Verdict; readonly checkers: string[] };

/** Some seeds that were run to their end, by one build: a line of the record. */
type Line = {
  readonly version: string;
  readonly build: string;
  readonly kind: string;
  readonly validators: number;
  readonly sharedChecks: boolean;
  readonly byzantine: number | null;
  readonly firstSeed: number;
  readonly runs: number;
  /** What the process used since the line before it. */
  readonly cpuSeconds: number;
  readonly simulatedMs: number;
  readonly faults: FaultTally;
  readonly coverage: Coverage;
  readonly failed: readonly Failed[];
};

/** What is alike in the lines of one sum. */
const OUTLINE = ['version', 'build', 'kind', 'validators', 'sharedChecks', 'byzantine'] as const;
type Outline = Pick<Line, (typeof OUTLINE)[number]>;

/**
 * A file that says which seeds were run, by which build, and what came of them; it grows by a line per
 * piece, so that a run can be ended at any time and go on, and figures of many runs add up.
 */
export class SimRecord {
  readonly #file: string;
  readonly #build = buildDigest();
  readonly #lines: Line[];
  #cpuSeconds = processorSeconds();

  constructor(file: string) {
    this.#file = file;
    this.#lines = readRecord(file);
  }

  /** Those of the seeds that this build has not run. */
  left(asked: SimulationOptions): SimulationOptions[] {
    const name = nameOf(this.#outline(asked));
    const end = asked.firstSeed + asked.seeds;
    const left: SimulationOptions[] = [];
    let from = asked.firstSeed;
    const leaveUpTo = (to: number): void => {
      if (to > from) left.push({ ...asked, firstSeed: from, seeds: to - from });
    };
    for (const [first, last] of seedRanges(this.#lines.filter((line) => nameOf(line) === name))) {
      leaveUpTo(Math.min(first, end));
      from = Math.max(from, last + 1);
    }
    leaveUpTo(end);
    return left;
  }

  add(piece: SimulationOptions, report: SimulationReport): void {
    const now = processorSeconds();
    const { runs, coverage, faults } = report;
    const line: Line = {
      ...this.#outline(piece),
      firstSeed: piece.firstSeed,
      runs,
      cpuSeconds: Math.round(1000 * (now - this.#cpuSeconds)) / 1000,
      simulatedMs: Math.round(report.simulatedMs),
      faults,
      coverage,
      failed: report.failed.map(({ seed, result: { verdict, violations } }) => {
        return { seed, verdict, checkers: [...new Set(violations.map(({ checker }) => checker))] };
      }),
    };
    this.#cpuSeconds = now;
    this.#lines.push(line);
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  /** One sum for each build, kind and size: of all lines, whoever wrote them. */
  sums() {
    const groups = new Map<string, Line[]>();
    for (const line of this.#lines) {
      const name = nameOf(line);
      groups.set(name, [...(groups.get(name) ?? []), line]);
    }
    return [...groups.values()].map(sumOf);
  }

  #outline({ kind = 'full', validators, sharedChecks, byzantine }: SimulationOptions): Outline {
    const asked = { kind, validators, sharedChecks: sharedChecks === true };
    return { version: VERSION, build: this.#build, ...asked, byzantine: byzantine ?? null };
  }
}

function nameOf(line: Outline): string {
  return JSON.stringify(OUTLINE.map((key) => line[key]));
}

function sumOf(lines: readonly Line[]) {
  const [first, ...more] = lines as [Line, ...Line[]];
  const { version, build, kind, validators, sharedChecks, byzantine } = first;
  // One build, one set of names.
  const [faults, coverage] = [{ ...first.faults }, { ...first.coverage }];
  for (const line of more) {
    addTally(faults, line.faults);
    addTally(coverage, line.coverage);
  }
  const total = (of: (line: Line) => number) => lines.reduce((sum, line) => sum + of(line), 0);
  return {
    version,
    build,
    kind,
    validators,
    sharedChecks,
    byzantine,
    seeds: seedRanges(lines),
    runs: total((line) => line.runs),
    cpuSeconds: Math.round(total((line) => line.cpuSeconds)),
    simulatedMs: total((line) => line.simulatedMs),
    faults,
    coverage,
    failed: lines.flatMap((line) => line.failed),
  };
}

/** From and to, both included; neighbours are one. */
function seedRanges(lines: readonly Line[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const { firstSeed, runs } of [...lines].sort((a, b) => a.firstSeed - b.firstSeed)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === firstSeed) last[1] += runs;
    else ranges.push([firstSeed, firstSeed + runs - 1]);
  }
  return ranges;
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
