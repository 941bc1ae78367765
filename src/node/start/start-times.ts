/** What a start does before the node is up, in this order. */
export const START_PARTS = ['journal', 'savepoint', 'store', 'replay'] as const;

type StartPart = (typeof START_PARTS)[number];

/** Milliseconds: the journal read and checked; the savepoint; a store opened or begun; what is behind it replayed. */
export type StartTimes = Readonly<Record<StartPart, number>>;

/** Where the time of a start goes. */
export class StartClock {
  readonly #now: () => number;
  readonly #ms = { journal: 0, savepoint: 0, store: 0, replay: 0 };
  #sinceMs: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#sinceMs = now();
  }

  /** What was done since the last call, or the beginning, belongs to this part. */
  ended(part: StartPart): void {
    const nowMs = this.#now();
    this.#ms[part] += nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
  }

  get times(): StartTimes {
    return { ...this.#ms };
  }
}
