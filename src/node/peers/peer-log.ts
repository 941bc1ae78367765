import type { PeerId } from '../../replica/effects.ts';
import { peerName } from '../../replica/peers/peer-name.ts';
import type { Log } from '../log/logger.ts';

const LINES_PER_SECOND = 10;

/** Logs what peers do, at most so many lines per second: nobody may fill the disk. */
export class PeerLog {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #names: readonly string[];
  #windowStart = 0;
  #lines = 0;
  #suppressed = 0;

  /** `names`: of the validators, by lane. */
  constructor(log: Log, names: readonly string[], now: () => number) {
    this.#log = log;
    this.#names = names;
    this.#now = now;
  }

  refused(from: PeerId, code: string, detail: string): void {
    if (!this.#mayLog()) return;
    const fields = { ...this.#named(from), code, detail: detail.slice(0, 200) };
    this.#log.warn(fields, 'refused');
  }

  /** The peer is of another version or ledger. */
  foreign(peer: PeerId, spoken: readonly string[], own: string): void {
    const others = spoken.join(', ') || 'nothing of it';
    const detail = `of another version or ledger: it speaks ${others}; here it is ${own}`;
    this.refused(peer, 'other-protocol', detail);
  }

  /** `online` validators are connected now, this one included. */
  linked(peer: PeerId, isUp: boolean, online: number): void {
    if (!this.#mayLog()) return;
    const fields = { ...this.#named(peer), online };
    if (isUp) this.#log.info(fields, 'connected');
    else this.#log.warn(fields, 'disconnected');
  }

  #named(peer: PeerId): object {
    const named = { peer: peerName(peer) };
    return peer.kind === 'lane' ? { ...named, validator: this.#names[peer.lane] } : named;
  }

  #mayLog(): boolean {
    if (this.#now() - this.#windowStart >= 1000) {
      if (this.#suppressed > 0) {
        this.#log.warn({ lines: this.#suppressed }, 'more of peers, not logged');
      }
      this.#windowStart = this.#now();
      this.#lines = 0;
      this.#suppressed = 0;
    }
    if (this.#lines >= LINES_PER_SECOND) {
      this.#suppressed += 1;
      return false;
    }
    this.#lines += 1;
    return true;
  }
}
