import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ask,
  cast,
  checked,
  end,
  propose,
  SPAN,
  setUp,
  signs,
} from '../../test/consensus/judged-votes.ts';
import { type Block, refOf, type Vote } from '../types/block.ts';
import { initialStance } from './rules.ts';

describe('A4: votes obey section 6', () => {
  it('each is in the instance and the view of its chain', () => {
    const { draw, judge, stands } = setUp();
    const proposal = draw(1, [propose()]);
    assert.match(`${judge(0, [cast('prepare', proposal, 0, 2)], [proposal])}`, /instance 2, not 1/);
    assert.match(`${judge(0, [ask(1, 2)], [proposal])}`, /instance 2, not 1/);
    assert.match(`${judge(0, [cast('prepare', proposal, 1)], [proposal])}`, /view 1, not 0/);
    const behind = { view: 1 };
    assert.match(`${judge(0, [cast('prepare', proposal)], [proposal], behind)}`, /view 0, not 1/);
    assert.equal(stands(0, [cast('prepare', proposal)], [proposal]).prepared, true);
  });

  it('6.3: a vote names its block by lane, seq and digest, and has it in its history', () => {
    const { draw, judge, stands } = setUp();
    const proposal = draw(1, [propose()]);
    const other = draw(0);
    const named = (name: object): Vote => {
      const block = { ...refOf(proposal), ...name };
      return { kind: 'prepare', epoch: 1, view: 0, block };
    };
    assert.equal(stands(0, [named({})], [proposal]).prepared, true);
    const wrong = named({ digest: 'cd'.repeat(32) });
    assert.match(`${judge(0, [wrong], [proposal])}`, /unseen block/);
    assert.match(`${judge(0, [named({})], [other])}`, /unseen block/);
    assert.match(`${judge(0, [named({ lane: 2 })], [proposal])}`, /another name/);
    assert.match(`${judge(0, [named({ seq: 4 })], [proposal])}`, /another name/);
  });

  it('6.5: a chain asks for higher views only, and votes anew in them', () => {
    const { draw, judge, stands } = setUp();
    const asking = [draw(1, [ask(1, 4)]), draw(2, [ask(1, 4)])];
    assert.match(`${judge(0, [ask(0)])}`, /asks for view 0 in view 0/);
    assert.match(`${judge(0, [ask(1), ask(1)])}`, /asks for view 1 in view 1/);
    assert.match(`${judge(0, [ask(1)], [], { view: 2 })}`, /asks for view 1 in view 2/);
    const before = { proposed: true, prepared: true, committed: true, checkpointed: 3 };
    assert.deepEqual(stands(0, [ask(2, 4)], asking, { ...before, epoch: 4 }, 3), {
      epoch: 4,
      view: 2,
      proposed: false,
      prepared: false,
      committed: false,
      checkpointed: 3,
      ended: false,
    });
  });

  it('6.5: no view but the first or one above what f + 1 lanes ask for, its own block not counted', () => {
    const { draw, judge, stands } = setUp();
    assert.match(`${judge(0, [ask(2)])}`, /asks for view 2 when view 1 is next/);
    assert.match(`${judge(0, [ask(1), ask(2)])}`, /view 2 when view 1/);
    const own = draw(0, [ask(1)]);
    assert.match(`${judge(0, [ask(2)], [own], { view: 1 })}`, /view 2 when view 1/);
    const far = draw(1, [ask(9)]);
    assert.equal(stands(0, [ask(2)], [own, far], { view: 1 }).view, 2);
    assert.match(`${judge(0, [ask(3)], [own, far], { view: 1 })}`, /view 3 when view 2/);
    const near = draw(2, [ask(4)]);
    assert.equal(stands(0, [ask(5)], [far, near]).view, 5);
    assert.match(`${judge(0, [ask(6)], [far, near])}`, /view 6 when view 5/);
    assert.match(`${judge(0, [ask(2)], [draw(3), near])}`, /view 2 when view 1/, 'one lane asks');
  });

  it('6.2: the leader proposes, once per view and once in a block', () => {
    const { draw, judge, stands } = setUp();
    assert.equal(stands(1, [propose()]).proposed, true);
    assert.match(`${judge(0, [propose()])}`, /does not lead view 0/);
    assert.match(`${judge(1, [propose()], [], { proposed: true })}`, /proposes twice/);
    const asking = [draw(0, [ask(4)]), draw(2, [ask(4)])];
    assert.match(`${judge(1, [propose(), ask(4), propose(4)], asking)}`, /proposes two views/);
    assert.equal(stands(1, [ask(4), propose(4)], asking).view, 4);
  });

  it('6.2: with a quorum that asks for a later view, its own block counted', () => {
    const { draw, judge, stands } = setUp();
    const [one, two] = [draw(0, [ask(1)]), draw(3, [ask(1)])];
    assert.match(`${judge(2, [ask(1), propose(1)], [one])}`, /without a quorum/);
    assert.equal(stands(2, [ask(1), propose(1)], [one, two]).proposed, true);
    assert.match(`${judge(2, [propose(1)], [one, two], { view: 1 })}`, /without a quorum/);
  });

  it('6.3: a chain prepares a proposal of its view, once', () => {
    const { draw, judge, stands } = setUp();
    const proposal = draw(1, [propose()]);
    const plain = draw(2);
    const other = draw(3, [propose(0, 2), propose(1)]);
    const vote = cast('prepare', proposal);
    assert.equal(stands(0, [vote], [proposal]).prepared, true);
    assert.match(`${judge(0, [vote, vote], [proposal])}`, /prepares twice/);
    for (const none of [plain, other]) {
      assert.match(`${judge(0, [cast('prepare', none)], [none])}`, /prepares no proposal/);
    }
  });

  it('6.4: a chain commits what a quorum has prepared, its own block counted, once', () => {
    const { draw, judge, stands } = setUp();
    const proposal = draw(1, [propose()]);
    const [prepare, commit] = [cast('prepare', proposal), cast('commit', proposal)];
    const one = draw(1, [prepare]);
    const two = draw(2, [prepare], [proposal]);
    assert.match(`${judge(0, [commit], [one, two])}`, /not prepared/);
    assert.match(`${judge(0, [prepare, commit], [one])}`, /not prepared/);
    assert.equal(stands(0, [prepare, commit], [one, two]).committed, true);
    const twice = [prepare, commit, commit];
    assert.match(`${judge(0, twice, [one, two])}`, /commits twice/);
  });

  it('6.1: the third COMMIT decides, and the block is of the next epoch', () => {
    const { draw, judge } = setUp();
    const proposal = draw(1, [propose()]);
    const [prepare, commit] = [cast('prepare', proposal), cast('commit', proposal)];
    const all = [
      draw(0, [prepare], [proposal]),
      draw(1, [prepare]),
      draw(2, [prepare], [proposal]),
    ];
    const epoch = (...seen: Block[]) => {
      const judged = judge(0, [commit], [...all, ...seen]);
      return typeof judged === 'string' ? judged : judged.epoch;
    };
    const one = draw(1, [commit]);
    assert.equal(epoch(one), 0);
    assert.equal(epoch(one, draw(2, [commit])), 1);
  });

  it('6.12: checkpoints are signed ascending, and only of what is decided', () => {
    const { judge, stands } = setUp();
    assert.equal(stands(0, [signs(1), signs(2)], [], { epoch: 3 }, 2).checkpointed, 2);
    assert.match(`${judge(0, [signs(3)], [], { epoch: 3 }, 2)}`, /not decided/);
    for (const votes of [
      [signs(2), signs(1)],
      [signs(1), signs(1)],
    ]) {
      assert.match(`${judge(0, votes, [], { epoch: 3 }, 2)}`, /earlier checkpoint/);
    }
    const behind = { epoch: 3, checkpointed: 2 };
    assert.match(`${judge(0, [signs(2)], [], behind, 2)}`, /earlier checkpoint/);
  });

  it('a chain that enters an instance has said nothing in it', () => {
    const { rules } = setUp();
    const said = { view: 2, proposed: true, prepared: true, committed: true, checkpointed: 1 };
    const stance = { ...initialStance(SPAN), ...said };
    assert.equal(rules.enter(stance, 0), stance);
    assert.deepEqual(rules.enter(stance, 1), {
      epoch: 2,
      view: 0,
      proposed: false,
      prepared: false,
      committed: false,
      checkpointed: 1,
      ended: false,
    });
  });

  it('10.2: words on checks are of other lanes, of what is there, each lane once', () => {
    const { draw, judge, stands } = setUp({ sharesChecks: true });
    const seen = [draw(1), draw(2)];
    stands(0, [checked(1, 1), checked(2, 1)], seen);
    assert.match(`${judge(1, [checked(1, 1)], seen)}`, /own checks/);
    assert.match(`${judge(0, [checked(1, 2)], seen)}`, /does not have/);
    assert.match(`${judge(0, [checked(3, 1)], seen)}`, /does not have/);
    assert.match(`${judge(0, [checked(1, 1), checked(1, 1)], seen)}`, /says twice/);
    assert.match(`${setUp().judge(0, [checked(1, 0)])}`, /nobody else relies/);
  });
});

describe('9: the stop cut', () => {
  const span = { start: 4, stop: 6 };

  it('9.2: END is said in its instance only, and once', () => {
    const { judge, stands } = setUp({ span });
    assert.match(`${judge(0, [end(5)], [], {}, 4)}`, /ends in instance 5/);
    assert.equal(stands(0, [end(6)], [], { epoch: 6 }, 5).ended, true);
    assert.match(`${judge(0, [end(6), end(6)], [], { epoch: 6 }, 5)}`, /ends twice/);
  });

  it('9.3: it is proposed when a quorum has said END, the own one counted', () => {
    const { drawn, cuts, draw, judge, stands } = setUp({ span });
    const last = [0, 1, 2, 3].map((lane) => draw(lane));
    cuts[5] = drawn.id(draw(0, [], last.slice(1)));
    const [one, two] = [draw(0, [end(6)]), draw(1, [end(6)])];
    // All four are active, so lane 6 mod 4 leads.
    const own = [end(6), propose(0, 6)];
    assert.match(`${judge(2, own, [one], { epoch: 6 }, 5)}`, /before a quorum has ended/);
    assert.match(
      `${judge(2, [propose(0, 6)], [one, two], { epoch: 6 }, 5)}`,
      /before a quorum has ended/,
    );
    assert.equal(stands(2, own, [one, two], { epoch: 6 }, 5).proposed, true);
  });
});
