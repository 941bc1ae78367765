import { type Bucket, type Rate, refill } from '../std/rate-limit.ts';

/** So much at once, and so much per second: for what costs time whether it is of use or not. */
export class Allowance {
  readonly #rate: Rate;
  /** Monotonic milliseconds. */
  readonly #now: () => number;
  readonly #bucket: Bucket;

  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
    this.#bucket = { tokens: rate.burst, atMs: now() };
  }

  /**
   * Milliseconds until there is something left again. What came in one piece may overdraw it by as much again;
   * null: that is spent too.
   */
  spend(amount: number): number | null {
    const { burst, perSecond } = this.#rate;
    refill(this.#bucket, this.#rate, this.#now());
    this.#bucket.tokens -= amount;
    const { tokens } = this.#bucket;
    if (tokens >= 0) return 0;
    return tokens < -burst ? null : (-tokens / perSecond) * 1000;
  }
}
