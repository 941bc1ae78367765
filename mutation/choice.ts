import type { Reaching } from './coverage.ts';
import { layerOf, type Mutant } from './mutant.ts';
import type { Judge } from './tests.ts';

/** What the tests of one mutant may cost, unless somebody says otherwise. */
export const CPU_MS_MAX: Readonly<Record<Judge, number>> = {
  unit: 5_000,
  seeds: 60_000,
  scope: 60_000,
};

/**
 * Of the tests of a judge that reach a mutant: the cheapest of its own layer up to half of what they may cost, then
 * the cheapest of all, and at least one. In the order of their cost: most mutants are found by the first tests.
 */
export function chosen(mutant: Mutant, tests: readonly Reaching[], most: number): Reaching[] {
  const own = `src/${layerOf(mutant)}/`;
  const cheapest = [...tests].sort((a, b) => costOf(a) - costOf(b));
  const choice = new Choice();
  choice.fill(
    cheapest.filter(({ file }) => file.startsWith(own)),
    most / 2,
  );
  choice.fill(cheapest, most);
  return choice.taken.size === 0
    ? cheapest.slice(0, 1)
    : cheapest.filter((test) => choice.taken.has(test));
}

class Choice {
  readonly taken = new Set<Reaching>();
  readonly #prepared = new Set<string>();
  #spentMs = 0;

  fill(tests: readonly Reaching[], mostMs: number): void {
    for (const test of tests) {
      const costMs = this.#prepared.has(test.file) ? test.cpuMs : costOf(test);
      if (this.taken.has(test) || this.#spentMs + costMs > mostMs) continue;
      this.taken.add(test);
      this.#prepared.add(test.file);
      this.#spentMs += costMs;
    }
  }
}

function costOf({ cpuMs, preparedMs }: Reaching): number {
  return cpuMs + preparedMs;
}
