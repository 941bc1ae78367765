import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CheckerName } from '../src/sim/checkers/names.ts';
import { createDefective, DEFECTS, type Defect } from '../src/sim/defects.ts';
import { createReplica } from '../src/sim/machine.ts';
import { runScenario } from '../src/sim/run.ts';
import { drawScenario, type Scenario } from '../src/sim/scenario.ts';

const SEEDS_MAX = 25;
/** Shorter than usual: a run in which something is owed for ever ends sooner. */
const PATIENCE_MS = 60_000;

function scenarioFor(defect: Defect, seed: number): Scenario {
  const drawn = { ...drawScenario(String(seed), 4), patienceMs: PATIENCE_MS };
  return defect.scenario?.(drawn) ?? drawn;
}

describe('the checkers can fail', () => {
  for (const [name, defect] of Object.entries<Defect>(DEFECTS)) {
    it(`${name} is caught by one of: ${defect.caughtBy.join(', ')}`, () => {
      for (let seed = 1; seed <= SEEDS_MAX; seed++) {
        const scenario = scenarioFor(defect, seed);
        const { violations } = runScenario(scenario, createDefective(defect));
        if (violations.length === 0) continue;
        const found = new Set<CheckerName>(violations.map(({ checker }) => checker));
        const right = defect.caughtBy.some((checker) => found.has(checker));
        assert.ok(right, `seed ${seed}: ${JSON.stringify(violations)}`);
        const sound = { ...scenario, lyingDisk: false, hastyDriver: false };
        assert.deepEqual(runScenario(sound, createReplica).violations, [], `seed ${seed}, sound`);
        return;
      }
      assert.fail(`not caught in ${SEEDS_MAX} seeds`);
    });
  }

  it('more than f Byzantine validators break what f cannot', () => {
    const { violations } = runScenario(drawScenario('control', 4, 2), createReplica);
    assert.notDeepEqual(violations, []);
  });
});
