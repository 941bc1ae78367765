import { performance } from 'node:perf_hooks';

/** How often the load is looked at. */
const WINDOW_MS = 200;
/** Longest spacing: at a load that leaves no room. */
const LONGEST_MS = 80;
/** Spacing at half load; it grows with the queue that such a load would build up, u / (1 - u). */
const HALF_LOAD_MS = 8;

/** Share of the time since the last call in which the event loop was at work, 0 to 1. */
export type LoadGauge = () => number;

/** The gauge of this process. */
export function eventLoopShare(): LoadGauge {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}

/**
 * How close together own blocks may be: as close as the policy lets them while the process has time to
 * spare, which is the shortest latency, and further apart the busier it is, so that each block carries
 * more. Blocks cost every validator some time whatever is in them: without this a busy validator would
 * spend what is left of its time on ever smaller blocks.
 */
export class Pace {
  readonly #gauge: LoadGauge;
  readonly #now: () => number;
  #lookMs = Number.NEGATIVE_INFINITY;
  #spacingMs = 0;

  constructor(gauge: LoadGauge, now: () => number) {
    this.#gauge = gauge;
    this.#now = now;
  }

  /** Has the process lately been at work for more than half of the time? */
  get isBusy(): boolean {
    return this.#spacingMs > HALF_LOAD_MS;
  }

  spacingMs(): number {
    const now = this.#now();
    if (now < this.#lookMs + WINDOW_MS) return this.#spacingMs;
    this.#lookMs = now;
    const share = this.#gauge();
    const wanted = share >= 1 ? LONGEST_MS : (HALF_LOAD_MS * share) / (1 - share);
    // Halfway: one look that met a collection of garbage does not make everything slow.
    this.#spacingMs = (this.#spacingMs + Math.min(LONGEST_MS, wanted)) / 2;
    return this.#spacingMs;
  }
}
