import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Result } from '../src/std/result.ts';
import { type Bound, hold, labelOf, type Target } from './target.ts';

const SAMPLES = 12;
const LENGTH_MAX = 4096;

/** How values of a kind are written and read again. */
export type Encoding<T> = {
  readonly name: string;
  readonly decode: (bytes: Uint8Array) => Result<T, unknown>;
  readonly encode: (value: T) => Uint8Array;
  readonly values: fc.Arbitrary<T>;
  /** What else must hold of whatever was accepted; false or an exception is a failure. */
  readonly accepted?: (value: T) => boolean;
  readonly repair?: (bytes: Uint8Array) => Uint8Array;
  readonly memory?: Bound;
  readonly lengthMax?: number;
};

export type Expected<T> = Pick<Target, 'mutate'> & {
  /** Holds what must be true of whatever was accepted. */
  readonly accepted: (value: T, input: Uint8Array) => void;
  /** Of an encoding that names no bound of its own. */
  readonly memory: Bound;
};

/** decode(encode(x)) = x for whatever the generator makes, and what is expected of all that is accepted. */
export function encodingTarget<T>(encoding: Encoding<T>, expected: Expected<T>): Target {
  const { name, decode, encode, values, repair } = encoding;
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
      hold(encoding.accepted?.(decoded.value) !== false, `${name}: accepted beyond its bounds`);
      expected.accepted(decoded.value, input);
      return 'accepted';
    },
    decode,
    mutate: expected.mutate,
    ...(repair === undefined ? {} : { repair }),
    memory: encoding.memory ?? expected.memory,
    lengthMax: encoding.lengthMax ?? LENGTH_MAX,
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
