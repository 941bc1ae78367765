import type { Effects } from '../../replica/effects.ts';
import { Fifo } from '../../std/fifo.ts';

export type ReleaseParts = {
  /** What is in these effects may leave the process: everything that they rest on is durable. In order. */
  readonly release: (effects: Effects) => void;
  /** What they rest on will not be durable, or releasing them threw. */
  readonly failed: (cause: unknown) => void;
  /** Nothing waits any more, for now. */
  readonly emptied: () => void;
};

type Unreleased = {
  readonly effects: Effects;
  readonly durable: Promise<void> | null;
  /** Told when it is released, if anybody asked. */
  released: PromiseWithResolvers<void> | null;
};

/** What steps want from the world, until what they rest on is durable: let go in the order of the steps. */
export class ReleaseQueue {
  readonly #parts: ReleaseParts;
  readonly #waiting = new Fifo<Unreleased>();
  #bytes = 0;
  /** The last of them. */
  #newest: Unreleased | null = null;
  #isRunning = false;
  #isAbandoned = false;
  #done: Promise<void> = Promise.resolve();

  constructor(parts: ReleaseParts) {
    this.#parts = parts;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Of blocks that are not durable, or wait for such that are not. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Resolves when what `run` lets go of is gone, or nothing of it will be any more. */
  get done(): Promise<void> {
    return this.#done;
  }

  /** `durable`: when its own blocks are; null: it has none. */
  push(effects: Effects, durable: Promise<void> | null): void {
    // A failure is seen when its turn to be released comes.
    durable?.catch(() => undefined);
    this.#newest = { effects, durable, released: null };
    this.#waiting.push(this.#newest);
    this.#bytes += bytesOf(effects);
  }

  /** Resolves when all that waits now is released; null: nothing waits. */
  all(): Promise<void> | null {
    if (this.#newest === null) return null;
    this.#newest.released ??= Promise.withResolvers<void>();
    return this.#newest.released.promise;
  }

  /** Goes on letting go of what waits. */
  run(): void {
    if (this.length > 0 && !this.#isRunning) this.#done = this.#release();
  }

  /** Nothing may leave any more. */
  abandon(): void {
    this.#isAbandoned = true;
  }

  async #release(): Promise<void> {
    this.#isRunning = true;
    try {
      for (let next = this.#waiting.peek(); next !== undefined; ) {
        if (next.durable !== null) await next.durable;
        if (this.#isAbandoned) return;
        this.#waiting.shift();
        this.#bytes -= bytesOf(next.effects);
        if (this.#newest === next) this.#newest = null;
        this.#parts.release(next.effects);
        next.released?.resolve();
        next = this.#waiting.peek();
      }
    } catch (cause) {
      this.#parts.failed(cause);
    } finally {
      this.#isRunning = false;
    }
    this.#parts.emptied();
  }
}

function bytesOf({ persist }: Effects): number {
  return persist.reduce((sum, { length }) => sum + length, 0);
}
