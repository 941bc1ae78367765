import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, isDigest, toHex } from './hex.ts';

test('hex has one form: lower case, even', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.equal(toHex(bytes), Buffer.from(bytes).toString('hex'));
      assert.deepEqual(Uint8Array.from(fromHex(toHex(bytes)) ?? []), bytes);
    }),
  );
  for (const text of ['a', '0x00', 'AB', 'zz', 'ab ', ' ab', 'ab\n', 'abc', '٠٠']) {
    assert.equal(fromHex(text), undefined, JSON.stringify(text));
  }
  assert.deepEqual(fromHex('')?.length, 0);
});

test('a digest is 64 lower-case digits', () => {
  assert.equal(isDigest('ab'.repeat(32)), true);
  assert.equal(isDigest('AB'.repeat(32)), false);
  assert.equal(isDigest('ab'.repeat(31)), false);
  assert.equal(isDigest(`${'ab'.repeat(32)}\n`), false);
});
