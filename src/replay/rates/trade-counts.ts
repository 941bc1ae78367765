import { err, ok, type Result } from '../../std/result.ts';
import type { TraceSource } from '../trace/trace.ts';
import type { RateTrace } from './rate-trace.ts';

type Second = {
  readonly timestamp: string;
  readonly total: { readonly requests: number };
  /** By name: the volume, and the number of trades. */
  readonly stocks: Readonly<Record<string, readonly [number, number]>>;
};

/**
 * Trades counted by second: `[{"timestamp":"09:30:00","total":{"requests":n,…},"stocks":{"AAPL":[volume,
 * trades],…}},…]`, without gaps. Each trade is one payment to its stock; the shares of the stocks become
 * the shares of the payees.
 */
export function ratesOfTradeCounts(text: string, source: TraceSource): Result<RateTrace, string> {
  let seconds: readonly Second[];
  try {
    seconds = JSON.parse(text) as readonly Second[];
  } catch {
    return err('not JSON');
  }
  const isList = Array.isArray(seconds) && seconds.every(isSecond);
  if (!isList || seconds.length === 0) return err('not a list of seconds');
  const payees: Record<string, number> = {};
  const steps: { at: number; perSecond: number }[] = [];
  const begins = secondOfDay(seconds[0]!.timestamp);
  for (const [at, { timestamp, total, stocks }] of seconds.entries()) {
    if (secondOfDay(timestamp) !== begins + at) return err(`${timestamp} is not the next second`);
    const trades = Object.entries(stocks);
    const sum = trades.reduce((all, [, [, count]]) => all + count, 0);
    if (sum !== total.requests) return err(`${timestamp}: the stocks sum to ${sum}, not the total`);
    for (const [name, [, count]] of trades) payees[name] = (payees[name] ?? 0) + count;
    steps.push({ at, perSecond: total.requests });
  }
  steps.push({ at: seconds.length, perSecond: 0 });
  return ok({ name: `trades-${seconds.length}`, steps: merged(steps), payees, source });
}

function isSecond(value: unknown): value is Second {
  const { timestamp, total, stocks } = (value ?? {}) as Partial<Second>;
  if (typeof stocks !== 'object' || stocks === null) return false;
  const counts = Object.values(stocks).map((pair: Second['stocks'][string] | null) => pair?.[1]);
  return typeof timestamp === 'string' && [total?.requests, ...counts].every(Number.isSafeInteger);
}

function secondOfDay(timestamp: string): number {
  const [hours = Number.NaN, minutes = Number.NaN, seconds = Number.NaN] = timestamp
    .split(':')
    .map(Number);
  return (hours * 60 + minutes) * 60 + seconds;
}

function merged(steps: readonly { at: number; perSecond: number }[]): RateTrace['steps'] {
  return steps.filter(
    (step, at) =>
      at === 0 || step.perSecond !== steps[at - 1]!.perSecond || at === steps.length - 1,
  );
}
