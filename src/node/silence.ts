import type { LaneId } from '../types/ids.ts';

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
/** A peer whose beat is slower than ours may be silent for so many of its usual pauses. */
const USUAL_PAUSES = 4;
/** Weight of the newest pause. */
const NEWEST = 0.25;

/** `heardMs` null: nobody reads the link, or there is none. */
type Heard = { heardMs: number | null; usualMs: number };

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
    const { usualMs } = this.#of(lane);
    this.#heard.set(lane, { heardMs: this.#parts.now(), usualMs });
    this.#trust(lane);
  }

  /** The link has brought something. */
  heard(lane: LaneId): void {
    const now = this.#parts.now();
    const heard = this.#of(lane);
    if (heard.heardMs !== null) heard.usualMs += (now - heard.heardMs - heard.usualMs) * NEWEST;
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
    const fresh = { heardMs: null, usualMs: 0 };
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
      const patienceMs = Math.max(this.#parts.silentMs, USUAL_PAUSES * heard.usualMs);
      if (stoodStill) heard.heardMs = now;
      else if (now - heard.heardMs > patienceMs) {
        this.#doubted.add(lane);
        this.#parts.doubt(lane);
      }
    }
  }
}
