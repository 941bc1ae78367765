import { isDeepStrictEqual } from 'node:util';
import { type Encoding, encodingTarget, errorText } from './encoding.ts';
import { type Bound, hold, MEASURE_GRAIN, type Target } from './target.ts';

/** JSON.parse makes an object of some hundred bytes of `{}`, and the field readers copy it once. */
export const TEXT_MEMORY: Bound = { fixed: 2 * MEASURE_GRAIN, perByte: 150 };

export type Form<T> = Encoding<T> & {
  readonly mutate: Target['mutate'];
};

/**
 * A form that people or other programs write: several texts may mean the same, but what was read and is
 * written again must read as the same value.
 */
export function stableTarget<T>(form: Form<T>): Target {
  const { name, decode, encode, mutate } = form;
  return encodingTarget(form, {
    accepted: (value) => {
      const again = decode(encode(value));
      hold(again.ok, `${name}: refuses its own text: ${errorText(again)}`);
      hold(isDeepStrictEqual(again.value, value), `${name}: does not read back`);
    },
    mutate,
    memory: TEXT_MEMORY,
  });
}
