import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDefective } from '../../src/sim/defects/defect.ts';
import { DEFECTS } from '../../src/sim/defects/defects.ts';
import { runScenario } from '../../src/sim/run.ts';
import { brief, drawScenario } from '../../src/sim/scenario.ts';
import { regressionTest, shrink } from '../../src/sim/shrink.ts';

describe('a run that fails', () => {
  const create = createDefective(DEFECTS['quorum-too-small']);
  const drawn = brief(drawScenario('3', 5));
  const [violation] = runScenario(drawn, create).violations;

  it('is made smaller, and still fails in the same way', () => {
    assert.ok(violation !== undefined);
    const shrunk = shrink(drawn, violation.checker, create);
    const { violations } = runScenario(shrunk, create);
    assert.ok(violations.some(({ checker }) => checker === violation.checker));
    assert.ok(shrunk.n < drawn.n);
    assert.ok(shrunk.workload.payments < drawn.workload.payments);
    assert.ok(shrunk.faultMs < drawn.faultMs);
    assert.equal(shrunk.faults.crashEveryMs, 0);
  });

  it('is printed as a test that draws the seed and changes what was made smaller', () => {
    const shrunk = { ...drawn, byzantine: new Map([[2, 'twin'] as const]), faultMs: 7 };
    const { rounds: _, ...rest } = shrunk;
    const source = "brief(drawScenario('3', 5))";
    const text = regressionTest(
      source,
      { ...drawn, rounds: { everyMs: 1, groups: [] } },
      rest,
      'outcome',
    );
    assert.equal(
      text,
      [
        "  it('seed 3 of 5 validators: outcome', () => {",
        "    const { rounds: _rounds, ...drawn } = brief(drawScenario('3', 5));",
        '    holds({',
        '      ...drawn,',
        '      faultMs: 7,',
        '      byzantine: new Map([[2,"twin"]]),',
        '    });',
        '  });',
      ].join('\n'),
    );
  });
});
