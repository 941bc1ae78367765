import { AlthingError } from '../../client/althing-error.ts';
import { COME_AGAIN, Fleet, POST_BOUNDS } from '../fleet.ts';
import type { Flights } from '../flights.ts';
import { Watcher } from '../watcher.ts';
import type { Answer, Link, Watching } from './link.ts';

/** Posts batches, and reads outcomes from the feeds of validators that the payment was not posted to. */
export class AlthingLink implements Link {
  readonly batchMax = POST_BOUNDS.batchMax;
  readonly postsMax = POST_BOUNDS.postsMax;
  readonly #fleet: Fleet;

  constructor(urls: readonly string[]) {
    this.#fleet = new Fleet(urls);
  }

  get doors(): number {
    return this.#fleet.size;
  }

  async post(door: number, payments: readonly Uint8Array[]): Promise<readonly Answer[] | null> {
    try {
      const results = await this.#fleet.client(door).submitBatch([...payments]);
      return results.map(({ ok, code }) => (ok ? 'taken' : answerOf(code ?? 'internal')));
    } catch (error) {
      if (!(error instanceof AlthingError)) throw error;
      if (error.code === 'unreachable') return null;
      const answer = answerOf(error.code);
      return payments.map(() => answer);
    }
  }

  isUp(door: number): Promise<boolean> {
    return this.#fleet.isReady(door);
  }

  async watch(flights: Flights, now: () => number, signal: AbortSignal): Promise<Watching> {
    const watcher = new Watcher({ fleet: this.#fleet, flights, now, signal });
    await watcher.open();
    return watcher;
  }

  close(): Promise<void> {
    return this.#fleet.close();
  }
}

function answerOf(code: string): Answer {
  return COME_AGAIN.has(code) ? 'later' : { refused: code };
}
