import { type Encoding, encodingTarget } from './encoding.ts';
import { fieldsOf } from './field-map.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { type Bound, hold, MEASURE_GRAIN, sameBytes, type Target } from './target.ts';

/**
 * Decoded values are strings of hex, objects and views of the input: a field of a few bytes becomes an
 * object of some dozens. The factor is far below what an attacker would need to make a frame of the
 * largest size dangerous (1.25 MiB x 40 = 50 MiB).
 */
export const BINARY_MEMORY: Bound = { fixed: MEASURE_GRAIN, perByte: 40 };

export type Codec<T> = Encoding<T> & {
  /** false: bytes of our own that have more encodings than the one that we write. */
  readonly isCanonical?: boolean;
  /** Of bytes that were accepted: puts what may stand in any order into one. */
  readonly inOrder?: (bytes: Uint8Array) => Uint8Array;
};

/**
 * A binary encoding: bytes that are accepted are those that their value is encoded to, so that one value
 * has one encoding.
 */
export function canonicalTarget<T>(codec: Codec<T>): Target {
  const { name, decode, encode, isCanonical = true, inOrder = (bytes) => bytes } = codec;
  return encodingTarget(codec, {
    accepted: (value, input) => {
      if (!isCanonical) return;
      const isSame = sameBytes(inOrder(encode(value)), inOrder(input));
      hold(isSame, `${name}: two encodings of one value`);
    },
    mutate: (input, other, random) =>
      mutateBytes(input, other, random, random.chance(0.7) ? fieldsOf(input, decode) : []),
    memory: BINARY_MEMORY,
  });
}
