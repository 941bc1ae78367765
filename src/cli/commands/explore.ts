import type { Tampering } from '../../explore/instance.ts';
import { BUGS, tamperingOf } from '../../explore/planted.ts';
import type { Scope } from '../../explore/scope.ts';
import { SCOPES } from '../../explore/scopes.ts';
import { type Counts, REDUCED, Search, type SearchOptions } from '../../explore/search.ts';
import { tell } from '../../explore/trace.ts';
import type { AddCommand } from '../context.ts';
import { CommandError, EXIT } from '../exit-code.ts';
import { wholeNumber } from '../options/parse-option.ts';
import { table } from '../output.ts';

type Options = {
  readonly scope?: string;
  readonly bug?: string;
  readonly oneByOne: boolean;
  readonly anyOrder: boolean;
  readonly symmetry: boolean;
  readonly statesMax: number;
};

type Report = {
  readonly scope: string;
  /** Everything was seen, and nothing found. */
  readonly verdict: 'holds' | 'violated' | 'stopped';
  readonly counts: Counts;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  readonly counterexample: readonly string[];
};

export const exploreCommand: AddCommand = (program, { output, setExit }) => {
  program
    .command('explore')
    .description('run real replicas through everything that can happen in a small scope')
    .option('--scope <name>', 'which; without it the scopes are listed')
    .option('--bug <name>', 'plant this bug of the simulator into every correct validator')
    .option('--one-by-one', 'take arrivals one by one (no partial-order reduction)', false)
    .option('--any-order', 'with --one-by-one: blocks may come before what they name', false)
    .option('--no-symmetry', 'tell interchangeable lanes apart')
    .option(
      '--states-max <count>',
      'stop at so many global states',
      wholeNumber(1, 1_000_000_000),
      REDUCED.statesMax,
    )
    .action((options: Options) => {
      if (options.scope === undefined) {
        output().result([...SCOPES.values()].map(described), listText);
        return;
      }
      const report = explore(scopeOf(options.scope), options);
      output().result(report, () => reportText(report));
      if (report.verdict === 'violated') setExit(EXIT.failed);
    });
};

function explore(scope: Scope, options: Options): Report {
  const search = new Search(scope, bugOf(options.bug), searchOptions(options));
  const before = process.cpuUsage();
  search.run();
  const used = process.cpuUsage(before);
  const { violation } = search;
  return {
    scope: scope.name,
    verdict: violation !== null ? 'violated' : search.complete ? 'holds' : 'stopped',
    counts: search.counts(),
    cpuSeconds: Math.round((used.user + used.system) / 1e5) / 10,
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    counterexample:
      violation === null ? [] : tell(search, violation, search.table.tuple(violation.at)),
  };
}

function searchOptions({ oneByOne, anyOrder, symmetry, statesMax }: Options): SearchOptions {
  if (anyOrder && !oneByOne) throw new CommandError(EXIT.usage, '--any-order needs --one-by-one');
  return { turns: !oneByOne, anyOrder, symmetry, statesMax };
}

function scopeOf(name: string): Scope {
  const scope = SCOPES.get(name);
  if (scope !== undefined) return scope;
  throw new CommandError(
    EXIT.usage,
    `no scope ${name}; there are ${[...SCOPES.keys()].join(', ')}`,
  );
}

function bugOf(name: string | undefined): Tampering {
  if (name === undefined) return {};
  const bug = BUGS.find((known) => known === name);
  if (bug !== undefined) return tamperingOf(bug);
  throw new CommandError(EXIT.usage, `no bug ${name}; there are ${BUGS.join(', ')}`);
}

function described({ name, about }: Scope) {
  return { name, about };
}

function listText(): string {
  return table([...SCOPES.values()].map(({ name, about }) => [name, about]));
}

function reportText({
  verdict,
  counts,
  cpuSeconds,
  peakMegabytes,
  counterexample,
}: Report): string {
  const { states, transitions, laneStates, laneMoves, steps, blocks } = counts;
  return [
    ...counterexample,
    `${states} global states, ${transitions} transitions, depth ${counts.deepest}`,
    `${laneStates} states of single replicas, ${laneMoves} moves, ${steps} inputs, ${blocks} blocks`,
    `in some state accepted: ${counts.accepted || 'none'}; rejected: ${counts.rejected || 'none'}; cuts: ${counts.cuts}`,
    `${cpuSeconds} s of processor time, ${peakMegabytes} MB: ${verdict}`,
  ].join('\n');
}
