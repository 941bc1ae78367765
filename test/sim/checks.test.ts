import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHECK_ATTACK_NAMES, type CheckAttackName } from '../../src/sim/byzantine/check-attacks.ts';
import { createReplica } from '../../src/sim/host/machine.ts';
import { type RunResult, runScenario } from '../../src/sim/run.ts';
import { brief, drawScenario, shared } from '../../src/sim/scenario.ts';
import { drawTwins } from '../../src/sim/twins.ts';

const SEEDS = 2;

/**
 * Section 10 of PROTOCOL.md in the simulator: ledgers on which f + 1 validators check each witness, and a
 * validator that forges, or vouches for what is forged.
 */
function runs(attacks: readonly CheckAttackName[]): RunResult[] {
  return Array.from({ length: SEEDS }, (_none, seed) => {
    const { rounds: _rounds, ...drawn } = brief(
      drawScenario(`checks ${attacks.join()} ${seed}`, 4, 1),
    );
    const scenario = { ...shared(drawn), byzantine: new Map([[0, 'schemer' as const]]), attacks };
    return runScenario(scenario, createReplica);
  });
}

const TRIED = new Set<CheckAttackName>();

function tries(...attacks: CheckAttackName[]): () => void {
  for (const attack of attacks) TRIED.add(attack);
  return () => {
    const results = runs(attacks);
    for (const { violations } of results) assert.deepEqual(violations, []);
    if (attacks.includes('false-checks')) return;
    assert.ok(results.some(({ coverage }) => coverage.forgeries > 0));
  };
}

describe('where checks are shared, a Byzantine validator', () => {
  it('spends a coin that nobody has touched', tries('forged-theft'));
  it('forges a rival of a payment', tries('forged-rival'));
  it('carries a payment with a witness that does not sign', tries('forged-copy'));
  it('spends what it forged', tries('forged-parent'));
  it('puts honest payments beside a forged one', tries('forged-among-honest'));
  it('says of everything that it has been checked', tries('false-checks', 'forged-rival'));

  it('tries every attack that there is', () => {
    assert.deepEqual([...TRIED].sort(), [...CHECK_ATTACK_NAMES].sort());
  });
});

describe('where checks are shared, no checker finds anything', () => {
  for (const n of [4, 7]) {
    it(`in whatever a seed draws for ${n}`, () => {
      const { violations } = runScenario(shared(brief(drawScenario('1', n))), createReplica);
      assert.deepEqual(violations, []);
    });
  }

  it('with twins in partitions', () => {
    const { violations } = runScenario(shared(drawTwins('1', 4)), createReplica);
    assert.deepEqual(violations, []);
  });
});
