import type { Verdict } from './judge.ts';
import { LAYERS, layerOf, type Mutant, placeOf, readSource, spliced } from './mutant.ts';
import { type Interval, wilson } from './sample.ts';
import type { Judge } from './tests.ts';

export type Judged = Verdict & { readonly mutant: Mutant };

type Score = Interval & {
  /** All mutants of the layer, those drawn, those that do not compile. */
  readonly mutants: number;
  readonly drawn: number;
  readonly stillborn: number;
  readonly killed: Readonly<Record<Judge, number>>;
  readonly endless: number;
  readonly left: number;
  /** Share of the drawn ones that compile; `low` and `high` are its interval of 95 %. */
  readonly score: number;
};

export type Report = {
  readonly seed: string;
  readonly cpuSeconds: number;
  readonly layers: Readonly<Record<string, Score>>;
  readonly survivors: readonly {
    readonly place: string;
    readonly mutator: string;
    readonly original: string;
    readonly replacement: string;
    readonly state: Verdict['state'];
  }[];
};

export function reportOf(
  all: readonly Mutant[],
  drawn: readonly Mutant[],
  judged: readonly Judged[],
  asked: { readonly seed: string; readonly cpuSeconds: number },
): Report {
  const layers = LAYERS.filter((layer) => drawn.some((mutant) => layerOf(mutant) === layer));
  const isIn = (layer: string) => (mutant: Mutant) => layerOf(mutant) === layer;
  const scores = layers.map((layer) => {
    const own = judged.filter(({ mutant }) => layerOf(mutant) === layer);
    const counts = {
      mutants: all.filter(isIn(layer)).length,
      drawn: drawn.filter(isIn(layer)).length,
    };
    return [layer, scoreOf(own, counts)] as const;
  });
  const survivors = judged.filter(isLeft).map(({ mutant, state }) => ({
    place: placeOf(mutant),
    mutator: mutant.mutator,
    original: spliced(mutant, readSource(mutant)).original,
    replacement: mutant.replacement,
    state,
  }));
  return { ...asked, layers: Object.fromEntries(scores), survivors };
}

function scoreOf(judged: readonly Judged[], counts: { mutants: number; drawn: number }): Score {
  const by = (judge: Judge) =>
    judged.filter((one) => one.state === 'killed' && one.judge === judge).length;
  const left = judged.filter(isLeft).length;
  const found = judged.length - left;
  return {
    ...counts,
    stillborn: counts.drawn - judged.length,
    killed: { unit: by('unit'), seeds: by('seeds'), scope: by('scope') },
    endless: judged.filter(({ state }) => state === 'endless').length,
    left,
    score: judged.length === 0 ? 0 : found / judged.length,
    ...wilson(found, judged.length),
  };
}

function isLeft({ state }: Verdict): boolean {
  return state === 'survived' || state === 'not reached';
}

/** The score of all layers: each counts by its mutants, not by how many of them were drawn. */
function weighted({ layers }: Report): number {
  const scores = Object.values(layers);
  const all = scores.reduce((sum, { mutants }) => sum + mutants, 0);
  return scores.reduce((sum, { mutants, score }) => sum + score * (mutants / all), 0);
}

export function textOf(report: Report): string {
  const lines = Object.entries(report.layers).map(([layer, one]) => {
    const { unit, seeds, scope } = one.killed;
    const range = `${percent(one.low)} to ${percent(one.high)}`;
    return `| ${layer} | ${one.mutants} | ${one.drawn} | ${one.stillborn} | ${unit} | ${seeds} | ${scope} | ${one.endless} | ${one.left} | ${percent(one.score)} | ${range} |`;
  });
  const survivors = report.survivors.map(
    ({ place, mutator, original, replacement, state }) =>
      `${place} ${mutator}${state === 'survived' ? '' : `, ${state}`}\n  - ${short(original)}\n  + ${short(replacement)}`,
  );
  const head =
    '| layer | mutants | drawn | stillborn | unit | seeds | scope | endless | left | score | 95 % |';
  const overall = `all layers, each by its size: ${percent(weighted(report))}; ${report.cpuSeconds} CPU-s; seed ${report.seed}`;
  return [
    head,
    '|---|'.padEnd(head.split('|').length * 4 - 7, '---|'),
    ...lines,
    overall,
    ...survivors,
    '',
  ].join('\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 160 ? `${line.slice(0, 157)}...` : line;
}
