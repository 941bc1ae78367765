import type { Flights } from '../flights.ts';
import { type Answer, FINAL, type Link, type Watching } from './link.ts';

/** Takes everything and calls it final at once: what a run against it shows is the driver itself. */
export class NullLink implements Link {
  readonly targets = 1;
  readonly batchMax = { count: 1000, bytes: Number.POSITIVE_INFINITY };
  readonly postsMax = 64;
  #end: (payments: number) => void = () => undefined;

  async post(_: number, payments: readonly Uint8Array[]): Promise<readonly Answer[]> {
    this.#end(payments.length);
    return payments.map(() => 'taken');
  }

  async isUp(): Promise<boolean> {
    return true;
  }

  /** Posts come in the order of the schedule, so a count says which ones are meant. */
  async watch(flights: Flights, now: () => number): Promise<Watching> {
    let next = 0;
    this.#end = (payments) => {
      const nowMs = now();
      for (let left = payments; left > 0; left--, next++) flights.end(next, FINAL, nowMs);
    };
    return { closed: async () => undefined };
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}
