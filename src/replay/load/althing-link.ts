import { AlthingError } from '../../client/althing-error.ts';
import { API_LIMITS } from '../../types/limits.ts';
import { Fleet } from '../fleet.ts';
import type { Flights } from '../flights.ts';
import { Watcher } from '../watcher.ts';
import type { Answer, Link, Watching } from './link.ts';

const LATER_CODES = new Set(['busy', 'rate-limited', 'not-ready', 'request-timeout']);

/** Posts batches, and reads outcomes from the feeds of validators that the payment was not posted to. */
export class AlthingLink implements Link {
  readonly batchMax = API_LIMITS.batchTxsMax.value;
  readonly postsMax = 64;
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

  async isUp(door: number): Promise<boolean> {
    try {
      await this.#fleet.client(door).ready();
      return true;
    } catch (error) {
      if (error instanceof AlthingError) return false;
      throw error;
    }
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
  return LATER_CODES.has(code) ? 'later' : { refused: code };
}
