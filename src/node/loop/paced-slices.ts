import { setTimeout as sleep } from 'node:timers/promises';
import { API_LIMITS } from '../../types/limits.ts';

/** How long nothing runs after a slice, in times that it took. */
const RESTS = 100 / API_LIMITS.snapshotTimePercent.value - 1;
/** A process that was frozen meanwhile has not worked. */
const REST_MS_MAX = 500;

export type SliceClock = {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
};

const PROCESS_CLOCK: SliceClock = {
  now: () => performance.now(),
  pause: (ms) => sleep(ms),
};

/**
 * Work for whoever asks, in slices, one at a time and in turns: all of them together take a share of the time of the
 * event loop at most, however many ask. A slice counts from its begin to its end, waits for the disk and for others'
 * turns included, so that they take less where the process is busy.
 */
export class PacedSlices {
  readonly #clock: SliceClock;
  #rested: Promise<void> = Promise.resolve();

  constructor(clock = PROCESS_CLOCK) {
    this.#clock = clock;
  }

  run<T>(slice: () => Promise<T>): Promise<T> {
    const ran = this.#rested.then(async () => {
      const began = this.#clock.now();
      const value = await slice();
      return { value, tookMs: this.#clock.now() - began };
    });
    this.#rested = ran.then(
      ({ tookMs }) => this.#clock.pause(Math.min(REST_MS_MAX, RESTS * tookMs)),
      () => undefined,
    );
    return ran.then(({ value }) => value);
  }
}
