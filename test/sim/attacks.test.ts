import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ATTACK_NAMES, type AttackName } from '../../src/sim/byzantine/attacks.ts';
import { createReplica } from '../../src/sim/host/machine.ts';
import { runScenario } from '../../src/sim/run.ts';
import { brief, drawScenario } from '../../src/sim/scenario.ts';
import type { ByzantineKind, Scenario } from '../../src/sim/traits.ts';
import { drawTwins } from '../../src/sim/twins.ts';

const SEEDS = 2;

/** One Byzantine validator of four does this, whatever else the seed draws; all that is promised holds. */
function withstands(
  kind: ByzantineKind,
  attacks: readonly AttackName[],
  traits: Partial<Scenario> = {},
): void {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { rounds: _, ...drawn } = brief(drawScenario(`${kind} ${attacks.join()} ${seed}`, 4, 1));
    const scenario = { ...drawn, byzantine: new Map([[0, kind]]), attacks, ...traits };
    const { violations, faults } = runScenario(scenario, createReplica);
    assert.deepEqual(violations, [], `seed ${seed}`);
    if (kind === 'schemer') assert.ok(faults.forged > 0 || attacks.includes('replay'));
  }
}

const TRIED = new Set<AttackName>();

function tries(...attacks: AttackName[]): () => void {
  for (const attack of attacks) TRIED.add(attack);
  return () => withstands('schemer', attacks);
}

describe('a Byzantine validator', () => {
  it(
    'B2: shows rivals to halves, or brings a rival of its own',
    tries('rivals-to-halves', 'own-rival'),
  );
  it('B3, B5: acks one thing here, another there, always late', tries('selective-acks'));
  it('B4: names blocks that do not exist', tries('phantom-refs'));
  it('B9, B10: withholds what its block rests on', tries('withheld-history'));
  it('B11: proposes twice in one view', tries('two-proposals'));
  it('B12, B14: votes twice, and commits what is not prepared', tries('double-vote'));
  it('B13: votes on in the view that its other branch has left', tries('two-votes'));
  it('B15: hides what was prepared', tries('prepared-hidden'));
  it('B16: asks for higher views all the time', tries('view-spam'));
  it('B17: is silent', () => withstands('silent', []));
  it('B21: carries what others carry, or what has its outcome', tries('old-transactions'));
  it('B22: makes empty blocks for ever', tries('noise'));
  it('B24: signs two false checkpoints of one epoch', tries('false-checkpoints'));
  it('B25: votes in epochs of the future', tries('votes-of-the-future'));
  it('B26: sends old blocks of everybody again', tries('replay'));
  it('B27: runs twice with one key', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violations, faults } = runScenario(drawTwins(`twin ${seed}`, 4), createReplica);
      assert.deepEqual(violations, [], `seed ${seed}`);
      assert.ok(faults.twinMessages > 0);
    }
  });
  it('B29: gives times of ten years ahead, and of 1970', tries('wild-clock'));
  it('D11: starts from an older or an empty disk', () => withstands('forgetful', []));

  it('says END on one branch, or where no stop cut is near', () => {
    TRIED.add('end-on-one-branch');
    withstands('schemer', ['end-on-one-branch'], { generationEpochs: 1 });
  });
  it('speaks in generations that have not begun, or are over', () => {
    TRIED.add('next-generation');
    withstands('schemer', ['next-generation'], { generationEpochs: 1 });
  });

  it('tries every attack that there is', () => {
    assert.deepEqual([...TRIED].sort(), [...ATTACK_NAMES].sort());
  });
});
