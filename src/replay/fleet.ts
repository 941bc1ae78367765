import { AlthingError } from '../client/althing-error.ts';
import { RestClient } from '../client/rest-client.ts';
import { API_LIMITS } from '../types/limits.ts';
import { Availability } from './availability.ts';

/** What a post may hold, and how many may be under way to one validator. */
export const POST_BOUNDS = {
  batchMax: { count: API_LIMITS.batchTxsMax.value, bytes: API_LIMITS.batchBytesMax.value },
  postsMax: 16,
} as const;
/** Connections left for questions: behind posts, an outcome would seem to be as late as they are. */
const QUESTIONS_MAX = 8;

/** The validators that a run talks to. */
export class Fleet {
  readonly clients: readonly RestClient[];
  readonly #availability: Availability;

  /** Throws AlthingError for a text that is no URL. */
  constructor(urls: readonly string[]) {
    this.clients = urls.map(
      (url) => new RestClient(url, { connections: POST_BOUNDS.postsMax + QUESTIONS_MAX }),
    );
    this.#availability = new Availability(urls.length, (target) => this.isReady(target));
  }

  get size(): number {
    return this.clients.length;
  }

  client(target: number): RestClient {
    return this.clients[target % this.size] as RestClient;
  }

  /** Asks it. */
  async isReady(target: number): Promise<boolean> {
    try {
      await this.client(target).ready();
      return true;
    } catch (error) {
      if (error instanceof AlthingError) return false;
      throw error;
    }
  }

  /** A target that did not answer is left alone; other errors say nothing about it. */
  noteFailure(target: number, error: unknown): void {
    const isGone = error instanceof AlthingError && error.code === 'unreachable';
    if (isGone) this.#availability.lost(target);
  }

  /** `preferred`, or the next one after it that is up and not `avoid`; `preferred` when none is. */
  pick(preferred: number, avoid?: number): number {
    return this.#availability.pick(preferred, avoid);
  }

  async close(): Promise<void> {
    this.#availability.close();
    await Promise.all(this.clients.map((client) => client.close()));
  }
}
