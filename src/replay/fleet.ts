import { AlthingError } from '../client/althing-error.ts';
import { RestClient } from '../client/rest-client.ts';

/** How long a target that did not answer is left alone. */
const DOWN_MS = 1000;
const CONNECTIONS = 16;

/** The validators that a run talks to. */
export class Fleet {
  readonly clients: readonly RestClient[];
  readonly #downUntilMs: number[];

  /** Throws AlthingError for a text that is no URL. */
  constructor(urls: readonly string[]) {
    this.clients = urls.map((url) => new RestClient(url, { connections: CONNECTIONS }));
    this.#downUntilMs = urls.map(() => 0);
  }

  get size(): number {
    return this.clients.length;
  }

  client(target: number): RestClient {
    return this.clients[target % this.size] as RestClient;
  }

  isUp(target: number): boolean {
    return performance.now() >= (this.#downUntilMs[target] ?? 0);
  }

  /** Remembers a target that did not answer; other errors say nothing about it. */
  noteFailure(target: number, error: unknown): void {
    if (error instanceof AlthingError && error.code === 'unreachable') {
      this.#downUntilMs[target] = performance.now() + DOWN_MS;
    }
  }

  /** `preferred`, or the next one after it that is up; `preferred` when none is. */
  pick(preferred: number, avoid = -1): number {
    for (let step = 0; step < this.size; step++) {
      const target = (preferred + step) % this.size;
      if (target !== avoid && this.isUp(target)) return target;
    }
    return preferred % this.size;
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }
}
