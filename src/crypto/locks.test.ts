import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareBytes } from '../std/bytes.ts';
import { isMultiLock, keyLock, multiLock } from './locks.ts';
import { publicKeyOf } from './secp256k1.ts';

const keys = [1, 2, 3].map((value) => publicKeyOf(new Uint8Array(32).fill(0).with(31, value)));
const sorted = [...keys].sort(compareBytes);

test('locks are those of the protocol', () => {
  assert.equal(
    keyLock(keys[0] as Uint8Array),
    '01a7fca0b29c1becc3e2ea8e805e5be813df8db9b3e37c2039ed45d28e3efffa03',
  );
  assert.equal(
    multiLock(2, sorted),
    '02623a04088bb99b45ee6576149b3f27f97aaa666af673525b67b5306b767b1efd',
  );
  assert.notEqual(multiLock(1, sorted), multiLock(2, sorted));
});

test('an m-of-n lock has 1 to 16 ascending compressed keys and a threshold among them', () => {
  assert.equal(isMultiLock(3, sorted), true);
  assert.equal(isMultiLock(4, sorted), false);
  assert.equal(isMultiLock(0, sorted), false);
  assert.equal(isMultiLock(1.5, sorted), false);
  assert.equal(isMultiLock(1, []), false);
  assert.equal(isMultiLock(1, [...sorted].reverse()), false);
  assert.equal(isMultiLock(1, [sorted[0]!, sorted[0]!]), false);
  assert.equal(isMultiLock(1, [new Uint8Array(33)]), false);
  const many = Array.from({ length: 17 }, (_, i) => new Uint8Array(33).fill(2).with(32, i));
  assert.equal(isMultiLock(1, many.slice(1)), true);
  assert.equal(isMultiLock(1, many), false);
});
