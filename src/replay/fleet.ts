import { setTimeout as sleep } from 'node:timers/promises';
import { AlthingError } from '../client/althing-error.ts';
import { RestClient } from '../client/rest-client.ts';

const CONNECTIONS = 16;
/** How often a target that did not answer is asked whether it is ready again. */
const PROBE_MS = 500;

/** The validators that a run talks to. */
export class Fleet {
  readonly clients: readonly RestClient[];
  readonly #down = new Set<number>();
  readonly #closing = new AbortController();

  /** Throws AlthingError for a text that is no URL. */
  constructor(urls: readonly string[]) {
    this.clients = urls.map((url) => new RestClient(url, { connections: CONNECTIONS }));
  }

  get size(): number {
    return this.clients.length;
  }

  client(target: number): RestClient {
    return this.clients[target % this.size] as RestClient;
  }

  isUp(target: number): boolean {
    return !this.#down.has(target);
  }

  /**
   * Leaves a target alone that did not answer, until it says that it is ready: one that has just come
   * back takes transactions, but is behind. Other errors say nothing about it.
   */
  noteFailure(target: number, error: unknown): void {
    const isGone = error instanceof AlthingError && error.code === 'unreachable';
    if (!isGone || this.#down.has(target) || this.#closing.signal.aborted) return;
    this.#down.add(target);
    void this.#probe(target);
  }

  /** `preferred`, or the next one after it that is up and not `avoid`; `preferred` when none is. */
  pick(preferred: number, avoid = -1): number {
    for (let step = 0; step < this.size; step++) {
      const target = (preferred + step) % this.size;
      if (target !== avoid && this.isUp(target)) return target;
    }
    return preferred % this.size;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.clients.map((client) => client.close()));
  }

  async #probe(target: number): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await sleep(PROBE_MS, undefined, { signal }).catch(() => undefined);
      try {
        await this.client(target).ready();
        this.#down.delete(target);
        return;
      } catch (error) {
        if (!(error instanceof AlthingError)) throw error;
      }
    }
  }
}
