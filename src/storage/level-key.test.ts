import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeAnyKey, decodeKey, encodeKey } from './level-key.ts';

const digits = fc.array(fc.constantFrom(...'0178f'), { maxLength: 8 }).map((list) => list.join(''));
const key = fc.tuple(fc.constantFrom('a', 'n', 'z'), digits).map(([table, hex]) => table + hex);

test('no two keys have the same bytes, and keys of whole bytes keep their order and come back', () => {
  fc.assert(
    fc.property(key, key, (a, b) => {
      const order = Buffer.compare(encodeKey(a), encodeKey(b));
      assert.equal(order === 0, a === b);
      assert.equal(decodeAnyKey(encodeKey(a)), a);
      if (a.length % 2 === 0 || b.length % 2 === 0) return;
      assert.equal(Math.sign(order), a < b ? -1 : a > b ? 1 : 0);
      assert.equal(decodeKey(encodeKey(a)), a);
    }),
    { numRuns: 2000 },
  );
});

test('a key is as long as its table and its bytes', () => {
  assert.deepEqual([...encodeKey('a00ff')], [0x61, 0, 255]);
  assert.deepEqual([...encodeKey('n0')], [0xee, 0]);
  assert.deepEqual([...encodeKey('n')], [0x6e]);
});
