import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { filledBytes } from '../../../test/codec/arbitraries.ts';
import { API_LIMITS } from '../../types/limits.ts';
import { splitBatch } from './batch-body.ts';

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => [0, 0, part.length >> 8, part.length & 255, ...part]),
  );
}
/** Longer ones, too, than one byte of a length can say. */
const parts = fc.array(filledBytes(1, 600), { minLength: 1 });

describe('splitBatch', () => {
  it('gives the parts back, as plain views, wherever the bytes stand in their memory', () => {
    fc.assert(
      fc.property(parts, fc.nat(9), (list, offset) => {
        const bytes = join(list);
        const memory = new Uint8Array(bytes.length + offset);
        memory.set(bytes, offset);
        const split = splitBatch(memory.subarray(offset));
        assert.deepEqual(split, { ok: true, value: list });
      }),
    );
  });

  it('refuses a batch that is cut anywhere but between two parts', () => {
    const list = [new Uint8Array([1, 2, 3]), new Uint8Array([4])];
    const bytes = join(list);
    for (let length = 0; length < bytes.length; length++) {
      const split = splitBatch(bytes.subarray(0, length));
      assert.equal(split.ok, length === 7, `${length} bytes`);
    }
  });

  it('takes as many transactions as the bound says, and not one more', () => {
    const max = API_LIMITS.batchTxsMax.value;
    const many = (count: number) => splitBatch(join(Array(count).fill(new Uint8Array([1]))));
    assert.equal(many(max).ok, true);
    assert.deepEqual(many(max + 1), {
      ok: false,
      error: { code: 'too-large', detail: `More than ${max} transactions.` },
    });
  });
});
