import type { Input } from '../../replica/effects.ts';
import type { LaneId } from '../../types/ids.ts';
import type { Log } from '../log/logger.ts';

export type ClockWatchParts = {
  /** What own blocks carry, in milliseconds. */
  readonly now: () => number;
  /** So many other validators have to have said a block meanwhile, or nothing is known. */
  readonly othersMin: number;
  /** Without it blocks may be old ones, which say nothing about now. */
  readonly isCaughtUp: () => boolean;
  readonly log: Pick<Log, 'warn' | 'info'>;
};

const LOOK_MS = 30_000;
/** Blocks that wait for a busy validator are older when it looks, so it is no matter of milliseconds. */
const OFF_MS = 5000;
/** In a row: after a standstill the first one may have met old blocks only. */
const LOOKS = 2;
/** The same is said again after an hour. */
const LOOKS_BETWEEN_LINES = 3_600_000 / LOOK_MS;

/**
 * Holds the own clock against the times in blocks that come from their validators. Nothing that decides a payment reads a
 * clock, so nobody else would ever notice a wrong one. Of each validator the newest time in a while counts, which is the
 * one that was least delayed, and of all the median: f of them that lie do not move it out of what the others say.
 */
export class ClockWatch {
  readonly #parts: ClockWatchParts;
  readonly #timer: NodeJS.Timeout;
  /** Since the last look. */
  readonly #newest = new Map<LaneId, number>();
  #looksOff = 0;
  #offsetMs = 0;

  constructor(parts: ClockWatchParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** By which the others are ahead; 0 as long as nothing is known. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  heard(input: Input): void {
    if (input.kind !== 'block' || input.from.kind !== 'lane') return;
    const { lane, timeMs } = input.block.header;
    if (lane !== input.from.lane) return;
    const aheadMs = timeMs - this.#parts.now();
    this.#newest.set(lane, Math.max(aheadMs, this.#newest.get(lane) ?? aheadMs));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { othersMin, isCaughtUp } = this.#parts;
    const offsets = [...this.#newest.values()];
    this.#newest.clear();
    if (offsets.length < othersMin || !isCaughtUp()) return;
    this.#offsetMs = median(offsets);
    if (Math.abs(this.#offsetMs) > OFF_MS) this.#off();
    else this.#right();
  }

  #off(): void {
    this.#looksOff += 1;
    if (this.#looksOff % LOOKS_BETWEEN_LINES !== LOOKS) return;
    const fields = { othersAheadMs: this.#offsetMs };
    this.#parts.log.warn(fields, 'the clock of this validator is not that of the others');
  }

  #right(): void {
    const wasSaid = this.#looksOff >= LOOKS;
    this.#looksOff = 0;
    if (!wasSaid) return;
    this.#parts.log.info('the clock of this validator is that of the others again');
  }
}

/** Of two in the middle the one nearer to 0: the other one may be of a liar. */
function median(offsets: readonly number[]): number {
  const sorted = offsets.toSorted((a, b) => a - b);
  const [low = 0, high = 0] = [(sorted.length - 1) >> 1, sorted.length >> 1].map(
    (at) => sorted[at],
  );
  return Math.abs(low) <= Math.abs(high) ? low : high;
}
