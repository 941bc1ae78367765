import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** Each look wakes the process: at 10 ms they were most of what an idle validator woke up for. */
const RESOLUTION_MS = 50;

export type ProcessReading = {
  readonly startSeconds: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly lagP99Seconds: number;
  readonly lagMaxSeconds: number;
};

/** Reads the process; the lag is that since the reading before. */
export class ProcessReadings {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#delay.enable();
  }

  take(): ProcessReading {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    const reading = {
      startSeconds: performance.timeOrigin / 1000,
      cpuSeconds: (user + system) / 1e6,
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      lagP99Seconds: lagSeconds(this.#delay.percentile(99)),
      lagMaxSeconds: lagSeconds(this.#delay.max),
    };
    this.#delay.reset();
    return reading;
  }

  close(): void {
    this.#delay.disable();
  }
}

/** The monitor measures from timer to timer: what is beyond its own period is the lag. */
function lagSeconds(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000);
}
