import { setTimeout as sleep } from 'node:timers/promises';
import type { TxId } from '../../types/ids.ts';
import { Flights } from '../flights.ts';
import type { Answer, Link } from './link.ts';

/** How often what has become due is posted. */
const TICK_MS = 3;
/** What a door asked to come back with waits so long. */
const RETRY_MS = 250;
const PROBE_MS = 500;
/** In the driver's hands, at no door. */
const NOWHERE = -1;

export type DriveJob = {
  /** As the system names the payments. */
  readonly ids: readonly string[];
  readonly payments: readonly Uint8Array[];
  /** Milliseconds after the start, ascending. */
  readonly intendedMs: Float64Array;
  /** How long to wait for outcomes after the last intended time. */
  readonly drainMs: number;
};

export type Driven = {
  readonly flights: Flights;
  readonly retries: number;
  /** Posted to another door, since the first one was gone. */
  readonly reposts: number;
};

/** The clock of a run: the start may be some time ahead, and is the same for all driver processes. */
export type Clock = { readonly startAtMs: number };

const wallMs = () => performance.timeOrigin + performance.now();

export function clockIn(delayMs: number): Clock {
  return { startAtMs: wallMs() + delayMs };
}

export function clockNow({ startAtMs }: Clock): number {
  return wallMs() - startAtMs;
}

/**
 * Posts every payment at its time to one door after the other and never waits for an outcome. What is
 * due while all connections to a door are busy waits its turn, and the wait counts: latency is measured
 * from the intended time. The lag that is kept apart is that of this process alone, between the intended
 * time and the moment at which it had the payment in its hands.
 */
export class Driver {
  readonly flights: Flights;
  retries = 0;
  reposts = 0;
  readonly #job: DriveJob;
  readonly #link: Link;
  readonly #queues: number[][];
  readonly #underWay: number[];
  readonly #down = new Set<number>();
  #again: { readonly at: number; readonly dueMs: number }[] = [];
  #turn = 0;

  constructor(job: DriveJob, link: Link) {
    this.#job = job;
    this.#link = link;
    this.flights = new Flights(job.ids as readonly TxId[], job.intendedMs);
    this.#queues = Array.from({ length: link.doors }, () => []);
    this.#underWay = this.#queues.map(() => 0);
  }

  /** Until everything has an outcome, the drain is over, or the signal aborts. */
  async run(clock: Clock, signal: AbortSignal): Promise<void> {
    const { intendedMs, drainMs } = this.#job;
    const last = intendedMs.at(-1) ?? 0;
    const { counts, size } = this.flights;
    let next = 0;
    while (!signal.aborted && counts.ended < size) {
      const nowMs = clockNow(clock);
      if (nowMs > last + drainMs) return;
      next = this.#take(next, nowMs);
      this.#flushAll(clock);
      await sleep(TICK_MS);
    }
  }

  #take(from: number, nowMs: number): number {
    const { intendedMs } = this.#job;
    let at = from;
    for (; at < intendedMs.length && intendedMs[at]! <= nowMs; at++) {
      this.#queues[this.#pick(this.#turn)]!.push(at);
      this.#turn = (this.#turn + 1) % this.#queues.length;
      this.flights.posted(at, NOWHERE, nowMs);
    }
    const due = this.#again.filter(({ dueMs }) => dueMs <= nowMs);
    if (due.length > 0) this.#again = this.#again.filter(({ dueMs }) => dueMs > nowMs);
    for (const again of due) this.#queues[this.#pick(again.at)]!.push(again.at);
    return at;
  }

  /** `preferred`, or the next door after it that answers. */
  #pick(preferred: number): number {
    const doors = this.#queues.length;
    for (let step = 0; step < doors; step++) {
      const door = (preferred + step) % doors;
      if (!this.#down.has(door)) return door;
    }
    return preferred % doors;
  }

  #flushAll(clock: Clock): void {
    const { batchMax, postsMax } = this.#link;
    for (const [door, queue] of this.#queues.entries()) {
      while (queue.length > 0 && this.#underWay[door]! < postsMax) {
        void this.#post(door, queue.splice(0, batchMax), clock);
      }
    }
  }

  async #post(door: number, batch: readonly number[], clock: Clock): Promise<void> {
    const nowMs = clockNow(clock);
    for (const at of batch) this.flights.posted(at, door, nowMs);
    this.#underWay[door]! += 1;
    const payments = batch.map((at) => this.#job.payments[at]!);
    const answers = await this.#link.post(door, payments);
    this.#underWay[door]! -= 1;
    if (answers === null) this.#lostDoor(door, clockNow(clock));
    else for (const [place, at] of batch.entries()) this.#answered(at, answers[place]!, clock);
  }

  #answered(at: number, answer: Answer, clock: Clock): void {
    if (answer === 'taken') return;
    const nowMs = clockNow(clock);
    if (answer === 'later') {
      this.retries += 1;
      this.#again.push({ at, dueMs: nowMs + RETRY_MS });
      return;
    }
    this.flights.end(at, { state: 'refused', reason: answer.refused, winner: null }, nowMs);
  }

  /** What any careful client does when its validator is gone: it takes everything open to another. */
  #lostDoor(door: number, nowMs: number): void {
    if (!this.#down.has(door)) {
      this.#down.add(door);
      void this.#probe(door);
    }
    const { flights } = this;
    const other = this.#pick(door + 1);
    for (let at = 0; at < flights.size; at++) {
      if (flights.postedTo[at] !== door || flights.state(at) !== 'sent') continue;
      flights.postedTo[at] = NOWHERE;
      this.reposts += 1;
      if (other === door) this.#again.push({ at, dueMs: nowMs + RETRY_MS });
      else this.#queues[other]!.push(at);
    }
  }

  async #probe(door: number): Promise<void> {
    for (;;) {
      await sleep(PROBE_MS, undefined, { ref: false });
      if (await this.#link.isUp(door)) break;
    }
    this.#down.delete(door);
  }
}

/** Runs one job on one link, from before the start to after the drain. */
export async function drive(
  job: DriveJob,
  link: Link,
  begin: () => Promise<Clock>,
  signal: AbortSignal,
  onFlights: (flights: Flights) => void = () => undefined,
): Promise<Driven> {
  const driver = new Driver(job, link);
  const watched = new AbortController();
  let clock: Clock = { startAtMs: wallMs() };
  const watching = await link.watch(driver.flights, () => clockNow(clock), watched.signal);
  clock = await begin();
  onFlights(driver.flights);
  try {
    await driver.run(clock, signal);
  } finally {
    watched.abort();
    await watching.closed();
  }
  const { flights, retries, reposts } = driver;
  return { flights, retries, reposts };
}
