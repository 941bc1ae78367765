import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import type { Place } from './place.ts';
import { PlaceIndex } from './place-index.ts';

/** Among them such that begin alike, and such as are too long to be packed. */
const digits = fc.oneof(
  fc.string({ unit: fc.constantFrom('0', '1', 'f'), maxLength: 4 }),
  fc
    .tuple(
      fc.constantFrom('0'.repeat(11), 'abcdef012345', 'f'.repeat(40)),
      fc.constantFrom('', '0', '1f'),
    )
    .map(([long, more]) => long + more),
);
const word = fc.integer({ min: 0, max: 4_294_967_295 });
const place = fc
  .tuple(word, word, fc.integer({ min: 1, max: 65_535 }))
  .map(([file, at, bytes]): Place => ({ file, at, bytes }));
const changes = fc.array(fc.tuple(digits, fc.option(place)), { maxLength: 60, size: 'max' });

function made(entries: readonly (readonly [string, Place | null])[]) {
  const index = new PlaceIndex();
  const model = new Map<string, Place>();
  for (const [key, value] of entries) {
    index.set(key, value);
    if (value === null) model.delete(key);
    else model.set(key, value);
  }
  return { index, model };
}

test('an index of places answers as a Map does, also when it was written and read', () => {
  fc.assert(
    fc.property(changes, (entries) => {
      const { index, model } = made(entries);
      for (const one of [index, PlaceIndex.decode(index.encode())]) {
        for (const [key] of entries) assert.deepEqual(one.get(key), model.get(key) ?? null);
        const bytes = [...model.values()].reduce((sum, { bytes }) => sum + bytes, 0);
        assert.equal(one.liveBytes, bytes);
      }
    }),
  );
});

test('D6: an index that is not as it was written is refused', () => {
  const { index } = made([
    ['a1', { file: 1, at: 2, bytes: 3 }],
    ['f'.repeat(13), { file: 4, at: 5, bytes: 6 }],
  ]);
  const whole = index.encode();
  for (let length = 0; length < whole.length; length += 1) {
    assert.throws(() => PlaceIndex.decode(whole.subarray(0, length)), /index of the pages/);
  }
  for (let at = 0; at < whole.length; at += 1) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] as number) ^ 1;
    assert.throws(() => PlaceIndex.decode(flipped), /index of the pages/);
  }
});

test('D6: an index whose sum is right is refused when it has a key twice, or none', () => {
  const [packed, long] = [Buffer.alloc(20, 1), Buffer.alloc(1 + 13 + 12, 'a').fill(13, 0, 1)];
  const short = Buffer.alloc(1 + 2 + 12, 'a').fill(2, 0, 1);
  const decode = (packed: readonly Buffer[], long: readonly Buffer[]) => {
    const counts = Uint32Array.of(packed.length, long.length);
    const body = Buffer.concat([Buffer.from(counts.buffer), ...packed, ...long]);
    const sum = Uint32Array.of(crc32(body));
    return PlaceIndex.decode(Buffer.concat([body, Buffer.from(sum.buffer)]));
  };
  assert.ok(decode([packed], [long]).get('a'.repeat(13)));
  for (const [first, second] of [
    [[packed, packed], [long]],
    [[packed], [long, long]],
    [[packed], [long, short]],
    [[packed, Buffer.alloc(20)], [long]],
  ] as const) {
    assert.throws(() => decode(first, second), /index of the pages/);
  }
});
