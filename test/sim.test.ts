import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addCoverage, COVERAGE, emptyCoverage } from '../src/sim/coverage.ts';
import { runSimulation } from '../src/sim/simulate.ts';

/** Seeds per number of validators. Another first seed finds other schedules. */
const SEEDS = { 4: 130, 5: 100, 7: 70 } as const;
const FIRST_SEED = Number(process.env.ALTHING_SIM_FIRST_SEED ?? '1');

describe('simulator', () => {
  const coverage = emptyCoverage();

  for (const [validators, seeds] of Object.entries(SEEDS)) {
    it(`B18, B19, C3, D9, N1, N3, N5, R23: ${seeds} seeds with ${validators} validators: no checker finds anything`, () => {
      let drawn = '';
      const report = runSimulation(
        { seeds, firstSeed: FIRST_SEED, validators: Number(validators) },
        (event) => {
          if (event.kind === 'begin') drawn = event.drawn;
          else assert.deepEqual(event.result.violations, [], `seed ${event.seed}: ${drawn}`);
        },
      );
      addCoverage(coverage, report.coverage);
    });
  }

  it('met everything that its verdict is about', () => {
    const missed = Object.keys(COVERAGE).filter((name) => coverage[name as 'blocks'] === 0);
    assert.deepEqual(missed, []);
  });

  it('gives the same run for the same seed', () => {
    const run = () => runSimulation({ seeds: 2, firstSeed: 5, validators: 4 }, () => undefined);
    assert.deepEqual(run().coverage, run().coverage);
  });
});
