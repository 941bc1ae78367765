import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Result } from '../src/std/result.ts';
import { fieldsOf } from './field-map.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { type Bound, hold, labelOf, sameBytes, type Target } from './target.ts';

const SAMPLES = 12;
const LENGTH_MAX = 4096;
/** The heap tells what it has taken in steps of its allocation areas: less cannot be told from nothing. */
export const MEASURE_GRAIN = 262_144;
/**
 * Decoded values are strings of hex, objects and views of the input: a field of a few bytes becomes an
 * object of some dozens. The factor is far below what an attacker would need to make a frame of the
 * largest size dangerous (1.25 MiB x 40 = 50 MiB).
 */
export const BINARY_MEMORY: Bound = { fixed: MEASURE_GRAIN, perByte: 40 };

export type Codec<T> = {
  readonly name: string;
  readonly decode: (bytes: Uint8Array) => Result<T, unknown>;
  readonly encode: (value: T) => Uint8Array;
  readonly values: fc.Arbitrary<T>;
  readonly repair?: (bytes: Uint8Array) => Uint8Array;
  readonly lengthMax?: number;
  /** false: bytes of our own that have more encodings than the one that we write. */
  readonly isCanonical?: boolean;
  readonly memory?: Bound;
};

/**
 * A binary encoding: decode(encode(x)) = x for whatever the generator makes, and bytes that are accepted
 * are those that their value is encoded to, so that one value has one encoding.
 */
export function canonicalTarget<T>(codec: Codec<T>): Target {
  const { name, decode, encode, values, repair, isCanonical = true } = codec;
  return {
    name,
    samples: (seed) =>
      fc.sample(values, { numRuns: SAMPLES, seed: seed | 0 }).map((value) => {
        const bytes = encode(value);
        const decoded = decode(bytes);
        hold(decoded.ok, `${name}: what was encoded is refused: ${errorText(decoded)}`);
        // Clones, because the generated records have no prototype.
        const isEqual = isDeepStrictEqual(structuredClone(decoded.value), structuredClone(value));
        hold(isEqual, `${name}: what was decoded is not what was encoded`);
        return bytes;
      }),
    check: (input) => {
      const decoded = decode(input);
      if (!decoded.ok) return labelOf(errorText(decoded));
      if (isCanonical)
        hold(sameBytes(encode(decoded.value), input), `${name}: two encodings of one value`);
      return 'accepted';
    },
    decode,
    mutate: (input, other, random) =>
      mutateBytes(input, other, random, random.chance(0.7) ? fieldsOf(input, decode) : []),
    ...(repair === undefined ? {} : { repair }),
    memory: codec.memory ?? BINARY_MEMORY,
    lengthMax: codec.lengthMax ?? LENGTH_MAX,
  };
}

/** A decoder's error, whichever form it has. */
export function errorText(result: Result<unknown, unknown>): string {
  if (result.ok) return 'ok';
  const { error } = result;
  if (typeof error !== 'object' || error === null) return String(error);
  const { code = '', detail = '' } = error as { code?: string; detail?: string };
  return `${code}: ${detail}`;
}
