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
