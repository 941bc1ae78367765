import type { Roots } from '../../ledger/checkpoint.ts';
import { Fifo } from '../../std/fifo.ts';
import type { Epoch } from '../../types/ids.ts';

export type RootJobsParts = {
  /** Computes the roots of an epoch in small steps, one per `next`. */
  readonly roots: (epoch: Epoch) => Iterator<void, Roots>;
  readonly rooted: (epoch: Epoch, roots: Roots) => void;
  readonly failed: (cause: unknown) => void;
  /** Longest time that a slice keeps other work of the process waiting. */
  readonly sliceMs: number;
};

/** Roots, computed in slices between the steps; one epoch begins when the answer of the one before is stepped. */
export class RootJobs {
  readonly #parts: RootJobsParts;
  readonly #waiting = new Fifo<Epoch>();
  #isBusy = false;
  #isStopped = false;

  constructor(parts: RootJobsParts) {
    this.#parts = parts;
  }

  add(epoch: Epoch): void {
    this.#waiting.push(epoch);
    if (!this.#isBusy) this.next();
  }

  /** The answer of the last one is stepped. */
  next(): void {
    const epoch = this.#waiting.shift();
    this.#isBusy = epoch !== undefined;
    if (epoch === undefined) return;
    const job = this.#parts.roots(epoch);
    setImmediate(() => this.#slice(epoch, job));
  }

  stop(): void {
    this.#isStopped = true;
  }

  #slice(epoch: Epoch, job: Iterator<void, Roots>): void {
    if (this.#isStopped) return;
    try {
      const end = performance.now() + this.#parts.sliceMs;
      let next = job.next();
      while (!next.done && performance.now() < end) next = job.next();
      if (next.done) this.#parts.rooted(epoch, next.value);
      else setImmediate(() => this.#slice(epoch, job));
    } catch (cause) {
      this.#parts.failed(cause);
    }
  }
}
