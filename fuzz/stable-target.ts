import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Result } from '../src/std/result.ts';
import { errorText, MEASURE_GRAIN } from './canonical-target.ts';
import { type Bound, hold, labelOf, type Target } from './target.ts';

const SAMPLES = 12;
const LENGTH_MAX = 4096;
/** JSON.parse makes an object of some hundred bytes of `{}`, and the field readers copy it once. */
export const TEXT_MEMORY: Bound = { fixed: 2 * MEASURE_GRAIN, perByte: 150 };

export type Form<T> = {
  readonly name: string;
  readonly decode: (bytes: Uint8Array) => Result<T, unknown>;
  readonly encode: (value: T) => Uint8Array;
  readonly values: fc.Arbitrary<T>;
  readonly mutate: Target['mutate'];
  /** What else must hold of whatever was accepted; false or an exception is a failure. */
  readonly accepted?: (value: T) => boolean;
  readonly repair?: (bytes: Uint8Array) => Uint8Array;
  readonly memory?: Bound;
  readonly lengthMax?: number;
};

/**
 * A form that people or other programs write: several texts may mean the same, but what was read and is
 * written again must read as the same value.
 */
export function stableTarget<T>(form: Form<T>): Target {
  const { name, decode, encode, values, mutate, accepted, repair } = form;
  return {
    name,
    samples: (seed) =>
      fc.sample(values, { numRuns: SAMPLES, seed: seed | 0 }).map((value) => {
        const bytes = encode(value);
        const decoded = decode(bytes);
        hold(decoded.ok, `${name}: what was written is refused: ${errorText(decoded)}`);
        const isEqual = isDeepStrictEqual(structuredClone(decoded.value), structuredClone(value));
        hold(isEqual, `${name}: what was read is not what was written`);
        return bytes;
      }),
    check: (input) => {
      const decoded = decode(input);
      if (!decoded.ok) return labelOf(errorText(decoded));
      hold(accepted?.(decoded.value) !== false, `${name}: accepted beyond its bounds`);
      const again = decode(encode(decoded.value));
      hold(again.ok, `${name}: refuses its own text: ${errorText(again)}`);
      hold(isDeepStrictEqual(again.value, decoded.value), `${name}: does not read back`);
      return 'accepted';
    },
    decode,
    mutate,
    ...(repair === undefined ? {} : { repair }),
    memory: form.memory ?? TEXT_MEMORY,
    lengthMax: form.lengthMax ?? LENGTH_MAX,
  };
}
