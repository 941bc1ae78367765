import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toHex } from '../../src/codec/hex.ts';
import type { Result } from '../../src/std/result.ts';

/** The two directions of one encoding, for values of one type. */
export type Codec<T> = {
  readonly encode: (value: T) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => Result<T, unknown>;
};

/**
 * Holds that an encoding is canonical. Round trip; every truncation, one byte more and every byte
 * changed, random bytes, and such behind the beginning of an encoding are refused or are the encoding
 * of what they decode to; none makes it throw.
 */
export function holdsCanonical<T>(codec: Codec<T>, values: fc.Arbitrary<T>, numRuns = 40): void {
  const change = fc.integer({ min: 1, max: 255 });
  fc.assert(
    fc.property(values, change, (value, mask) => {
      const bytes = codec.encode(value);
      // Clones, because the generated records have no prototype.
      assert.deepEqual(structuredClone(decoded(codec, bytes)), structuredClone(value));
      for (let length = 0; length < bytes.length; length++) {
        holdsOneForm(codec, bytes.slice(0, length));
      }
      holdsOneForm(codec, Uint8Array.of(...bytes, mask));
      for (let at = 0; at < bytes.length; at++) {
        const changed = bytes.slice();
        changed[at] = (changed[at] as number) ^ mask;
        holdsOneForm(codec, changed);
      }
    }),
    { numRuns },
  );
  const random = fc.uint8Array({ maxLength: 400, size: 'max' });
  fc.assert(
    fc.property(
      values,
      fc.double({ min: 0, max: 1, noNaN: true }),
      random,
      (value, share, tail) => {
        const bytes = codec.encode(value);
        holdsOneForm(codec, tail);
        holdsOneForm(codec, Uint8Array.of(...bytes.subarray(0, share * bytes.length), ...tail));
        holdsOneForm(codec, Uint8Array.of(...bytes, ...tail));
      },
    ),
  );
}

function holdsOneForm<T>(codec: Codec<T>, bytes: Uint8Array): void {
  const result = codec.decode(bytes);
  if (result.ok) assert.equal(toHex(codec.encode(result.value)), toHex(bytes));
}

function decoded<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const result = codec.decode(bytes);
  if (!result.ok) assert.fail(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}
