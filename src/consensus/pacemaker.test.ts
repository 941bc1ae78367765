import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DrawnGraph, MapTable } from '../../test/dag/drawn-graph.ts';
import { type Block, refOf, type Vote } from '../types/block.ts';
import type { Stance } from '../types/dag.ts';
import { type Need, Pacemaker } from './pacemaker.ts';
import { ConsensusRules, initialStance } from './rules.ts';
import { VoteBook } from './vote-book.ts';

const SPAN = { start: 0, stop: Infinity };
const POLICY = { epochIntervalMs: 1000, minEpochIntervalMs: 100, viewTimeoutMs: 500 };
const ask = (view: number): Vote => ({ kind: 'viewchange', epoch: 1, view });

/** The pacemaker of a lane of four; lane 1 leads view 0 of epoch 1, lane 2 view 1, and so on. */
function setUp(lane: number, span = SPAN) {
  const drawn = new DrawnGraph();
  const book = new VoteBook(drawn.graph, new MapTable());
  const last: Block[] = [];
  const draw = (of: number, votes: readonly Vote[] = [], refs: readonly Block[] = []): Block => {
    const block = drawn.draw(of, { votes, refs });
    book.add(drawn.graph.node(drawn.id(block)));
    last[of] = block;
    return block;
  };
  for (const of of [0, 1, 2, 3]) draw(of);
  const cut = drawn.id(draw(0, [], last.slice(1)));
  const rules = new ConsensusRules(
    drawn.graph,
    book,
    { cut: (epoch) => (epoch === 1 ? cut : 0) },
    span,
  );
  /** When it asked whether a cut is needed. */
  const asks: number[] = [];
  const pacemaker = new Pacemaker({ dag: drawn.graph, book, rules, policy: POLICY }, lane);
  const votes = (nowMs: number, need: Need, stance: Partial<Stance> = {}): readonly Vote[] => {
    const history = drawn.history(...last.filter((block) => block !== undefined));
    const full = { ...initialStance(span), ...stance };
    const asked = () => {
      asks.push(nowMs);
      return need;
    };
    return pacemaker.votes({ history, decided: full.epoch - 1, stance: full, need: asked }, nowMs);
  };
  return { pacemaker, votes, draw, asks };
}

describe('6.13: when a leader proposes', () => {
  const propose = { kind: 'propose', epoch: 1, view: 0 };

  it('only what waits makes it do so, and only the leader does', () => {
    assert.deepEqual(setUp(1).votes(0, 'none'), []);
    assert.deepEqual(setUp(1).votes(0, 'checkpoint'), [propose]);
    assert.deepEqual(setUp(1).votes(0, 'resolution'), [propose]);
    assert.deepEqual(setUp(2).votes(0, 'resolution'), []);
    assert.deepEqual(setUp(1).votes(0, 'resolution', { proposed: true }), []);
  });

  it('at once for contested ones and full cuts, after an interval for the others, never right after a cut', () => {
    for (const [need, dueMs] of [
      ['resolution', 50 + 100],
      ['full', 50 + 100],
      ['checkpoint', 50 + 1000],
    ] as const) {
      const { votes, pacemaker } = setUp(2);
      const at = (nowMs: number) => votes(nowMs, need, { epoch: 2 }).map(({ kind }) => kind);
      assert.deepEqual(at(50), []);
      assert.equal(pacemaker.wakeAtMs, 150, 'before that it does not even ask what waits');
      assert.deepEqual(at(149), []);
      if (need === 'checkpoint') {
        assert.deepEqual(at(150), []);
        assert.equal(pacemaker.wakeAtMs, dueMs);
      }
      assert.deepEqual(at(dueMs - 1), []);
      assert.deepEqual(at(dueMs), ['propose']);
    }
  });

  it('whether a cut is needed is asked only when the answer could matter', () => {
    const other = setUp(0);
    other.votes(10, 'none');
    other.votes(20, 'resolution');
    other.votes(30, 'resolution');
    assert.deepEqual(other.asks, [10, 20], 'its timer runs, and it does not lead');
    const leader = setUp(1);
    leader.votes(10, 'resolution');
    leader.votes(20, 'resolution');
    leader.votes(30, 'resolution', { proposed: true });
    assert.deepEqual(leader.asks, [10, 20]);
    const later = setUp(2);
    later.votes(10, 'resolution', { view: 1 });
    assert.deepEqual(later.asks, [], 'in later views a quorum asks');
  });

  it('with nothing to wait for there is nothing to wake for', () => {
    const { votes, pacemaker } = setUp(1);
    votes(0, 'none');
    assert.equal(pacemaker.wakeAtMs, null);
  });
});

describe('6.5: time-outs', () => {
  it('of view 0 begin when a cut is due, and end in the next view', () => {
    const { votes, pacemaker } = setUp(0);
    assert.deepEqual(votes(0, 'none'), []);
    assert.equal(pacemaker.wakeAtMs, null);
    assert.deepEqual(votes(10, 'resolution'), []);
    assert.equal(pacemaker.wakeAtMs, 510);
    assert.deepEqual(votes(300, 'none'), [], 'a timer that runs goes on');
    assert.equal(pacemaker.wakeAtMs, 510);
    assert.deepEqual(votes(509, 'resolution'), []);
    assert.deepEqual(votes(510, 'resolution'), [ask(1)]);
  });

  it('of later views begin when a quorum asks for them, and double', () => {
    for (const [view, timeoutMs] of [
      [1, 1000],
      [3, 4000],
    ] as const) {
      const { votes, draw, pacemaker } = setUp(0);
      draw(1, [ask(view)]);
      draw(0, [ask(view)]);
      votes(10, 'resolution', { view });
      assert.equal(pacemaker.wakeAtMs, null, 'two of four');
      draw(2, [ask(view)]);
      votes(20, 'none', { view });
      assert.equal(pacemaker.wakeAtMs, 20 + timeoutMs);
      assert.deepEqual(votes(20 + timeoutMs, 'none', { view }), [ask(view + 1)]);
    }
  });

  it('end with their instance', () => {
    const { votes, pacemaker } = setUp(0);
    votes(10, 'resolution');
    assert.deepEqual(votes(600, 'none', { epoch: 2 }), []);
    assert.equal(pacemaker.wakeAtMs, 700, 'the next cut may be due then');
  });

  it('are joined: the highest view that f + 1 others ask for, the own asking apart', () => {
    const { votes, draw } = setUp(0);
    draw(0, [ask(9)]);
    draw(1, [ask(4)]);
    assert.deepEqual(votes(0, 'none'), []);
    draw(2, [ask(2)]);
    assert.deepEqual(votes(0, 'none'), [ask(2)]);
    draw(3, [ask(3)]);
    assert.deepEqual(votes(0, 'none'), [ask(3)]);
    assert.deepEqual(votes(0, 'none', { view: 3 }), []);
  });
});

describe('what follows in the same block', () => {
  it('6.2: a leader of a later view proposes with a quorum, its own asking counted', () => {
    const { votes, draw } = setUp(2);
    draw(0, [ask(1)]);
    draw(1, [ask(1)]);
    const propose = { kind: 'propose', epoch: 1, view: 1 };
    assert.deepEqual(votes(0, 'none'), [ask(1), propose]);
    assert.deepEqual(votes(0, 'none', { view: 1 }), [], 'two lanes are no quorum');
    draw(3, [ask(1)]);
    assert.deepEqual(votes(0, 'none', { view: 1 }), [propose]);
    const other = setUp(3);
    for (const lane of [0, 1, 2]) other.draw(lane, [ask(1)]);
    assert.deepEqual(other.votes(0, 'none', { view: 1 }), [], 'another leads');
  });

  it('6.3, 6.4: a proposal is prepared, and committed once a quorum has, each once', () => {
    const { votes, draw } = setUp(0);
    const proposal = draw(1, [{ kind: 'propose', epoch: 1, view: 0 }]);
    const block = refOf(proposal);
    const prepare: Vote = { kind: 'prepare', epoch: 1, view: 0, block };
    const commit: Vote = { kind: 'commit', epoch: 1, view: 0, block };
    assert.deepEqual(votes(0, 'none'), [prepare]);
    assert.deepEqual(votes(0, 'none', { prepared: true }), []);
    draw(1, [prepare]);
    draw(2, [prepare]);
    assert.deepEqual(votes(0, 'none'), [prepare, commit]);
    assert.deepEqual(votes(0, 'none', { prepared: true }), [], 'the own one is not in the history');
    draw(3, [prepare]);
    assert.deepEqual(votes(0, 'none', { prepared: true }), [commit]);
    assert.deepEqual(votes(0, 'none', { prepared: true, committed: true }), []);
    assert.deepEqual(votes(0, 'none', { view: 1 }), [], 'it is no proposal of this view');
  });
});

describe('6.5: who joins a later view', () => {
  it('prepares and commits there at once, whatever it said in the view before', () => {
    const { votes, draw } = setUp(0);
    const block = refOf(draw(2, [ask(1), { kind: 'propose', epoch: 1, view: 1 }]));
    const prepare: Vote = { kind: 'prepare', epoch: 1, view: 1, block };
    for (const lane of [1, 3]) draw(lane, [ask(1), prepare]);
    const before = { proposed: true, prepared: true, committed: true };
    assert.deepEqual(votes(0, 'none', before), [ask(1), prepare, { ...prepare, kind: 'commit' }]);
  });
});

describe('9.2: before the stop cut', () => {
  const span = { start: 0, stop: 1 };
  const end: Vote = { kind: 'end', epoch: 1 };
  const propose: Vote = { kind: 'propose', epoch: 1, view: 0 };

  it('a lane says END once the cut is due, and goes on to until it has', () => {
    const { votes } = setUp(0, span);
    assert.deepEqual(votes(0, 'none'), []);
    assert.deepEqual(votes(10, 'resolution'), [end]);
    assert.deepEqual(votes(20, 'none'), [end], 'its timer runs');
    assert.deepEqual(votes(20, 'resolution', { ended: true }), []);
    assert.deepEqual(setUp(0, { start: 0, stop: 2 }).votes(10, 'resolution'), []);
  });

  it('it says it after f + 1 others, whatever its own clock says', () => {
    const { votes, draw, pacemaker } = setUp(0, span);
    draw(1, [end]);
    assert.deepEqual(votes(0, 'none'), []);
    draw(2, [end]);
    assert.deepEqual(votes(0, 'none'), [end]);
    assert.equal(pacemaker.wakeAtMs, 500, 'and waits for the cut');
  });

  it('9.3: its leader waits for END of a quorum, its own counted', () => {
    const { votes, draw } = setUp(1, span);
    assert.deepEqual(votes(0, 'resolution'), [end]);
    draw(2, [end]);
    assert.deepEqual(votes(0, 'resolution'), [end]);
    draw(3, [end]);
    assert.deepEqual(votes(0, 'resolution'), [end, propose]);
    assert.deepEqual(votes(0, 'resolution', { ended: true }), [], 'it is not in the history');
  });
});
