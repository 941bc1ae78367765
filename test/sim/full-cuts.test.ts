import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReplica } from '../../src/sim/host/machine.ts';
import { runScenario } from '../../src/sim/run.ts';
import { brief, drawScenario, shared } from '../../src/sim/scenario.ts';
import type { Scenario } from '../../src/sim/traits.ts';

/** Rule 6.13: when a cut is full, each lane says for itself, by what is final there. No two need agree. */

function cutsOf(drawn: Scenario, epochInputs: number): number {
  const policy = { ...drawn.policy, epochIntervalMs: 3000, minEpochIntervalMs: 50, epochInputs };
  const run = runScenario({ ...drawn, policy }, createReplica);
  assert.deepEqual(run.violations, [], `seed ${drawn.seed}`);
  return run.coverage.cuts;
}

test('6.13: cuts that are due when they are full break nothing, and come sooner', () => {
  let [full, timed] = [0, 0];
  for (let seed = 1; seed <= 6; seed++) {
    const drawn = brief(drawScenario(`full-${seed}`, seed % 2 === 0 ? 4 : 5));
    const scenario = seed % 3 === 0 ? shared(drawn) : drawn;
    full += cutsOf(scenario, 3);
    timed += cutsOf(scenario, 1_000_000);
  }
  assert.ok(full > timed, `${full} and ${timed} cuts`);
});
