import type { StatusChange } from '../replica/effects.ts';
import { API_LIMITS } from '../types/limits.ts';

type Kind = StatusChange['kind'];

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
  /** Called with the position of the append that has something of the kind. */
  readonly #waiters = new Map<Kind, Set<(position: number) => void>>();
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
    const position = this.#end;
    for (const change of changes) {
      this.#entries[this.#end % this.#entries.length] = { change, atMs };
      this.#end += 1;
    }
    for (const kind of new Set(changes.map((change) => change.kind))) {
      for (const wake of [...(this.#waiters.get(kind) ?? [])]) wake(position);
    }
  }

  /** Up to `limit` entries from `position` on that have one of the `kinds`. */
  read(position: number, limit: number, kinds: ReadonlySet<Kind>): StatusPage {
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

  /**
   * Resolves at the next append with one of the `kinds`, after `timeoutMs`, or when aborted: with a position before
   * which none has come meanwhile. Who waits costs nothing until then, and need not look again at what came before.
   */
  changed(kinds: ReadonlySet<Kind>, timeoutMs: number, signal: AbortSignal): Promise<number> {
    if (signal.aborted) return Promise.resolve(this.#end);
    return new Promise((resolve) => {
      const done = (position: number) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', give);
        for (const kind of kinds) this.#waiting(kind).delete(done);
        resolve(position);
      };
      const give = () => done(this.#end);
      const timer = setTimeout(give, timeoutMs);
      signal.addEventListener('abort', give);
      for (const kind of kinds) this.#waiting(kind).add(done);
    });
  }

  #waiting(kind: Kind): Set<(position: number) => void> {
    const waiting = this.#waiters.get(kind) ?? new Set();
    this.#waiters.set(kind, waiting);
    return waiting;
  }
}
