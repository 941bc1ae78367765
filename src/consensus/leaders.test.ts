import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ask, cast, propose, setUp } from '../../test/consensus/judged-votes.ts';

describe('6.6: leaders', () => {
  it('of the first epoch are all; later those with new blocks in the last cut', () => {
    const { drawn, rules, cuts, draw } = setUp();
    assert.deepEqual(rules.leaders(1), [0, 1, 2, 3]);
    const first = [0, 1, 2, 3].map((lane) => draw(lane));
    cuts[1] = drawn.id(draw(3, [], first.slice(0, 3)));
    assert.deepEqual(rules.activeLanes(1), [0, 1, 2, 3]);
    const second = [draw(0), draw(2)];
    cuts[2] = drawn.id(draw(3, [], second));
    assert.deepEqual(rules.activeLanes(2), [0, 2, 3]);
    assert.deepEqual(rules.leaders(3), [0, 2, 3]);
    assert.deepEqual(
      [0, 1, 2].map((view) => rules.leader(3, view)),
      [0, 2, 3],
    );
    cuts[3] = drawn.id(draw(3));
    assert.deepEqual(rules.activeLanes(3), [3]);
    assert.deepEqual(rules.leaders(4), [0, 1, 2, 3], 'one lane is no quorum');
  });

  it('do not equivocate in that cut', () => {
    const { drawn, rules, cuts, draw } = setUp();
    const first = [0, 1, 2].map((lane) => draw(lane));
    const twin = drawn.draw(0, { prev: null, txs: [] });
    const blind = draw(3, [], first);
    cuts[1] = drawn.id(blind);
    const sees = draw(2, [], [twin]);
    cuts[2] = drawn.id(draw(3, [], [draw(1), sees]));
    assert.deepEqual(rules.leaders(2), [0, 1, 2, 3]);
    assert.ok(!rules.leaders(3).includes(0));
  });
});

describe('6.2: what a proposal stands for', () => {
  it('is itself, or what was prepared in the highest view that its VIEWCHANGEs show', () => {
    const { drawn, rules, draw } = setUp();
    const first = draw(1, [propose()]);
    const prepared = [0, 2, 3].map((lane) => draw(lane, [cast('prepare', first)], [first]));
    const asking = prepared.map(({ header: { lane } }) =>
      draw(
        lane,
        [ask(1)],
        prepared.filter(({ header }) => header.lane !== lane),
      ),
    );
    const second = draw(2, [propose(1)], [asking[0]!, asking[2]!]);
    const third = draw(0, [propose(0, 2)]);
    assert.equal(rules.value(1, drawn.id(first)), drawn.id(first));
    assert.equal(rules.value(1, drawn.id(second)), drawn.id(first));
    assert.equal(rules.value(2, drawn.id(third)), drawn.id(third));
  });

  it('is what was prepared in the highest of these views, whichever VIEWCHANGE was first', () => {
    for (const [first, second] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const { drawn, rules, draw } = setUp();
      const proposals = [draw(1, [propose()]), draw(2, [propose(1)])];
      /** PREPAREs of lanes 0, 3 and of the one that proposed. */
      const prepare = (view: number) => {
        const proposal = proposals[view]!;
        const votes = [cast('prepare', proposal, view)];
        return [
          draw(0, votes, [proposal]),
          draw(3, votes, [proposal]),
          draw(proposal.header.lane, votes),
        ] as const;
      };
      const [, three, leader] = prepare(first);
      const [zero, , other] = prepare(second);
      // Of lanes 0 and 3 each shows a quorum in one of the views.
      const asks = [draw(0, [ask(2)], [three, leader]), draw(3, [ask(2)], [zero, other])];
      const last = draw(1, [propose(2)], asks);
      assert.equal(rules.value(1, drawn.id(last)), drawn.id(proposals[1]!));
    }
  });
});
