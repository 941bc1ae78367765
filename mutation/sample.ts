import { createPrng } from '../src/std/prng.ts';
import { LAYERS, layerOf, type Mutant } from './mutant.ts';

/**
 * Equal shares of the layers, so that a small one says as much as a large one; a layer that has fewer gives all.
 * In turns: whatever comes first of it is a sample too.
 */
export function sampled(mutants: readonly Mutant[], size: number, seed: string): Mutant[] {
  const layers = LAYERS.map((layer) => mutants.filter((mutant) => layerOf(mutant) === layer))
    .filter((all) => all.length > 0)
    .sort((a, b) => a.length - b.length);
  let left = size;
  const drawn = layers.map((all, index) => {
    const share = Math.min(all.length, Math.floor(left / (layers.length - index)));
    left -= share;
    return createPrng(`${seed}/${all[0]?.file}`).shuffled(all).slice(0, share);
  });
  const turns = Array.from({ length: Math.max(0, ...drawn.map(({ length }) => length)) });
  return turns.flatMap((_, turn) => drawn.flatMap((own) => own.slice(turn, turn + 1)));
}

export type Interval = { readonly low: number; readonly high: number };

/** Wilson's interval of 95 % for a share of which a sample is known; 0 to 1 when nothing is. */
export function wilson(hits: number, size: number): Interval {
  if (size === 0) return { low: 0, high: 1 };
  const z = 1.96;
  const share = hits / size;
  const centre = share + z ** 2 / (2 * size);
  const spread = z * Math.sqrt((share * (1 - share)) / size + z ** 2 / (4 * size ** 2));
  const scale = 1 + z ** 2 / size;
  return {
    low: Math.max(0, (centre - spread) / scale),
    high: Math.min(1, (centre + spread) / scale),
  };
}
