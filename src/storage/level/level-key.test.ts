import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeAnyKey, decodeKey, encodeKey, levelRange } from './level-key.ts';

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

/** Few bytes, the last among them, after which the key behind a prefix ends earlier. */
const wholeBytes = fc
  .tuple(fc.constantFrom('a', 'b', 'z'), fc.array(fc.constantFrom('00', '7f', 'fe', 'ff')))
  .map(([table, bytes]) => table + bytes.join(''));

test('a scan covers the keys that begin with its prefix, behind the one to go on from, and no other', () => {
  const after = fc.option(wholeBytes, { nil: undefined });
  fc.assert(
    fc.property(
      fc.array(fc.oneof(wholeBytes, key), { minLength: 1 }),
      fc.tuple(fc.nat(), fc.nat(3)),
      fc.oneof(after, fc.nat()),
      fc.boolean(),
      (keys, [at, bytes], from, reverse) => {
        const pick = (place: number): string => keys[place % keys.length]!;
        // Prefixes and places to go on from are mostly taken from the keys, or nothing would be found.
        const prefix = pick(at).slice(0, 1 + 2 * bytes);
        const last = typeof from === 'number' ? pick(from) : from;
        fc.pre(prefix.length % 2 === 1 && (last === undefined || last.length % 2 === 1));
        const { gte, gt, lt } = levelRange(prefix, { limit: 1, reverse, ...optional(last) });
        for (const one of keys) {
          const encoded = encodeKey(one);
          const isBehind = last === undefined || (reverse ? one < last : one > last);
          const isWanted = one.length % 2 === 1 && one.startsWith(prefix) && isBehind;
          const isCovered =
            (gte === undefined || Buffer.compare(encoded, gte) >= 0) &&
            (gt === undefined || Buffer.compare(encoded, gt) > 0) &&
            (lt === undefined || Buffer.compare(encoded, lt) < 0);
          assert.equal(isCovered, isWanted, `${one} of ${prefix} behind ${last}`);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

function optional(after: string | undefined): { after?: string } {
  return after === undefined ? {} : { after };
}
