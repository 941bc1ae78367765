import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COVERAGE } from '../../src/sim/coverage.ts';
import { createReplica } from '../../src/sim/host/machine.ts';
import { runScenario } from '../../src/sim/run.ts';
import { drawScenario, outlived, shared } from '../../src/sim/scenario.ts';
import { runSimulation, scenarioOf } from '../../src/sim/simulate.ts';
import { FAULTS } from '../../src/sim/world/faults.ts';
import { addTally, emptyTally } from '../../src/std/tally.ts';

/** Seeds per number of validators. Another first seed finds other schedules. */
const FULL = { 4: 60, 5: 30, 7: 12 } as const;
const BRIEF = { 4: 120, 5: 60, 7: 24 } as const;
const TWINS = { 4: 20, 7: 2 } as const;
const FIRST_SEED = Number(process.env.ALTHING_SIM_FIRST_SEED ?? '1');

describe('simulator', () => {
  const coverage = emptyTally(COVERAGE);
  const faults = emptyTally(FAULTS);

  for (const [kind, counts] of Object.entries({ full: FULL, brief: BRIEF, twins: TWINS })) {
    for (const [validators, seeds] of Object.entries(counts)) {
      it(`B18, B19, C3, D9, N1, N3, N5, R23: ${seeds} ${kind} seeds with ${validators} validators: no checker finds anything`, () => {
        let drawn = '';
        const report = runSimulation(
          {
            seeds,
            firstSeed: FIRST_SEED,
            validators: Number(validators),
            kind: kind as 'full' | 'brief' | 'twins',
          },
          (event) => {
            if (event.kind === 'begin') drawn = event.drawn;
            else assert.deepEqual(event.result.violations, [], `seed ${event.seed}: ${drawn}`);
          },
        );
        addTally(coverage, report.coverage);
        addTally(faults, report.faults);
      });
    }
  }

  it('10.1 to 10.7: 24 full seeds on ledgers that share checks: no checker finds anything', () => {
    const options = { seeds: 24, firstSeed: FIRST_SEED, validators: 4, sharedChecks: true };
    const report = runSimulation(options, (event) => {
      if (event.kind === 'end') assert.deepEqual(event.result.violations, [], `seed ${event.seed}`);
    });
    addTally(coverage, report.coverage);
  });

  it('9.9, 9.10: 20 seeds in which generations are dropped and somebody comes late: no checker finds anything', () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + 20; seed++) {
      const late = outlived(drawScenario(`outlived ${seed}`, 4));
      // Each second one on a ledger that shares checks.
      const scenario = seed % 2 === 0 ? shared(late) : late;
      const { violations, coverage: met } = runScenario(scenario, createReplica);
      assert.deepEqual(violations, [], `seed ${seed}`);
      addTally(coverage, met);
    }
  });

  it('draws by its kind what a test draws by a function', () => {
    const options = { seeds: 1, firstSeed: 1, validators: 4, kind: 'outlived' } as const;
    assert.deepEqual(scenarioOf(options, 7), outlived(drawScenario('7', 4)));
  });

  it('met everything that its verdict is about', () => {
    const missed = Object.keys(COVERAGE).filter((name) => coverage[name as 'blocks'] === 0);
    assert.deepEqual(missed, []);
  });

  it('injected every kind of fault', () => {
    const missed = Object.keys(FAULTS).filter((name) => faults[name as 'lost'] === 0);
    assert.deepEqual(missed, []);
  });

  it('gives the same run for the same seed', () => {
    const run = () => runSimulation({ seeds: 2, firstSeed: 5, validators: 4 }, () => undefined);
    const [one, other] = [run(), run()];
    assert.deepEqual(one.coverage, other.coverage);
    assert.deepEqual(one.faults, other.faults);
  });
});
