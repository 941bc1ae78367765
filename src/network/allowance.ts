export type AllowanceRate = { readonly burst: number; readonly perSecond: number };

/** So much at once, and so much per second: for what costs time whether it is of use or not. */
export class Allowance {
  readonly #rate: AllowanceRate;
  /** Monotonic milliseconds. */
  readonly #now: () => number;
  #left: number;
  #atMs: number;

  constructor(rate: AllowanceRate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
    this.#left = rate.burst;
    this.#atMs = now();
  }

  /**
   * Milliseconds until there is something left again. What came in one piece may overdraw it by as much again;
   * null: that is spent too.
   */
  spend(amount: number): number | null {
    const { burst, perSecond } = this.#rate;
    const nowMs = this.#now();
    this.#left = Math.min(burst, this.#left + ((nowMs - this.#atMs) / 1000) * perSecond) - amount;
    this.#atMs = nowMs;
    if (this.#left >= 0) return 0;
    return this.#left < -burst ? null : (-this.#left / perSecond) * 1000;
  }
}
