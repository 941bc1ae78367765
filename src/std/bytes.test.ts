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
  // Few bytes, so that they begin alike and are equal.
  const bytes = fc
    .array(fc.constantFrom(0, 127, 128, 255), { maxLength: 5 })
    .map((all) => Uint8Array.from(all));
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const [x, y] = [Buffer.from(a).toString('hex'), Buffer.from(b).toString('hex')];
      assert.equal(Math.sign(compareBytes(a, b)), x < y ? -1 : x > y ? 1 : 0);
      assert.equal(equalBytes(a, b), x === y);
    }),
    { numRuns: 1000 },
  );
});

test('uint32Bytes is big-endian', () => {
  assert.deepEqual(uint32Bytes(0x01020304), Uint8Array.of(1, 2, 3, 4));
  assert.deepEqual(uint32Bytes(0xffff_fffe), Uint8Array.of(255, 255, 255, 254));
});
