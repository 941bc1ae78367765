import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Level } from './level.ts';
import { LevelBatches } from './level-batches.ts';

/** How many entries each batch has when so many come. */
async function sizesOf(entries: number, valueBytes = 8): Promise<number[]> {
  const sizes: number[] = [];
  const level = {
    batch() {
      const batch = {
        length: 0,
        put: () => {
          batch.length += 1;
        },
        write: async () => {
          sizes.push(batch.length);
        },
      };
      return batch;
    },
  } as unknown as Level;
  const batches = new LevelBatches(level, false, entries);
  for (let i = 0; i < entries; i += 1) {
    if (batches.isFull) await batches.next();
    batches.add(new Uint8Array(1), new Uint8Array(valueBytes));
  }
  await batches.end(false);
  return sizes;
}

it('a flush is written in small batches, or in a few larger ones', async () => {
  assert.deepEqual(await sizesOf(600), [256, 256, 88]);
  const many = await sizesOf(100_000);
  assert.equal(many.length, 32);
  assert.equal(many[0], 3125);
  assert.deepEqual(await sizesOf(6, 100_000), [3, 3]);
});
