import { setTimeout as sleep } from 'node:timers/promises';
import { AlthingError } from '../client/althing-error.ts';
import type { BatchResult } from '../client/answers.ts';
import { API_LIMITS } from '../types/limits.ts';
import type { Fleet } from './fleet.ts';
import type { Flights } from './flights.ts';

/** How often what has become due is posted, to one target after the other: few posts of many. */
const TICK_MS = 3;
/** So few that gathering them would only make them late: they leave at once. */
const FEW = 1;
/** Answers that ask to come again, and how long to leave it. */
const RETRY_MS = 250;
const RETRY_CODES = new Set([
  'busy',
  'rate-limited',
  'not-ready',
  'unreachable',
  'request-timeout',
]);
/** Batches under way to one target: beyond that, what is due waits, and its lag shows it. */
const POSTS_MAX = 64;

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

/** Posts every transaction at its time, in batches per target. Never waits for an outcome. */
export class Sender {
  readonly retries: Record<string, number> = {};
  readonly #parts: SenderParts;
  readonly #queues: number[][];
  readonly #underWay: number[];
  /** How many of the validators that got a transaction have turned it away. */
  readonly #refusals = new Map<number, number>();
  #again: { at: number; target: number; dueMs: number }[] = [];
  /** The target that was posted to last. */
  #turn = 0;
  /** Something that is due has to reach several validators at once. */
  #rushes = false;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#queues = parts.fleet.clients.map(() => []);
    this.#underWay = parts.fleet.clients.map(() => 0);
  }

  /** Until all were posted once, or the signal aborts. Later retries go on in `pump`. */
  async run(): Promise<void> {
    const { flights, signal } = this.#parts;
    let next = 0;
    while (!signal.aborted && flights.counts.sent < flights.size) {
      next = this.#takeDue(next);
      this.pump();
      await sleep(TICK_MS);
    }
  }

  /** Posts what is queued and what is due again. */
  pump(): void {
    const now = this.#parts.now();
    const due = this.#again.filter(({ dueMs }) => dueMs <= now);
    if (due.length > 0) this.#again = this.#again.filter(({ dueMs }) => dueMs > now);
    for (const { at, target } of due) this.post(at, target);
    this.#turn = (this.#turn + 1) % this.#queues.length;
    if (this.#rushes || this.#queued <= FEW) {
      for (const target of this.#queues.keys()) this.#flush(target);
    } else {
      this.#flush(this.#turn);
    }
    this.#rushes = false;
  }

  /** Queues a transaction for a target, or for the next one that is up. */
  post(at: number, preferred: number): void {
    this.#queues[this.#parts.fleet.pick(preferred)]!.push(at);
  }

  get #queued(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.length, 0);
  }

  #takeDue(next: number): number {
    const { flights, routes, now, inFlightMax } = this.#parts;
    const nowMs = now();
    let room = inFlightMax - flights.inFlight - this.#queued;
    let at = next;
    for (; at < flights.size && room > 0; at++, room--) {
      if (flights.intendedMs[at]! > nowMs) break;
      const targets = routes[at]!;
      for (const target of targets) this.post(at, target);
      this.#rushes ||= targets.length > 1;
    }
    return at;
  }

  #flush(target: number): void {
    const queue = this.#queues[target]!;
    while (queue.length > 0 && this.#underWay[target]! < POSTS_MAX) {
      void this.#postBatch(target, queue.splice(0, this.#batchLength(queue)));
    }
  }

  #batchLength(queue: readonly number[]): number {
    const { batchTxsMax, batchBytesMax } = API_LIMITS;
    let bytes = 0;
    let count = 0;
    for (const at of queue) {
      bytes += 4 + this.#parts.bytes[at]!.length;
      if (count > 0 && (bytes > batchBytesMax.value || count === batchTxsMax.value)) break;
      count += 1;
    }
    return count;
  }

  async #postBatch(target: number, batch: readonly number[]): Promise<void> {
    const { fleet, flights, bytes, now } = this.#parts;
    const nowMs = now();
    for (const at of batch) if (!this.#isCopy(at, target)) flights.posted(at, target, nowMs);
    this.#underWay[target]! += 1;
    try {
      const results = await fleet.client(target).submitBatch(batch.map((at) => bytes[at]!));
      for (const [place, at] of batch.entries()) this.#answered(at, target, results[place]!);
    } catch (error) {
      if (!(error instanceof AlthingError)) throw error;
      fleet.noteFailure(target, error);
      for (const at of batch) this.#refused(at, target, error.code, null);
    } finally {
      this.#underWay[target]! -= 1;
    }
  }

  #answered(at: number, target: number, result: BatchResult): void {
    if (!result.ok) this.#refused(at, target, result.code ?? 'internal', result.winner ?? null);
  }

  /** Posted elsewhere too: the outcome counts as told by who did not get this one. */
  #isCopy(at: number, target: number): boolean {
    return this.#parts.routes[at]!.indexOf(target) > 0;
  }

  #refused(at: number, target: number, code: string, winner: BatchResult['txid']): void {
    const { flights, routes, now } = this.#parts;
    if (!RETRY_CODES.has(code)) {
      const refusals = (this.#refusals.get(at) ?? 0) + 1;
      this.#refusals.set(at, refusals);
      // The others that got it may still propose it.
      if (refusals < routes[at]!.length) return;
      flights.end(at, { state: 'refused', reason: code, winner }, now());
      return;
    }
    this.retries[code] = (this.retries[code] ?? 0) + 1;
    this.#again.push({ at, target, dueMs: now() + RETRY_MS });
  }
}
