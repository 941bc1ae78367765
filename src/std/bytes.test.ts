import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareBytes, concatBytes, equalBytes, uint32Bytes } from './bytes.ts';

test('concatBytes joins in order, into memory of its own', () => {
  const part = Uint8Array.of(1, 2);
  const joined = concatBytes(part, new Uint8Array(0), Uint8Array.of(3));
  part[0] = 9;
  assert.deepEqual(joined, Uint8Array.of(1, 2, 3));
});

test('compareBytes is the order of hex texts', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (a, b) => {
      const [x, y] = [Buffer.from(a).toString('hex'), Buffer.from(b).toString('hex')];
      assert.equal(Math.sign(compareBytes(a, b)), x < y ? -1 : x > y ? 1 : 0);
      assert.equal(equalBytes(a, b), x === y);
    }),
  );
});

test('uint32Bytes is big-endian', () => {
  assert.deepEqual(uint32Bytes(0x01020304), Uint8Array.of(1, 2, 3, 4));
  assert.deepEqual(uint32Bytes(0xffff_fffe), Uint8Array.of(255, 255, 255, 254));
});
