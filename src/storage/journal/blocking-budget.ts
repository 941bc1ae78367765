/** Of all time, the share that may be spent waiting for the disk. */
const SHARE = 0.2;
/** What a time without waiting leaves for later, at most. */
const SAVED_MS_MAX = 20;

/**
 * How long the disk may hold up this thread. What is handed to another thread waits until that one runs, and then
 * until this one has a turn again: where validators share cores that takes several times as long as a quick disk
 * does, and every block has to wait for it before it may leave. So this thread waits for the disk itself while
 * that takes little of its time; a slow disk uses up what is granted, and the rest is done elsewhere.
 */
export class BlockingBudget {
  readonly #now: () => number;
  #leftMs = SAVED_MS_MAX;
  #lookedMs: number;

  /** `now`: milliseconds, monotonic. */
  constructor(now: () => number) {
    this.#now = now;
    this.#lookedMs = now();
  }

  /** Does the one or the other of what has the same effect. Rejects with what `here` throws. */
  async spend(here: () => void, elsewhere: () => Promise<void>): Promise<void> {
    const began = this.#now();
    const earned = (began - this.#lookedMs) * SHARE;
    this.#leftMs = Math.min(SAVED_MS_MAX, this.#leftMs + earned);
    this.#lookedMs = began;
    if (this.#leftMs <= 0) return elsewhere();
    try {
      here();
    } finally {
      this.#leftMs -= this.#now() - began;
    }
  }
}
