import type { LaneId } from '../../types/ids.ts';

export type SilenceParts = {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** So long any link may bring nothing: several beats at which every peer says what it holds. */
  readonly silentMs: number;
  /** Nothing has come in for that long. Called again and again as long as nothing comes. */
  readonly doubt: (lane: LaneId) => void;
  /** Something has come in after all. */
  readonly trust: (lane: LaneId) => void;
};

const LOOK_MS = 250;
/** A peer that has paused, because its beat or its machine is slow, may do so again for so much longer. */
const PAUSES = 2;
/** After which a pause counts half. */
const HALF_LIFE_MS = 60_000;

type Heard = {
  /** null: nobody reads the link, or there is none. */
  heardMs: number | null;
  /** The longest pause that ended by itself, at `pausedMs`. */
  pauseMs: number;
  pausedMs: number;
};

/**
 * Notices links on which nothing comes in any more, long before TCP gives them up. Somebody cut the
 * network, or the other side is slow: the link stays, and a second way is tried (docs/adr/0016).
 */
export class Silence {
  readonly #parts: SilenceParts;
  readonly #heard = new Map<LaneId, Heard>();
  readonly #doubted = new Set<LaneId>();
  readonly #timer: NodeJS.Timeout;
  #lookedMs: number;

  constructor(parts: SilenceParts) {
    this.#parts = parts;
    this.#lookedMs = parts.now();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** There is a new link, or it is read again. */
  listen(lane: LaneId): void {
    this.#of(lane).heardMs = this.#parts.now();
    this.#trust(lane);
  }

  /** The link has brought something. */
  heard(lane: LaneId): void {
    const now = this.#parts.now();
    const heard = this.#of(lane);
    const pauseMs = heard.heardMs === null ? 0 : now - heard.heardMs;
    if (pauseMs > longestPause(heard, now)) Object.assign(heard, { pauseMs, pausedMs: now });
    heard.heardMs = now;
    this.#trust(lane);
  }

  /** The link is gone, or nobody reads it: its silence means nothing. */
  ignore(lane: LaneId): void {
    this.#of(lane).heardMs = null;
    this.#doubted.delete(lane);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #of(lane: LaneId): Heard {
    const known = this.#heard.get(lane);
    if (known !== undefined) return known;
    const fresh = { heardMs: null, pauseMs: 0, pausedMs: 0 };
    this.#heard.set(lane, fresh);
    return fresh;
  }

  #trust(lane: LaneId): void {
    if (this.#doubted.delete(lane)) this.#parts.trust(lane);
  }

  #look(): void {
    const now = this.#parts.now();
    // What arrived while this process stood still has not been read yet.
    const stoodStill = now - this.#lookedMs > 2 * LOOK_MS;
    this.#lookedMs = now;
    for (const [lane, heard] of this.#heard) {
      if (heard.heardMs === null) continue;
      const patienceMs = Math.max(this.#parts.silentMs, PAUSES * longestPause(heard, now));
      if (stoodStill) heard.heardMs = now;
      else if (now - heard.heardMs > patienceMs) {
        this.#doubted.add(lane);
        this.#parts.doubt(lane);
      }
    }
  }
}

function longestPause({ pauseMs, pausedMs }: Heard, nowMs: number): number {
  return pauseMs * 0.5 ** ((nowMs - pausedMs) / HALF_LIFE_MS);
}
