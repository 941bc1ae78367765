import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSimulation, type SimulationKind } from '../src/sim/simulate.ts';

/** The second judge of a mutant: always the same seeds. `npm test` runs many more. */
const SEEDS: readonly (readonly [kind: SimulationKind, validators: number, seed: number])[] = [
  ...[9, 11, 13, 14, 12, 10, 5].map((seed) => ['brief', 4, seed] as const),
  ...[4, 3].map((seed) => ['brief', 5, seed] as const),
  ...[3, 4].map((seed) => ['full', 4, seed] as const),
  ...[4].map((seed) => ['twins', 4, seed] as const),
];

for (const [kind, validators, seed] of SEEDS) {
  test(`${kind} seed ${seed} with ${validators} validators`, () => {
    runSimulation({ kind, validators, seeds: 1, firstSeed: seed }, (event) => {
      if (event.kind === 'end') assert.deepEqual(event.result.violations, []);
    });
  });
}
