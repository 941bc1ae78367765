import type { StatusChange } from '../replica/effects.ts';
import { API_LIMITS } from '../types/limits.ts';

export type StatusEntry = { readonly change: StatusChange; readonly atMs: number };

export type StatusPage = {
  readonly entries: readonly StatusEntry[];
  /** Position after the entries that were looked at. */
  readonly next: number;
  /** Some between the position asked for and these are overwritten, or of an earlier run. */
  readonly gap: boolean;
};

/**
 * The newest changes of statuses that this node has told, in their order: a ring. One reader with a
 * cursor costs far less than asking for every transaction by itself.
 */
export class StatusLog {
  readonly #entries: (StatusEntry | undefined)[];
  readonly #waiters = new Set<() => void>();
  #end = 0;

  constructor(capacity: number = API_LIMITS.feedEntriesMax.value) {
    this.#entries = new Array(capacity);
  }

  /** Position after the newest entry. */
  get end(): number {
    return this.#end;
  }

  /** Call when the changes may be told: what they rest on is durable. */
  append(changes: readonly StatusChange[], atMs: number): void {
    if (changes.length === 0) return;
    for (const change of changes) {
      this.#entries[this.#end % this.#entries.length] = { change, atMs };
      this.#end += 1;
    }
    for (const wake of [...this.#waiters]) wake();
  }

  /** Up to `limit` entries from `position` on that have one of the `kinds`. */
  read(position: number, limit: number, kinds: ReadonlySet<StatusChange['kind']>): StatusPage {
    const oldest = Math.max(0, this.#end - this.#entries.length);
    const gap = position < oldest || position > this.#end;
    const entries: StatusEntry[] = [];
    let next = gap ? oldest : position;
    for (; next < this.#end && entries.length < limit; next++) {
      const entry = this.#entries[next % this.#entries.length];
      if (entry !== undefined && kinds.has(entry.change.kind)) entries.push(entry);
    }
    return { entries, next, gap };
  }

  /** Resolves at the next append, after `timeoutMs`, or when aborted. */
  changed(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#waiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      signal.addEventListener('abort', done);
      this.#waiters.add(done);
    });
  }
}
