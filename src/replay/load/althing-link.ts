import { AlthingError, type ClientErrorCode, isRetryable } from '../../client/althing-error.ts';
import { Fleet, POST_BOUNDS } from '../fleet.ts';
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

  get targets(): number {
    return this.#fleet.size;
  }

  async post(target: number, payments: readonly Uint8Array[]): Promise<readonly Answer[] | null> {
    try {
      const results = await this.#fleet.client(target).submitBatch([...payments]);
      return results.map(({ ok, code }) => (ok ? 'taken' : answerOf(code ?? 'internal')));
    } catch (error) {
      if (!(error instanceof AlthingError)) throw error;
      if (error.code === 'unreachable') return null;
      const answer = answerOf(error.code);
      return payments.map(() => answer);
    }
  }

  isUp(target: number): Promise<boolean> {
    return this.#fleet.isReady(target);
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

function answerOf(code: ClientErrorCode): Answer {
  return isRetryable(code) ? 'later' : { refused: code };
}
