import type { PeerId } from '../replica/effects.ts';
import { peerName } from '../replica/peer-name.ts';
import type { Log } from './logger.ts';

const LINES_PER_SECOND = 10;

/** Logs what peers do wrong, at most so many lines per second: nobody may fill the disk. */
export class Complaints {
  readonly #log: Log;
  readonly #now: () => number;
  #windowStart = 0;
  #lines = 0;
  #suppressed = 0;

  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  add(from: PeerId, code: string, detail: string): void {
    if (this.#now() - this.#windowStart >= 1000) {
      if (this.#suppressed > 0) {
        this.#log.warn({ lines: this.#suppressed }, 'more refusals of peers, not logged');
      }
      this.#windowStart = this.#now();
      this.#lines = 0;
      this.#suppressed = 0;
    }
    if (this.#lines >= LINES_PER_SECOND) {
      this.#suppressed += 1;
      return;
    }
    this.#lines += 1;
    this.#log.warn({ peer: peerName(from), code, detail: detail.slice(0, 200) }, 'refused');
  }
}
