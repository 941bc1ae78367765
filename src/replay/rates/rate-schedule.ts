import { createPrng } from '../../std/prng.ts';
import { type RateTrace, segmentsOf, whole } from './rate-trace.ts';

export type ArrivalKind =
  /** Equally spaced while the rate stays the same, as Diablo sends them. */
  | 'uniform'
  /** A Poisson process of that rate, the same for the same seed. */
  | 'poisson';

export type ScheduleOptions = {
  /** Every rate is multiplied by this. */
  readonly scale: number;
  readonly arrivals: ArrivalKind;
  /** Of the Poisson process. */
  readonly seed: string;
};

/**
 * The intended time of every transaction, ascending, in milliseconds after the start. With R(t) the
 * number of transactions due until t, transaction k is due when R reaches k: what is left of an interval
 * at the end of a step counts in the next, so that no step loses a fraction and the totals hold.
 */
export function scheduleOf(trace: RateTrace, options: ScheduleOptions): Float64Array {
  const { scale } = options;
  const segments = segmentsOf(trace.steps);
  const total = segments.reduce((sum, one) => sum + one.seconds * one.perSecond * scale, 0);
  const dueAt = options.arrivals === 'poisson' ? poisson(options.seed) : (k: number) => k;
  const times: number[] = [];
  let before = 0;
  let k = 1;
  let due = dueAt(k);
  for (const { at, seconds, perSecond } of segments) {
    const rate = perSecond * scale;
    const after = before + rate * seconds;
    for (; due <= after + 1e-6 && due <= total + 1e-6; k++, due = dueAt(k)) {
      times.push((at + (due - before) / rate) * 1000);
    }
    before = after;
  }
  const count = options.arrivals === 'uniform' ? whole(total) : times.length;
  return Float64Array.from(times.slice(0, count));
}

/** Arrivals of a Poisson process of rate 1; to be asked for 1, 2, 3, … in this order. */
function poisson(seed: string): (k: number) => number {
  const random = createPrng(`arrivals/${seed}`);
  let at = 0;
  return () => {
    at -= Math.log(1 - random.float());
    return at;
  };
}
