export type Bucket = { tokens: number; atMs: number };

export type Rate = {
  /** Tokens of who has not been seen. */
  readonly burst: number;
  readonly perSecond: number;
};

export type RateLimitOptions = Rate & {
  readonly addressesMax: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
};

/**
 * One token bucket per address for work that a hostile or broken program could ask for without end. Where the
 * charge comes after the work, a bucket can be overdrawn (by at most one more burst): whoever sends a
 * whole batch of bad signatures pays for all of them before the next one is looked at.
 */
export class RateLimit {
  readonly #options: RateLimitOptions;
  /** Full buckets are not kept; in order of their last charge, so the first is the oldest. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** 0 when `address` may go on, else the seconds (whole, rounded up) until it may. */
  retryAfterSeconds(address: string | undefined): number {
    const key = addressKey(address);
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return 0;
    this.#refill(bucket);
    if (bucket.tokens >= this.#options.burst) this.#buckets.delete(key);
    if (bucket.tokens > 0) return 0;
    return Math.max(1, Math.ceil((1 - bucket.tokens) / this.#options.perSecond));
  }

  charge(address: string | undefined, tokens: number): void {
    const key = addressKey(address);
    const { burst, addressesMax, now } = this.#options;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, atMs: now() };
    this.#refill(bucket);
    bucket.tokens = Math.max(-burst, bucket.tokens - tokens);
    this.#buckets.delete(key);
    if (this.#buckets.size >= addressesMax) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    this.#buckets.set(key, bucket);
  }

  get size(): number {
    return this.#buckets.size;
  }

  #refill(bucket: Bucket): void {
    refill(bucket, this.#options, this.#options.now());
  }
}

/** What came in since the bucket was last looked at. */
export function refill(bucket: Bucket, { burst, perSecond }: Rate, nowMs: number): void {
  const gained = ((nowMs - bucket.atMs) / 1000) * perSecond;
  bucket.tokens = Math.min(burst, bucket.tokens + gained);
  bucket.atMs = nowMs;
}

/**
 * An IPv6 client owns a /64 at least: its addresses count as one. A client that has left before it is looked at
 * has no address any more: all of these count as one.
 */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return 'gone';
  const mapped = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  if (!mapped.includes(':')) return mapped;
  const [head = '', tail] = mapped.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const rest = tail === '' ? [] : tail.split(':');
    while (groups.length + rest.length < 8) groups.push('0');
    groups.push(...rest);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
