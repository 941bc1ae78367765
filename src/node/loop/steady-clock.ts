/** A source of time in milliseconds. */
export type TimeSource = () => number;

/** The share of the passing time by which the clock may be corrected. */
const SLEW = 0.05;

/**
 * Unix time that never jumps: it runs with the monotonic clock and drifts towards the wall clock by
 * at most 5 %. Timers of the replica thus never fire twice or early because somebody set the clock,
 * and block times still follow the wall clock in the long run.
 */
export class SteadyClock {
  readonly #wall: TimeSource;
  readonly #monotonic: TimeSource;
  #now: number;
  #seen: number;

  constructor(wall: TimeSource = Date.now, monotonic: TimeSource = () => performance.now()) {
    this.#wall = wall;
    this.#monotonic = monotonic;
    this.#now = wall();
    this.#seen = monotonic();
  }

  /** Whole milliseconds; never less than before. */
  now(): number {
    const seen = this.#monotonic();
    const passed = Math.max(0, seen - this.#seen);
    this.#seen = seen;
    const error = this.#wall() - (this.#now + passed);
    const correction = Math.max(-passed * SLEW, Math.min(passed * SLEW, error));
    this.#now += passed + correction;
    return Math.floor(this.#now);
  }
}
