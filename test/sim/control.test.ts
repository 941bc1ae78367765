import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CheckerName } from '../../src/sim/checkers/names.ts';
import { createReplica } from '../../src/sim/host/machine.ts';
import { runScenario } from '../../src/sim/run.ts';
import type { Scenario } from '../../src/sim/traits.ts';
import { drawTwins } from '../../src/sim/twins.ts';

/**
 * The attack that f + 1 Byzantine validators can make and f cannot: two correct validators that do not hear
 * each other, and between them twins, of which one half takes part on each side.
 */
function splitBrain(twins: number): Scenario {
  const drawn = drawTwins('split brain', 4, twins);
  const seats = [...Array(twins).keys()];
  const sides = [
    [...seats, ...[0, 1].filter((lane) => lane >= twins), 2],
    [...seats.map((lane) => 4 + lane), 3],
  ];
  return {
    ...drawn,
    rounds: { everyMs: 4000, groups: [sides] },
    workload: { ...drawn.workload, payments: 40, doubleSpends: 0.9 },
    // Cuts on one side only: the two would contradict each other there first.
    leaders: [2],
    faultMs: 4000,
  };
}

function found(scenario: Scenario): ReadonlySet<CheckerName> {
  const { violations } = runScenario(scenario, createReplica);
  return new Set(violations.map(({ checker }) => checker));
}

describe('f + 1 Byzantine validators', () => {
  it('B28: get two rivals accepted, both with clean verdicts', () => {
    const checkers = found(splitBrain(2));
    assert.ok(checkers.has('rivals-accepted'), [...checkers].join());
    assert.ok(checkers.has('one-clean-rival'), [...checkers].join());
  });

  it('get two checkpoints certified for one epoch', () => {
    const { leaders: _, ...scenario } = splitBrain(2);
    assert.ok(found(scenario).has('checkpoint'));
  });

  it('of which f by the same attack reach nothing', () => {
    assert.deepEqual([...found(splitBrain(1))], []);
  });
});

describe('nobody Byzantine', () => {
  it('is what a run of twins has where none is asked for: partitions and leaders alone, and nothing is found', () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const scenario = drawTwins(String(seed), 4, 0);
      assert.equal(scenario.byzantine.size, 0);
      const { violations, faults } = runScenario(scenario, createReplica);
      assert.deepEqual(violations, [], `seed ${seed}`);
      assert.ok(faults.blocked > 0, `seed ${seed}: messages met a partition`);
      assert.deepEqual([faults.twinMessages, faults.forks, faults.withheld], [0, 0, 0]);
    }
  });
});
