/** How often a sender looks at what has become due, at most: what becomes due meanwhile goes in one batch. */
const TICK_MS = 3;
/** And at least. */
const REST_MAX_MS = 50;
/** What is to be posted again waits so long. */
const AGAIN_MS = 250;
/** Of each payment's length, as batches frame it. */
const LENGTH_BYTES = 4;

/** Bounds of one post. */
export type BatchMax = { readonly count: number; readonly bytes: number };

export type DeparturesParts = {
  /** Of each transaction, ascending; NaN: it is due whenever there is room. */
  readonly intendedMs: Float64Array;
  readonly bytes: readonly Uint8Array[];
  readonly targets: number;
  readonly batchMax: BatchMax;
  /** Batches under way to one target: beyond that, what is due waits, and the wait counts. */
  readonly postsMax: number;
  /** Resolves when the batch was answered, or is known to be lost. */
  readonly post: (target: number, batch: readonly number[]) => Promise<void>;
};

type Again = { readonly at: number; readonly target: number };

/**
 * An open loop's transactions on their way out, by their place in the schedule: what has become due, what waits
 * for each target, and what a target asked to come back with. Where each goes, what an answer means and what
 * becomes of those that a target lost is up to who sends.
 */
export class Departures {
  readonly #parts: DeparturesParts;
  readonly #queues: number[][];
  readonly #underWay: number[];
  #again: (Again & { readonly dueMs: number })[] = [];
  #next = 0;

  constructor(parts: DeparturesParts) {
    this.#parts = parts;
    this.#queues = Array.from({ length: parts.targets }, () => []);
    this.#underWay = this.#queues.map(() => 0);
  }

  /** For a target and not posted yet. */
  get queued(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.length, 0);
  }

  /** Those that have become due since the last call, at most `room`. */
  takeDue(nowMs: number, room = Number.POSITIVE_INFINITY): number[] {
    const { intendedMs } = this.#parts;
    const due: number[] = [];
    while (this.#next < intendedMs.length && due.length < room) {
      if (intendedMs[this.#next]! > nowMs) break;
      due.push(this.#next);
      this.#next += 1;
    }
    return due;
  }

  /** Whole milliseconds until a sender has something to do here: where little is sent, each leaves at its time. */
  restMs(nowMs: number): number {
    const nextMs = this.#parts.intendedMs[this.#next];
    if (nextMs === undefined || Number.isNaN(nextMs) || this.queued > 0) return TICK_MS;
    return Math.min(REST_MAX_MS, Math.max(TICK_MS, Math.ceil(nextMs - nowMs)));
  }

  /** Those of `postAgain` whose time has come. */
  takeAgain(nowMs: number): readonly Again[] {
    const due = this.#again.filter(({ dueMs }) => dueMs <= nowMs);
    if (due.length > 0) this.#again = this.#again.filter(({ dueMs }) => dueMs > nowMs);
    return due;
  }

  post(at: number, target: number): void {
    this.#queues[target]!.push(at);
  }

  postAgain(at: number, target: number, nowMs: number): void {
    this.#again.push({ at, target, dueMs: nowMs + AGAIN_MS });
  }

  /** Posts what waits for the target, in as few batches as the bounds allow. */
  flush(target: number): void {
    const queue = this.#queues[target]!;
    while (queue.length > 0 && this.#underWay[target]! < this.#parts.postsMax) {
      void this.#send(target, queue.splice(0, this.#batchLength(queue)));
    }
  }

  flushAll(): void {
    for (const target of this.#queues.keys()) this.flush(target);
  }

  async #send(target: number, batch: readonly number[]): Promise<void> {
    this.#underWay[target]! += 1;
    try {
      await this.#parts.post(target, batch);
    } finally {
      this.#underWay[target]! -= 1;
    }
  }

  /** At least one: what is too large by itself is for the target to say. */
  #batchLength(queue: readonly number[]): number {
    const { batchMax, bytes } = this.#parts;
    let size = 0;
    let count = 0;
    for (const at of queue) {
      size += LENGTH_BYTES + bytes[at]!.length;
      if (count > 0 && (size > batchMax.bytes || count === batchMax.count)) break;
      count += 1;
    }
    return count;
  }
}
