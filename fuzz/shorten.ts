import { concatBytes } from '../src/std/bytes.ts';

const TRIES_MAX = 400;

/** A shorter input of which the same holds: pieces are left out, halves first, as long as that helps. */
export async function shortened(
  input: Uint8Array,
  holds: (shorter: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let shortest = input;
  let tries = 0;
  for (let piece = input.length >> 1; piece > 0; piece >>= 1) {
    for (let at = 0; at < shortest.length && tries < TRIES_MAX; ) {
      const without = concatBytes(shortest.subarray(0, at), shortest.subarray(at + piece));
      tries += 1;
      if (await holds(without)) shortest = without;
      else at += piece;
    }
  }
  return shortest;
}
