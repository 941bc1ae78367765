import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CheckerName } from '../../src/sim/checkers/names.ts';
import { createDefective, type Defect } from '../../src/sim/defects/defect.ts';
import { DEFECTS, DEFECTS_OF } from '../../src/sim/defects/defects.ts';
import { createReplica } from '../../src/sim/host/machine.ts';
import { runScenario } from '../../src/sim/run.ts';
import type { Scenario } from '../../src/sim/traits.ts';
import { SEEDS_MAX, scenarioFor } from '../planted/survey.ts';

/** The same world without the bug. */
function sound({ hostDefect: _, ...scenario }: Scenario): Scenario {
  return scenario;
}

describe('the checkers can fail', () => {
  for (const [part, defects] of Object.entries(DEFECTS_OF)) {
    describe(part, () => {
      for (const [name, defect] of Object.entries<Defect>(defects)) {
        it(`${name} is caught by one of: ${defect.caughtBy.join(', ')}`, () => catches(defect));
      }
    });
  }

  it('are at least forty', () => {
    assert.ok(Object.keys(DEFECTS).length >= 40);
  });
});

function catches(defect: Defect): void {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const scenario = scenarioFor(defect, seed);
    const { violations } = runScenario(scenario, createDefective(defect));
    if (violations.length === 0) continue;
    const found = new Set<CheckerName>(violations.map(({ checker }) => checker));
    const right = defect.caughtBy.some((checker) => found.has(checker));
    assert.ok(right, `seed ${seed}: ${JSON.stringify(violations)}`);
    const without = runScenario(sound(scenario), createReplica);
    assert.deepEqual(without.violations, [], `seed ${seed}, sound`);
    return;
  }
  assert.fail(`not caught in ${SEEDS_MAX} seeds`);
}
