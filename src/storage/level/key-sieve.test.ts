import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { KeySieve } from './key-sieve.ts';

const key = (number: number) => `t${createHash('sha256').update(String(number)).digest('hex')}`;

test('never says "never" of a key that was added', () => {
  const sieve = new KeySieve(16);
  for (let number = 0; number < 20_000; number += 1) sieve.add(key(number));
  for (let number = 0; number < 20_000; number += 1) assert.ok(sieve.mayHold(key(number)));
});

test('an empty one holds nothing, one within its size few keys that were never added', () => {
  const sieve = new KeySieve(16);
  for (let number = 0; number < 1000; number += 1) assert.ok(!sieve.mayHold(key(number)));
  for (let number = 0; number < 5000; number += 1) sieve.add(key(number));
  let perhaps = 0;
  for (let number = 5000; number < 25_000; number += 1) {
    if (sieve.mayHold(key(number))) perhaps += 1;
  }
  // 5000 keys of 4 bits in 65,536: (1 - e^(-20000/65536))^4 = 0.5 %, 100 of 20,000.
  assert.ok(perhaps > 20 && perhaps < 250, String(perhaps));
});

test('a small one that grows knows its keys, also when its bytes were taken over', () => {
  const written = new KeySieve(12, 16);
  for (let number = 0; number < 20; number += 1) written.add(key(number));
  assert.equal(written.bytes().length, 2 ** 9);
  const sieve = KeySieve.of(written.bytes(), 16);
  for (let number = 20; number < 5000; number += 1) sieve.add(key(number));
  assert.equal(sieve.bytes().length, 2 ** 13);
  for (let number = 0; number < 5000; number += 1) assert.ok(sieve.mayHold(key(number)));
  let perhaps = 0;
  for (let number = 5000; number < 25_000; number += 1) {
    if (sieve.mayHold(key(number))) perhaps += 1;
  }
  // One bit in 32 was set for good when it grew: (0.03 + 0.97 x 0.26)^4 = 0.7 %, 140 of 20,000.
  assert.ok(perhaps > 40 && perhaps < 300, String(perhaps));
});

test('takes bytes over wherever they lie', () => {
  const written = new KeySieve(12);
  written.add(key(1));
  for (const offset of [0, 1, 4]) {
    const place = new Uint8Array(2 ** 9 + offset);
    place.set(written.bytes(), offset);
    assert.ok(KeySieve.of(place.subarray(offset)).mayHold(key(1)));
  }
});
