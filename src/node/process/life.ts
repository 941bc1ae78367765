import { inTime } from '../in-time.ts';
import type { NodeOptions, RunningNode } from '../node.ts';

/** `late`: it was told to stop, and has not in time. */
export type LifeEnd =
  | { readonly kind: 'stopped' | 'late' }
  | { readonly kind: 'failed'; readonly cause: unknown };

export type LifeParts = {
  readonly start: (told: Pick<NodeOptions, 'failed' | 'again'>) => Promise<RunningNode>;
  /** It runs now. */
  readonly started: (node: RunningNode) => void;
  /** It is told to stop; `why` is a signal, or what it starts again for. */
  readonly stopping: (why: string) => void;
  /** How long a clean end may take. */
  readonly stopMs: number;
};

const AGAIN = 'a later state was taken up';

/**
 * The starts of one process and their end: by a signal or a fault, whenever it comes, or for another start. A fault that
 * comes while it stops is told too, or a disk that is full would look like a clean end.
 */
export class Life {
  readonly #parts: LifeParts;
  readonly #signal = Promise.withResolvers<string>();
  readonly #failure = Promise.withResolvers<never>();
  #isSignalled = false;
  #node: RunningNode | null = null;

  constructor(parts: LifeParts) {
    this.#parts = parts;
    // It may come when nobody waits any more.
    this.#failure.promise.catch(() => undefined);
  }

  /** The process should end. */
  signal(name: string): void {
    this.#isSignalled = true;
    this.#signal.resolve(name);
  }

  /** What nobody caught: in consensus code there is no "log and go on". A node that runs ends as by any fault of its own. */
  fault(cause: unknown): void {
    if (this.#node === null) this.#failure.reject(cause);
    else this.#node.fail(cause);
  }

  async run(): Promise<LifeEnd> {
    try {
      for (;;) {
        const end = await this.#once();
        if (end !== 'stopped' || this.#isSignalled) return { kind: end };
      }
    } catch (cause) {
      return { kind: 'failed', cause };
    }
  }

  /** One start and its end. Rejects with a fault. */
  async #once(): Promise<'stopped' | 'late'> {
    const { start, started, stopping } = this.#parts;
    const again = Promise.withResolvers<string>();
    const starting = start({
      failed: (cause) => this.#failure.reject(cause),
      again: () => again.resolve(AGAIN),
    });
    const node = await this.#next(starting);
    if (typeof node === 'string') {
      // Nothing that has begun need be ended: it is no more than a crash would leave.
      starting.catch(() => undefined);
      stopping(node);
      return 'stopped';
    }
    this.#node = node;
    started(node);
    stopping(await this.#next(again.promise));
    const end = await this.#stop(node);
    this.#node = null;
    return end;
  }

  /** The name of a signal if that comes first. */
  #next<T>(what: Promise<T>): Promise<T | string> {
    return Promise.race([what, this.#signal.promise, this.#failure.promise]);
  }

  async #stop(node: RunningNode): Promise<'stopped' | 'late'> {
    const isInTime = inTime(node.stop(), this.#parts.stopMs);
    return (await Promise.race([this.#failure.promise, isInTime])) ? 'stopped' : 'late';
  }
}
