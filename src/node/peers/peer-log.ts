import type { PeerId } from '../../replica/effects.ts';
import { peerName } from '../../replica/peers/peer-name.ts';
import { type Bucket, refill } from '../../std/rate-limit.ts';
import { NETWORK_LIMITS } from '../../types/limits.ts';
import type { Log } from '../log/logger.ts';

const RATE = {
  burst: NETWORK_LIMITS.logLinesBurst.value,
  perSecond: NETWORK_LIMITS.logLinesPerSecond.value,
};

/** Logs what peers do, and what their doing makes the node say: nobody may fill the disk. */
export class PeerLog {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #names: readonly string[];
  readonly #lines: Bucket;
  #suppressed = 0;

  /** `names`: of the validators, by lane. */
  constructor(log: Log, names: readonly string[], now: () => number) {
    this.#log = log;
    this.#names = names;
    this.#now = now;
    this.#lines = { tokens: RATE.burst, atMs: now() };
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

  /** A peer broke a rule of membership, or is not where it should be. */
  membership(detail: string): void {
    if (this.#mayLog()) this.#log.warn({ detail }, 'membership');
  }

  /** So many members say so now. */
  twin(members: number): void {
    if (!this.#mayLog()) return;
    this.#log.warn({ members }, 'a peer says that another process has the key of this validator');
  }

  #named(peer: PeerId): object {
    const named = { peer: peerName(peer) };
    return peer.kind === 'lane' ? { ...named, validator: this.#names[peer.lane] } : named;
  }

  #mayLog(): boolean {
    refill(this.#lines, RATE, this.#now());
    if (this.#lines.tokens < 1) {
      this.#suppressed += 1;
      return false;
    }
    this.#lines.tokens -= 1;
    if (this.#suppressed > 0) {
      this.#log.warn({ lines: this.#suppressed }, 'more of peers, not logged');
      this.#suppressed = 0;
    }
    return true;
  }
}
