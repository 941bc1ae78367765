import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RateLimit } from './rate-limit.ts';

function limit(addressesMax = 100) {
  const clock = { ms: 0 };
  const options = { burst: 10, perSecond: 2, addressesMax, now: () => clock.ms };
  return { clock, bucket: new RateLimit(options) };
}

describe('RateLimit', () => {
  it('R25: lets a burst pass, then asks to wait until one token is back', () => {
    const { clock, bucket } = limit();
    bucket.charge('a', 9);
    assert.equal(bucket.retryAfterSeconds('a'), 0);
    bucket.charge('a', 1);
    assert.equal(bucket.retryAfterSeconds('a'), 1);
    clock.ms = 500;
    assert.equal(bucket.retryAfterSeconds('a'), 0);
  });

  it('makes who overdraws wait longer, up to one more burst', () => {
    const { clock, bucket } = limit();
    bucket.charge('a', 500);
    assert.equal(bucket.retryAfterSeconds('a'), 6);
    clock.ms = 5000;
    assert.equal(bucket.retryAfterSeconds('a'), 1);
    clock.ms = 5500;
    assert.equal(bucket.retryAfterSeconds('a'), 0);
  });

  it('charges one address only, and an IPv6 client by its /64', () => {
    const { bucket } = limit();
    bucket.charge('10.0.0.1', 20);
    assert.equal(bucket.retryAfterSeconds('10.0.0.2'), 0);
    assert.ok(bucket.retryAfterSeconds('::ffff:10.0.0.1') > 0);
    bucket.charge('2001:db8:1:2:3:4:5:6', 20);
    assert.ok(bucket.retryAfterSeconds('2001:db8:1:2::1') > 0);
    assert.equal(bucket.retryAfterSeconds('2001:db8:1:3::1'), 0);
    bucket.charge('::1', 20);
    assert.ok(bucket.retryAfterSeconds('::2') > 0);
  });

  it('charges clients that have left together', () => {
    const { bucket } = limit();
    assert.equal(bucket.retryAfterSeconds(undefined), 0);
    bucket.charge(undefined, 20);
    assert.ok(bucket.retryAfterSeconds(undefined) > 0);
    assert.equal(bucket.retryAfterSeconds('10.0.0.1'), 0);
  });

  it('forgets full buckets, and beyond its bound the oldest', () => {
    const { clock, bucket } = limit(3);
    for (const address of ['a', 'b', 'c', 'd']) bucket.charge(address, 20);
    assert.equal(bucket.size, 3);
    assert.equal(bucket.retryAfterSeconds('a'), 0);
    assert.ok(bucket.retryAfterSeconds('b') > 0);
    clock.ms = 60_000;
    for (const address of ['b', 'c', 'd']) bucket.retryAfterSeconds(address);
    assert.equal(bucket.size, 0);
  });
});
