import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toHex } from '../src/codec/hex.ts';
import type { Result } from '../src/std/result.ts';

/** The two directions of one encoding, for values of one type. */
export type Codec<T> = {
  readonly encode: (value: T) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => Result<T, unknown>;
};

/**
 * Holds that an encoding is canonical. Round trip; every truncation, one byte more and every byte
 * changed is refused or is the encoding of what it decodes to; random bytes never throw.
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
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => holdsOneForm(codec, bytes)));
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
