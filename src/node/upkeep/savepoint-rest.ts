import type { SavepointCost } from '../../storage/savepoint/savepoint-folder.ts';

/**
 * What a savepoint reads and writes in a millisecond of processor time, about: 85 MB took 0.45 s, 262 MB 0.75, with
 * all that is written and collected for it. Steps of the replica go on meanwhile, so it cannot be told from the time
 * that the process takes.
 */
const BYTES_PER_MS = 200_000;

/** What one has failed for, such as a file system without hard links, will hardly be gone sooner. */
const FAILED_MS = 60_000;

export type Clocks = {
  readonly now: () => number;
  /** Processor time of the process, with all its threads. */
  readonly cpuMs: () => number;
};

export const PROCESS_CLOCKS: Clocks = {
  now: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

/**
 * How long there is none after a savepoint: until some multiple of what it took has passed, or has been worked by this
 * process, whichever is sooner. By time alone a rest would be long where a savepoint takes long for want of cores, and
 * a start would have the more to replay the longer that takes; by work alone where there is next to none.
 */
export class SavepointRest {
  readonly #clocks: Clocks;
  readonly #ended = { ms: Number.NEGATIVE_INFINITY, cpuMs: Number.NEGATIVE_INFINITY };
  readonly #took = { ms: 0, cpuMs: 0 };

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
  }

  /** The last one ends now. `cost` null: it failed, and nobody knows what it has worked. */
  begin(tookMs: number, cost: SavepointCost | null): void {
    this.#ended.ms = this.#clocks.now();
    this.#ended.cpuMs = this.#clocks.cpuMs();
    this.#took.ms = tookMs;
    this.#took.cpuMs =
      cost === null
        ? Number.POSITIVE_INFINITY
        : (cost.readBytes + cost.writtenBytes) / BYTES_PER_MS;
  }

  /** Is it over if it lasts so many times what the last one took? */
  isOver(times: number): boolean {
    const [ended, took] = [this.#ended, this.#took];
    const hasFailed = took.cpuMs === Number.POSITIVE_INFINITY;
    const restMs = Math.max(times * took.ms, hasFailed ? FAILED_MS : 0);
    if (this.#clocks.now() >= ended.ms + restMs) return true;
    return this.#clocks.cpuMs() >= ended.cpuMs + times * took.cpuMs;
  }
}
