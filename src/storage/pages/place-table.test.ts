import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Place } from './place.ts';
import { ENTRY_WORDS, type PackedKey, PlaceTable } from './place-table.ts';

/** Few, so that they come again; some of them meet in a small table whatever the seed. */
const key = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 3 }))
  .map(([first, second]): PackedKey => [first, second]);
const operation = fc.tuple(fc.constantFrom('set', 'set', 'delete'), key);
/** So many that the table grows twice. */
const operations = fc.array(operation, { maxLength: 120, size: 'max' });

function entriesOf(table: PlaceTable): Map<string, Place> {
  const words = new Uint32Array(table.count * ENTRY_WORDS);
  assert.equal(table.copyTo(words, 0), words.length);
  const entries = new Map<string, Place>();
  for (let at = 0; at < words.length; at += ENTRY_WORDS) {
    const [first, second, file = 0, byte = 0, bytes = 0] = words.subarray(at, at + ENTRY_WORDS);
    entries.set(`${first} ${second}`, { file, at: byte, bytes });
  }
  return entries;
}

test('a table of places answers as a Map does, while it grows and entries move up', () => {
  fc.assert(
    fc.property(fc.integer(), operations, (seed, all) => {
      const table = new PlaceTable(seed);
      const model = new Map<string, Place>();
      for (const [number, [kind, packed]] of all.entries()) {
        const place = { file: number, at: 4_294_967_295 - number, bytes: number + 1 };
        if (kind === 'set') {
          table.set(packed, place);
          model.set(packed.join(' '), place);
        } else {
          table.delete(packed);
          model.delete(packed.join(' '));
        }
        for (const first of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) {
          for (const second of [0, 1, 2, 3]) {
            const expected = model.get(`${first} ${second}`) ?? null;
            assert.deepEqual(table.get([first, second]), expected);
          }
        }
      }
      assert.deepEqual(entriesOf(table), model);
    }),
  );
});
