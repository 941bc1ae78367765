/** Waiting times between dials of one target, in milliseconds. */
export type BackOff = {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A connection that lasted at least so long counts as a success: the next wait is the first again. */
  readonly stableMs: number;
};

/** The longest wait is what a healed network may have to wait for; the more members, the more dials it means. */
export function defaultBackOff(members: number): BackOff {
  return { firstMs: 200, maxMs: Math.max(400, 50 * members), stableMs: 5000 };
}

/** Doubles per attempt up to the bound; the upper half of each wait is random. `random` is in [0, 1). */
export function waitMs(backOff: BackOff, attempt: number, random: number): number {
  const full = Math.min(backOff.maxMs, backOff.firstMs * 2 ** Math.min(attempt, 30));
  return (full * (1 + random)) / 2;
}

/**
 * Keeps trying to reach one target while it is wanted. At most one dial at a time; a dial that fails, or
 * leads to a connection that does not last, makes the next wait longer.
 */
export class Redial {
  readonly #dial: () => Promise<void>;
  readonly #backOff: BackOff;
  readonly #random: () => number;
  readonly #firstDialMs: number;
  #attempt = 0;
  #isWanted = false;
  #isDialing = false;
  #timer: NodeJS.Timeout | null = null;

  /** `firstDialMs`: how long it waits before the first dial of all, for the other side to come first. */
  constructor(
    dial: () => Promise<void>,
    backOff: BackOff,
    random: () => number,
    firstDialMs: number,
  ) {
    this.#dial = dial;
    this.#backOff = backOff;
    this.#random = random;
    this.#firstDialMs = firstDialMs;
  }

  /** The target is needed and not there: dials after the wait. */
  want(): void {
    this.#isWanted = true;
    if (this.#isDialing || this.#timer !== null) return;
    const delayMs =
      this.#attempt === 0
        ? this.#firstDialMs
        : waitMs(this.#backOff, this.#attempt - 1, this.#random());
    this.#attempt += 1;
    this.#timer = setTimeout(() => void this.#run(), delayMs);
    this.#timer.unref();
  }

  /** There is something new to try: the waiting starts anew. */
  hurry(): void {
    this.#attempt = 0;
    if (!this.#isWanted) return;
    this.#cancel();
    this.want();
  }

  /** The target is there (for so many milliseconds, when it has just gone). */
  lasted(ms: number): void {
    if (ms >= this.#backOff.stableMs) this.#attempt = 0;
  }

  rest(): void {
    this.#isWanted = false;
    this.#cancel();
  }

  async #run(): Promise<void> {
    this.#timer = null;
    this.#isDialing = true;
    try {
      await this.#dial();
      this.#isDialing = false;
    } catch {
      this.#isDialing = false;
      if (this.#isWanted) this.want();
    }
  }

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
