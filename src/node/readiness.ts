import type { HealthCheck } from '../api/ports.ts';
import type { LaneId } from '../types/ids.ts';

const BEHIND = 'a quorum has not told what it holds, or holds more';

export type ReadinessParts = {
  /** null: no validator, which need not have caught up. */
  readonly lane: LaneId | null;
  readonly quorum: number;
  /** Validators that are connected, this one included. */
  readonly online: () => number;
  readonly isCaughtUp: () => boolean;
  /** Every check is passed for the first time. */
  readonly becameReady: () => void;
};

/** Does this node take part: does it see a quorum, and has it caught up with it? */
export class Readiness {
  /** Resolves when every check is passed for the first time. */
  readonly reached: Promise<void>;
  readonly #parts: ReadinessParts;
  #reach: (() => void) | null;

  constructor(parts: ReadinessParts) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#parts = parts;
    this.reached = promise;
    this.#reach = resolve;
  }

  get isReady(): boolean {
    return this.checks().every((check) => check.ok);
  }

  checks(): readonly HealthCheck[] {
    const { lane, quorum } = this.#parts;
    const online = this.#parts.online();
    const isCaughtUp = this.#parts.isCaughtUp();
    const noMatter = lane === null ? '; without a lane that is no matter' : '';
    return [
      {
        name: 'quorum',
        ok: online >= quorum,
        detail: `${online} validators connected, ${quorum} needed`,
      },
      {
        name: 'caught_up',
        ok: isCaughtUp || lane === null,
        detail: isCaughtUp ? 'has what a quorum held a moment ago' : `${BEHIND}${noMatter}`,
      },
    ];
  }

  /** To be called when something may have changed. */
  look(): void {
    if (this.#reach === null || !this.isReady) return;
    this.#parts.becameReady();
    this.#reach();
    this.#reach = null;
  }
}
