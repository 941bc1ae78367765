import { setTimeout as sleep } from 'node:timers/promises';
import { AlthingError, type ClientErrorCode, isRetryable } from '../client/althing-error.ts';
import type { BatchResult } from '../client/answers.ts';
import type { TxId } from '../types/ids.ts';
import { Departures } from './departures.ts';
import { type Fleet, POST_BOUNDS } from './fleet.ts';
import type { Flights } from './flights.ts';

/** So few that gathering them would only make them late: they leave at once. */
const FEW = 1;

export type SenderParts = {
  readonly fleet: Fleet;
  readonly flights: Flights;
  readonly bytes: readonly Uint8Array[];
  /** By transaction; see `routesOf`. */
  readonly routes: readonly (readonly number[])[];
  /** Milliseconds since the run's start. */
  readonly now: () => number;
  /** Most without an outcome; Infinity for an open loop. */
  readonly inFlightMax: number;
  readonly signal: AbortSignal;
};

/**
 * Posts every transaction of a trace at its time and never waits for an outcome. Unlike the driver of a load
 * (load/drive.ts) it speaks to validators of this ledger alone: rivals go to several at once, a transaction
 * counts as sent when it is posted, what a validator lost is found by asking (rescue.ts), and posts go to one
 * target after the other: few posts of many cost the validators less.
 */
export class Sender {
  readonly retries: Record<string, number> = {};
  readonly #parts: SenderParts;
  readonly #departures: Departures;
  /** How many of the validators that got a transaction have turned it away. */
  readonly #refusals = new Map<number, number>();
  /** Validators may have these that did not say so: one never answered, or forgot what it had passed on. */
  readonly #astray = new Set<number>();
  /** The target that was posted to last. */
  #turn = 0;
  /** Something that is due has to reach several validators at once. */
  #rushes = false;

  constructor(parts: SenderParts) {
    const { flights, bytes, fleet } = parts;
    this.#parts = parts;
    this.#departures = new Departures({
      intendedMs: flights.intendedMs,
      bytes,
      targets: fleet.size,
      ...POST_BOUNDS,
      post: (target, batch) => this.#postBatch(target, batch),
    });
  }

  /** Until all were posted once, or the signal aborts. Later retries go on in `pump`. */
  async run(): Promise<void> {
    const { flights, signal, now } = this.#parts;
    while (!signal.aborted && flights.counts.sent < flights.size) {
      this.#takeDue();
      this.pump();
      await sleep(this.#departures.restMs(now()));
    }
  }

  /** Posts what is queued and what is due again. */
  pump(): void {
    const departures = this.#departures;
    const { fleet, now } = this.#parts;
    for (const { at, target } of departures.takeAgain(now())) this.post(at, target);
    this.#turn = (this.#turn + 1) % fleet.size;
    if (this.#rushes || departures.queued <= FEW) departures.flushAll();
    else departures.flush(this.#turn);
    this.#rushes = false;
  }

  /** Queues a transaction for a target, or for the next one that is up. */
  post(at: number, preferred: number): void {
    this.#departures.post(at, this.#parts.fleet.pick(preferred));
  }

  /** Once more, since the validator that had it has it no longer. */
  repost(at: number, preferred: number): void {
    this.#astray.add(at);
    this.post(at, preferred);
  }

  /** Does it take more than the word of one validator, to which a rival came first, to call it refused? */
  isAstray(at: number): boolean {
    return this.#astray.has(at);
  }

  #takeDue(): void {
    const { flights, routes, now, inFlightMax } = this.#parts;
    const room = inFlightMax - flights.inFlight - this.#departures.queued;
    for (const at of this.#departures.takeDue(now(), room)) {
      const targets = routes[at]!;
      for (const target of targets) this.post(at, target);
      this.#rushes ||= targets.length > 1;
    }
  }

  async #postBatch(target: number, batch: readonly number[]): Promise<void> {
    const { fleet, flights, bytes, now } = this.#parts;
    const nowMs = now();
    for (const at of batch) if (!this.#isCopy(at, target)) flights.posted(at, target, nowMs);
    try {
      const results = await fleet.client(target).submitBatch(batch.map((at) => bytes[at]!));
      for (const [place, at] of batch.entries()) this.#answered(at, target, results[place]!);
    } catch (error) {
      if (!(error instanceof AlthingError)) throw error;
      fleet.noteFailure(target, error);
      for (const at of batch) this.#notTaken(at, target, error.code, null);
    }
  }

  #answered(at: number, target: number, result: BatchResult): void {
    if (!result.ok) this.#notTaken(at, target, result.code ?? 'internal', result.winner ?? null);
  }

  /** Posted elsewhere too: the outcome counts as told by who did not get this one. */
  #isCopy(at: number, target: number): boolean {
    return this.#parts.routes[at]!.indexOf(target) > 0;
  }

  #notTaken(at: number, target: number, code: ClientErrorCode, winner: TxId | null): void {
    if (code === 'unreachable') this.#astray.add(at);
    if (isRetryable(code)) {
      this.retries[code] = (this.retries[code] ?? 0) + 1;
      this.#departures.postAgain(at, target, this.#parts.now());
    } else this.#refused(at, code, winner);
  }

  #refused(at: number, code: ClientErrorCode, winner: TxId | null): void {
    const { flights, routes, now } = this.#parts;
    // Another validator may propose it all the same: the next cut decides, and who asks is told.
    if (code === 'input-conflict' && this.isAstray(at)) return;
    const refusals = (this.#refusals.get(at) ?? 0) + 1;
    this.#refusals.set(at, refusals);
    // The others that got it may still propose it.
    if (refusals < routes[at]!.length) return;
    flights.end(at, { state: 'refused', reason: code, winner }, now());
  }
}
