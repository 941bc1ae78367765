import { withPart } from '../documents/generated-part.ts';
import { type SeedRecord, type SeedsRun, seedRecords } from './records.ts';

const PART = {
  begin: '<!-- seeds: written by scripts/generate-docs.mjs -->',
  end: '<!-- end of seeds -->',
};
const TARGET = 200_000;
const MS_PER_HOUR = 3_600_000;
const HEAD = [
  '| kind | validators | seeds | simulated hours | processor s per seed | failed |',
  '|---|---|---|---|---|---|',
];
const KINDS = ['spark', 'brief', 'full', 'outlived', 'twins'];

/** The page with the sums of all records of seeds. */
export function withSeeds(page: string): string {
  return withPart(page, PART, `\n${seedsText(seedRecords())}\n\n`);
}

export function seedsText(records: readonly SeedRecord[]): string {
  const runs = records.flatMap((record) => record.runs);
  requireApart(runs);
  const sizes = [...groupBy(runs, sizeOf).values()].sort(bySize);
  return [
    ...HEAD,
    ...sizes.map(row),
    '',
    total(runs),
    '',
    `Seeds by commit: ${commits(runs)}.`,
    '',
    ...countedIn(records),
  ].join('\n');
}

/** Otherwise a seed that two records have would count twice. */
function requireApart(runs: readonly SeedsRun[]): void {
  for (const group of groupBy(runs, (run) => `${run.build}, ${sizeOf(run)}`).values()) {
    const ranges = group.flatMap(({ seeds }) => seeds).sort(([a], [b]) => a - b);
    ranges.reduce(
      (before, range) => {
        if (range[0] <= before[1]) {
          const { commit } = group[0] as SeedsRun;
          throw new Error(`two records have seed ${range[0]} of ${commit}, ${sizeOf(group[0]!)}`);
        }
        return range;
      },
      [-1, -1],
    );
  }
}

function sizeOf({ kind, sharedChecks, validators }: SeedsRun): string {
  return `${kind}${sharedChecks ? ', shared checks' : ''} | ${validators}`;
}

function bySize([a]: readonly SeedsRun[], [b]: readonly SeedsRun[]): number {
  const place = ({ kind, sharedChecks, validators }: SeedsRun) =>
    1000 * KINDS.indexOf(kind) + 100 * Number(sharedChecks) + validators;
  return place(a!) - place(b!);
}

function row(runs: readonly SeedsRun[]): string {
  const { seeds, hours, cpuSeconds, failed } = sum(runs);
  const each = (cpuSeconds / seeds).toFixed(2);
  return `| ${sizeOf(runs[0]!)} | ${grouped(seeds)} | ${hours} | ${each} | ${failed} |`;
}

function total(runs: readonly SeedsRun[]): string {
  const { seeds, hours, cpuSeconds, failed } = sum(runs);
  const share = ((100 * seeds) / TARGET).toFixed(1);
  const used = `${hours} simulated hours, ${grouped(Math.round(cpuSeconds))} processor seconds`;
  return `In all ${grouped(seeds)} seeds, ${share} % of the target of ${grouped(TARGET)}; ${used}; ${failed} failed.`;
}

function sum(runs: readonly SeedsRun[]) {
  const of = (value: (run: SeedsRun) => number) => runs.reduce((all, run) => all + value(run), 0);
  return {
    seeds: of(seedsIn),
    hours: (of(({ simulatedMs }) => simulatedMs) / MS_PER_HOUR).toFixed(1),
    cpuSeconds: of(({ cpuSeconds }) => cpuSeconds),
    failed: of(({ failed }) => failed),
  };
}

function seedsIn({ seeds }: SeedsRun): number {
  return seeds.reduce((count, [from, to]) => count + to - from + 1, 0);
}

function commits(runs: readonly SeedsRun[]): string {
  const builds = [...groupBy(runs, ({ commit }) => commit)];
  return builds
    .map(([commit, group]) => {
      const { seeds, failed } = sum(group);
      return `${commit} ${grouped(seeds)}${failed === 0 ? '' : ` (${failed} failed)`}`;
    })
    .join(', ');
}

/** Faults and coverage; what older builds did not count has fewer seeds behind it, and says so. */
function countedIn(records: readonly SeedRecord[]): string[] {
  const counted = records.flatMap((record) => record.counted);
  const all = counted.reduce((seeds, { runs }) => seeds + runs, 0);
  const text = (title: string, part: 'faults' | 'coverage') => {
    const names = [...new Set(counted.flatMap((some) => Object.keys(some[part])))];
    const counts = names.map((name) => {
      const having = counted.filter((some) => Object.hasOwn(some[part], name));
      const seeds = having.reduce((count, { runs }) => count + runs, 0);
      const times = having.reduce((count, some) => count + some[part][name]!, 0);
      return `${name} ${grouped(times)}${seeds === all ? '' : ` (in ${grouped(seeds)} seeds)`}`;
    });
    return `${title}: ${counts.join(', ')}.`;
  };
  return [text('Faults', 'faults'), '', text('Coverage', 'coverage')];
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
