import { setTimeout as sleep } from 'node:timers/promises';

/** How often a target that did not answer is asked whether it is ready again. */
const PROBE_MS = 500;

/** Which of several targets answer, as far as it is known. */
export class Availability {
  readonly #targets: number;
  readonly #isReady: (target: number) => Promise<boolean>;
  readonly #down = new Set<number>();
  readonly #closing = new AbortController();

  constructor(targets: number, isReady: (target: number) => Promise<boolean>) {
    this.#targets = targets;
    this.#isReady = isReady;
  }

  /**
   * Leaves a target alone that did not answer, until it says that it is ready: one that has just come
   * back takes transactions, but is behind.
   */
  lost(target: number): void {
    if (this.#down.has(target) || this.#closing.signal.aborted) return;
    this.#down.add(target);
    void this.#probe(target);
  }

  /** `preferred`, or the next one after it that is up and not `avoid`; `preferred` when none is. */
  pick(preferred: number, avoid = -1): number {
    for (let step = 0; step < this.#targets; step++) {
      const target = (preferred + step) % this.#targets;
      if (target !== avoid && !this.#down.has(target)) return target;
    }
    return preferred % this.#targets;
  }

  /** No further probes. */
  close(): void {
    this.#closing.abort();
  }

  async #probe(target: number): Promise<void> {
    const { signal } = this.#closing;
    do {
      await sleep(PROBE_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
    } while (!(await this.#isReady(target)));
    this.#down.delete(target);
  }
}
