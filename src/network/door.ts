import { addressKey, RateLimit } from '../std/rate-limit.ts';
import { NETWORK_LIMITS } from '../types/limits.ts';

/** All hosts that nobody vouched for, together. */
const STRANGERS = 'strangers';

/**
 * Who may begin a handshake, which costs milliseconds of cryptography whoever asks for it. Each host has its own
 * bucket; those from which no member has come share another one, so that many hosts are not many floods.
 * A member that is turned away with them is still dialled from here.
 */
export class Door {
  readonly #hosts: RateLimit;
  readonly #strangers: RateLimit;
  readonly #vouched = new Set<string>();
  #refused = 0;

  /** `now` in monotonic milliseconds. */
  constructor(now: () => number) {
    const { connectionsBurst, connectionsPerSecond, hostsMax } = NETWORK_LIMITS;
    const { strangersBurst, strangersPerSecond } = NETWORK_LIMITS;
    this.#hosts = new RateLimit({
      burst: connectionsBurst.value,
      perSecond: connectionsPerSecond.value,
      addressesMax: hostsMax.value,
      now,
    });
    this.#strangers = new RateLimit({
      burst: strangersBurst.value,
      perSecond: strangersPerSecond.value,
      addressesMax: 1,
      now,
    });
  }

  /** Connections that were turned away. */
  get refused(): number {
    return this.#refused;
  }

  /** `host` is undefined when the other side has left already. */
  admits(host: string | undefined): boolean {
    const isVouched = this.#vouched.has(addressKey(host));
    const isFull = this.#hosts.retryAfterSeconds(host) > 0;
    if (isFull || (!isVouched && this.#strangers.retryAfterSeconds(STRANGERS) > 0)) {
      this.#refused += 1;
      return false;
    }
    this.#hosts.charge(host, 1);
    if (!isVouched) this.#strangers.charge(STRANGERS, 1);
    return true;
  }

  /** A member has come from this host. */
  vouch(host: string): void {
    const key = addressKey(host);
    this.#vouched.delete(key);
    this.#vouched.add(key);
    if (this.#vouched.size <= NETWORK_LIMITS.hostsMax.value) return;
    const [oldest] = this.#vouched;
    if (oldest !== undefined) this.#vouched.delete(oldest);
  }
}
