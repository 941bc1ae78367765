import type { TraceSource } from '../trace/trace.ts';

/**
 * How many transactions a second, over time, and nothing else: the timing of a workload, to be filled
 * with payments of any structure. `steps`: from second `at` on the rate is `perSecond`, until the next
 * step; the last one is the end. Times ascend from 0.
 */
export type RateTrace = {
  readonly name: string;
  readonly steps: readonly RateStep[];
  /** How often each payee is paid, as whole-numbered shares; null: no two payments have one payee. */
  readonly payees: Readonly<Record<string, number>> | null;
  readonly source: TraceSource;
};

export type RateStep = { readonly at: number; readonly perSecond: number };

export type RateTotals = {
  readonly seconds: number;
  readonly transactions: number;
  readonly peakPerSecond: number;
};

export function rateTotals({ steps }: RateTrace): RateTotals {
  let transactions = 0;
  let peakPerSecond = 0;
  for (const { seconds, perSecond } of segmentsOf(steps)) {
    transactions += seconds * perSecond;
    peakPerSecond = Math.max(peakPerSecond, perSecond);
  }
  return { seconds: steps.at(-1)?.at ?? 0, transactions: whole(transactions), peakPerSecond };
}

export type RateSegment = {
  readonly at: number;
  readonly seconds: number;
  readonly perSecond: number;
};

export function segmentsOf(steps: readonly RateStep[]): RateSegment[] {
  return steps.slice(0, -1).map(({ at, perSecond }, place) => {
    return { at, perSecond, seconds: steps[place + 1]!.at - at };
  });
}

/** The part from second `from` on that lasts `seconds`, as a trace of its own that begins at 0. */
export function sliceRates(trace: RateTrace, from: number, seconds: number): RateTrace {
  const end = Math.min(from + seconds, trace.steps.at(-1)?.at ?? 0);
  const kept = segmentsOf(trace.steps).flatMap((segment): RateStep[] => {
    const begins = Math.max(segment.at, from);
    const isInside = begins < Math.min(end, segment.at + segment.seconds);
    return isInside ? [{ at: begins - from, perSecond: segment.perSecond }] : [];
  });
  const steps = [...kept, { at: Math.max(0, end - from), perSecond: 0 }];
  return { ...trace, name: `${trace.name}[${from}..${end}]`, steps };
}

/** Transactions are whole; sums of fractions miss them by rounding. */
export function whole(count: number): number {
  return Math.floor(count + 1e-6);
}
