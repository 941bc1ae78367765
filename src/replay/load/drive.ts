import { setTimeout as sleep } from 'node:timers/promises';
import type { TxId } from '../../types/ids.ts';
import { Availability } from '../availability.ts';
import { Departures } from '../departures.ts';
import { Flights } from '../flights.ts';
import type { Answer, Link } from './link.ts';

/** In the driver's hands, at no target. */
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
  /** Posted to another target, since the first one was gone. */
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
 * Posts every payment at its time to one target after the other and never waits for an outcome. Unlike the sender
 * of a trace (../sender.ts) it must treat any system alike: it asks nothing but that a payment be taken, so it
 * takes whatever a dead target held to another one. What is due while all connections to a target are busy waits its
 * turn, and the wait counts: latency is measured from the intended time. The lag that is kept apart is that of
 * this process alone, between the intended time and the moment at which it had the payment in its hands.
 */
class Driver {
  retries = 0;
  reposts = 0;
  readonly #job: DriveJob;
  readonly #link: Link;
  readonly #flights: Flights;
  readonly #clock: Clock;
  readonly #departures: Departures;
  readonly #availability: Availability;
  #turn = 0;

  constructor(job: DriveJob, link: Link, flights: Flights, clock: Clock) {
    const { intendedMs, payments: bytes } = job;
    const { targets, batchMax, postsMax } = link;
    this.#job = job;
    this.#link = link;
    this.#flights = flights;
    this.#clock = clock;
    this.#availability = new Availability(targets, (target) => link.isUp(target));
    this.#departures = new Departures({
      intendedMs,
      bytes,
      targets,
      batchMax,
      postsMax,
      post: (target, batch) => this.#post(target, batch),
    });
  }

  /** Until everything has an outcome, the drain is over, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { intendedMs, drainMs } = this.#job;
    const last = intendedMs.at(-1) ?? 0;
    const { counts, size } = this.#flights;
    while (!signal.aborted && counts.ended < size) {
      const nowMs = clockNow(this.#clock);
      if (nowMs > last + drainMs) break;
      this.#takeDue(nowMs);
      this.#departures.flushAll();
      await sleep(this.#departures.restMs(clockNow(this.#clock)));
    }
    this.#availability.close();
  }

  #takeDue(nowMs: number): void {
    for (const at of this.#departures.takeDue(nowMs)) {
      this.#queue(at, this.#turn);
      this.#turn = (this.#turn + 1) % this.#link.targets;
      this.#flights.posted(at, NOWHERE, nowMs);
    }
    for (const { at, target } of this.#departures.takeAgain(nowMs)) this.#queue(at, target);
  }

  #queue(at: number, preferred: number): void {
    this.#departures.post(at, this.#availability.pick(preferred));
  }

  async #post(target: number, batch: readonly number[]): Promise<void> {
    const nowMs = clockNow(this.#clock);
    for (const at of batch) this.#flights.posted(at, target, nowMs);
    const payments = batch.map((at) => this.#job.payments[at]!);
    const answers = await this.#link.post(target, payments);
    if (answers === null) this.#lostTarget(target);
    else for (const [place, at] of batch.entries()) this.#answered(at, answers[place]!);
  }

  #answered(at: number, answer: Answer): void {
    if (answer === 'taken') return;
    if (answer === 'later') {
      this.retries += 1;
      this.#again(at);
      return;
    }
    const ending = { state: 'refused', reason: answer.refused, winner: null } as const;
    this.#flights.end(at, ending, clockNow(this.#clock));
  }

  /** At any target, by the payment's number: not all at the one that asked for it. */
  #again(at: number): void {
    this.#departures.postAgain(at, at % this.#link.targets, clockNow(this.#clock));
  }

  /** What any careful client does when its validator is gone: it takes everything open to another. */
  #lostTarget(target: number): void {
    this.#availability.lost(target);
    const flights = this.#flights;
    const other = this.#availability.pick(target + 1);
    for (let at = 0; at < flights.size; at++) {
      if (flights.postedTo[at] !== target || flights.state(at) !== 'sent') continue;
      flights.postedTo[at] = NOWHERE;
      this.reposts += 1;
      if (other === target) this.#again(at);
      else this.#departures.post(at, other);
    }
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
  const flights = new Flights(job.ids as readonly TxId[], job.intendedMs);
  const watched = new AbortController();
  let clock: Clock = { startAtMs: wallMs() };
  const watching = await link.watch(flights, () => clockNow(clock), watched.signal);
  clock = await begin();
  onFlights(flights);
  const driver = new Driver(job, link, flights, clock);
  try {
    await driver.run(signal);
  } finally {
    watched.abort();
    await watching.closed();
  }
  const { retries, reposts } = driver;
  return { flights, retries, reposts };
}
