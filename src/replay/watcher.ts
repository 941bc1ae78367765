import { setTimeout as sleep } from 'node:timers/promises';
import { AlthingError } from '../client/althing-error.ts';
import type { FeedPage } from '../client/answers.ts';
import type { Fleet } from './fleet.ts';
import { endingOf, type Flights } from './flights.ts';

const STATES = ['final', 'rejected'] as const;
const PAGE = 2000;
const WAIT_MS = 2000;
const FAILED_MS = 200;
/** After an answer of several statuses, so that the next holds many: what is read costs the validators too. */
const GATHER_MS = 6;
const SEVERAL = 3;

export type WatcherParts = {
  readonly fleet: Fleet;
  readonly flights: Flights;
  readonly now: () => number;
  readonly signal: AbortSignal;
};

/**
 * Follows the feeds of two validators and notes outcomes, each as told by another validator than the
 * one that the transaction was posted to. Two are enough for that, whatever the number of validators; a
 * reader whose validator stops answering moves on to another.
 */
export class Watcher {
  /** Feed entries lost between two reads, by validators that were restarted or readers too slow. */
  gaps = 0;
  readonly #parts: WatcherParts;
  readonly #watched: number[];
  #readers: Promise<void>[] = [];

  constructor(parts: WatcherParts) {
    this.#parts = parts;
    this.#watched = parts.fleet.size > 1 ? [0, 1] : [0];
  }

  /** Resolves when the feeds are open; what becomes final later is not missed. Throws AlthingError. */
  async open(): Promise<void> {
    const cursors = await Promise.all(this.#watched.map((target) => this.#read(target, null, 0)));
    this.#readers = cursors.map(({ cursor }, reader) => this.#follow(reader, cursor));
  }

  /** After the signal. */
  async closed(): Promise<void> {
    await Promise.all(this.#readers);
  }

  async #follow(reader: number, first: string): Promise<void> {
    let cursor: string | null = first;
    while (!this.#parts.signal.aborted) {
      const target = this.#watched[reader]!;
      try {
        const page: FeedPage = await this.#read(target, cursor, WAIT_MS);
        if (page.gap) this.gaps += 1;
        this.#note(target, page);
        cursor = page.cursor;
        if (page.data.length >= SEVERAL) await sleep(GATHER_MS);
      } catch (error) {
        if (!(error instanceof AlthingError)) throw error;
        if (this.#parts.signal.aborted) return;
        this.#parts.fleet.noteFailure(target, error);
        const other = this.#watched[1 - reader] ?? -1;
        this.#watched[reader] = this.#parts.fleet.pick(target, other);
        cursor = null;
        this.gaps += 1;
        await sleep(FAILED_MS);
      }
    }
  }

  #read(target: number, cursor: string | null, waitMs: number): Promise<FeedPage> {
    const { fleet, signal } = this.#parts;
    const client = fleet.client(target);
    return client.feed({ cursor, limit: PAGE, waitMs, states: STATES, signal });
  }

  #note(target: number, page: FeedPage): void {
    const { flights, fleet, now } = this.#parts;
    const nowMs = now();
    for (const entry of page.data) {
      const at = flights.numberOf(entry.txid);
      if (at === undefined) continue;
      if (flights.postedTo[at] === target && fleet.size > 1) continue;
      const ending = endingOf(entry);
      if (ending !== null) flights.end(at, ending, nowMs);
    }
  }
}
