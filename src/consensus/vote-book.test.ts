import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DrawnGraph, MapTable } from '../../test/dag/drawn-graph.ts';
import { decode } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { type Block, refOf, type Vote } from '../types/block.ts';
import type { Digest } from '../types/ids.ts';
import { VoteBook } from './vote-book.ts';

function setUp(n = 4) {
  const drawn = new DrawnGraph(n);
  const table = new MapTable();
  const book = new VoteBook(drawn.graph, table);
  const draw = (lane: number, votes: readonly Vote[], refs: readonly Block[] = []) => {
    const block = drawn.draw(lane, { votes, refs });
    book.add(drawn.graph.node(drawn.id(block)));
    return block;
  };
  return { drawn, book, draw, table };
}

const propose = (view = 0, epoch = 1): Vote => ({ kind: 'propose', epoch, view });
const ask = (view: number, epoch = 1): Vote => ({ kind: 'viewchange', epoch, view });
const cast = (kind: 'prepare' | 'commit', block: Block, view = 0, epoch = 1): Vote => ({
  kind,
  epoch,
  view,
  block: refOf(block),
});

describe('votes in a history', () => {
  for (const kind of ['prepare', 'commit'] as const) {
    it(`${kind === 'commit' ? '6.1' : '6.3'}: a quorum of lanes for one block in one view; own votes are a lane's`, () => {
      const { drawn, book, draw } = setUp();
      const proposal = draw(1, [propose()]);
      const other = draw(2, []);
      const one = draw(0, [cast(kind, proposal)], [proposal]);
      const two = draw(2, [cast(kind, proposal)], [proposal]);
      const three = draw(3, [cast(kind, proposal)], [proposal]);
      const stray = draw(1, [cast(kind, other)], [other]);
      const [id, otherId] = [drawn.id(proposal), drawn.id(other)];
      const holds = (blocks: Block[], own: { lane: number; votes: Vote[] } | null = null) => {
        const history = drawn.history(...blocks);
        if (kind === 'commit') return book.decided(1, history, own) === id;
        return book.isPrepared(1, 0, id, history, own);
      };
      const mine = (votes: Vote[], lane = 1) => ({ lane, votes });
      assert.equal(holds([one, two, three]), true);
      assert.equal(holds([one, two, stray]), false);
      assert.equal(holds([one, two], mine([cast(kind, proposal)])), true);
      assert.equal(holds([one, two], mine([cast(kind, proposal)], 0)), false, 'one lane, once');
      assert.equal(holds([one, two], mine([cast(kind, other)])), false);
      assert.equal(holds([one, two], mine([cast(kind, proposal, 1)])), false);
      assert.equal(holds([one, two], mine([cast(kind, proposal, 0, 2)])), false);
      const contrary = kind === 'commit' ? 'prepare' : 'commit';
      assert.equal(holds([one, two], mine([cast(contrary, proposal)])), false);
      if (kind === 'commit') return;
      const all = drawn.history(one, two, three);
      assert.equal(book.isPrepared(1, 0, otherId, all, null), false);
      assert.equal(book.isPrepared(1, 1, id, all, null), false);
      assert.equal(book.isPrepared(2, 0, id, all, null), false);
    });
  }

  it('6.1: a quorum of one is reached by the own COMMIT', () => {
    const { drawn, book, draw } = setUp(1);
    const proposal = draw(0, [propose()]);
    const history = drawn.history(proposal);
    const decided = (vote: Vote) => book.decided(1, history, { lane: 0, votes: [vote] });
    assert.equal(decided(cast('commit', proposal)), drawn.id(proposal));
    assert.equal(decided(cast('commit', proposal, 0, 2)), 0);
    assert.equal(decided(cast('prepare', proposal)), 0);
    assert.equal(book.decided(1, history, null), 0);
  });

  it('6.3: a lane that forks is one lane', () => {
    const { drawn, book, draw } = setUp();
    const proposal = draw(1, [propose()]);
    const id = drawn.id(proposal);
    const votes = [cast('prepare', proposal)];
    const one = draw(0, votes, [proposal]);
    const twin = drawn.draw(0, { prev: null, votes, refs: [proposal] });
    book.add(drawn.graph.node(drawn.id(twin)));
    const two = draw(2, votes, [proposal]);
    assert.equal(book.isPrepared(1, 0, id, drawn.history(one, twin, two), null), false);
    const three = draw(3, votes, [proposal]);
    assert.equal(book.isPrepared(1, 0, id, drawn.history(one, twin, two, three), null), true);
  });

  it('6.2: the block prepared in the highest view below one', () => {
    const { drawn, book, draw } = setUp();
    const tips: Block[] = [];
    const proposals = [0, 1, 2].map((view) => draw(view, [propose(view)]));
    for (const lane of [0, 1, 2]) {
      for (const view of [1, 0]) tips[lane] = draw(lane, [cast('prepare', proposals[view]!, view)]);
    }
    tips[3] = draw(3, [cast('prepare', proposals[2]!, 2)]);
    const history = drawn.history(...tips, ...proposals.slice(2));
    const block = (view: number) => ({ view, block: drawn.id(proposals[view]!) });
    assert.equal(book.highestPrepared(1, 0, history), null);
    assert.deepEqual(book.highestPrepared(1, 1, history), block(0));
    assert.deepEqual(book.highestPrepared(1, 2, history), block(1));
    assert.deepEqual(book.highestPrepared(1, 3, history), block(1), 'view 2 has one PREPARE');
    assert.equal(book.highestPrepared(2, 3, history), null);
  });

  it('6.5: the views that the lanes ask for, the highest of each', () => {
    const { drawn, book, draw } = setUp();
    draw(0, [ask(3)]);
    const zero = draw(0, [ask(5)]);
    const one = draw(1, [ask(3)]);
    const unseen = draw(2, [ask(9)]);
    const history = drawn.history(zero, one);
    assert.deepEqual(book.viewsAskedFor(1, history), [5, 3, 0, 0]);
    assert.deepEqual(book.viewsAskedFor(2, history), [0, 0, 0, 0]);
    assert.equal(book.countViewChanges(1, 3, history, null), 2);
    assert.equal(book.countViewChanges(1, 5, history, null), 1);
    const own = (votes: Vote[], lane = 3) => ({ lane, votes });
    assert.equal(book.countViewChanges(1, 3, history, own([ask(3)])), 3);
    assert.equal(book.countViewChanges(1, 3, history, own([ask(3)], 1)), 2);
    assert.equal(book.countViewChanges(1, 3, history, own([ask(4), propose(3)])), 2);
    assert.equal(book.viewChanges(1, 9, history).length, 0);
    assert.deepEqual(book.viewChanges(1, 9, drawn.history(unseen)), [drawn.id(unseen)]);
  });

  it('9.2: lanes that have said END, the own one counted, each once', () => {
    const { drawn, book, draw } = setUp();
    const end: Vote = { kind: 'end', epoch: 1 };
    const [one, two] = [draw(1, [end]), draw(2, [end])];
    draw(3, [end]);
    const history = drawn.history(one, two);
    const own = (lane: number, votes: Vote[] = [end]) => ({ lane, votes });
    assert.equal(book.countEnds(1, history, null), 2);
    assert.equal(book.countEnds(2, history, null), 0);
    assert.equal(book.countEnds(1, history, own(0)), 3);
    assert.equal(book.countEnds(1, history, own(2)), 2);
    assert.equal(book.countEnds(1, history, own(0, [propose()])), 2);
  });

  it('9.6: the blocks whose COMMITs decide, one of each lane; none before there is a quorum', () => {
    const { drawn, book, draw } = setUp();
    const [proposal, other] = [draw(1, [propose()]), draw(2, [propose(1)])];
    const commits = (lane: number, block: Block) =>
      draw(
        lane,
        [cast('commit', block)],
        [block].filter(({ header }) => header.lane !== lane),
      );
    const stray = commits(3, other);
    const [zero, one] = [commits(0, proposal), commits(1, proposal)];
    const again = draw(0, [cast('commit', proposal)]);
    assert.deepEqual(book.deciding(1, drawn.history(again, one, stray)), []);
    const two = commits(2, proposal);
    assert.deepEqual(
      book.deciding(1, drawn.history(again, one, two, stray)),
      [zero, one, two].map((block) => drawn.id(block)),
    );
    assert.deepEqual(book.deciding(2, drawn.graph.all), []);
  });

  it('6.2: of two proposals of a leader that equivocates, the one that the history has', () => {
    const { drawn, book, draw } = setUp();
    const first = draw(1, [propose()]);
    const twin = drawn.draw(1, { prev: null, votes: [propose()] });
    book.add(drawn.graph.node(drawn.id(twin)));
    const proposal = (...blocks: Block[]) => book.proposal(1, 0, drawn.history(...blocks));
    assert.equal(proposal(first, twin), drawn.id(first), 'the first admitted');
    assert.equal(proposal(twin), drawn.id(twin));
    assert.equal(book.proposal(1, 1, drawn.history(first)), 0);
  });
});

describe('votes of instances long decided', () => {
  it('are counted as before, those that come later too', () => {
    const { drawn, book, draw, table } = setUp();
    const proposal = draw(1, [propose()]);
    const one = draw(0, [cast('commit', proposal)], [proposal]);
    const two = draw(2, [cast('commit', proposal)], [proposal]);
    draw(0, [propose(0, 2)]);
    book.forget(1);
    assert.equal(table.rows.size, 1, 'only what is forgotten is stored');
    assert.equal(book.decided(1, drawn.history(one, two), null), 0);
    const three = draw(3, [cast('commit', proposal)], [proposal]);
    const history = drawn.history(one, two, three);
    assert.equal(book.decided(1, history, null), drawn.id(proposal));
    book.forget(1);
    assert.equal(book.decided(1, history, null), drawn.id(proposal), 'stored with the late vote');
    assert.equal(book.proposal(2, 0, drawn.graph.all) > 0, true, 'the open one is untouched');
    assert.equal(book.decided(3, history, null), 0);
  });

  it('are counted by a book that goes on from a savepoint', () => {
    const { drawn, book, draw, table } = setUp();
    const proposal = draw(1, [propose()]);
    const all = [0, 2, 3].map((lane) => draw(lane, [cast('commit', proposal)], [proposal]));
    book.forget(1);
    const next = draw(1, [ask(4, 2)]);
    const saved = () => {
      const writer = new Writer();
      book.save(writer);
      return writer.finish();
    };
    const bytes = saved();
    const other = new VoteBook(drawn.graph, table);
    assert.equal(decode(bytes, (reader) => other.load(reader)).ok, true);
    book.decided(1, drawn.history(...all), null);
    assert.deepEqual(saved(), bytes, 'what was only asked for is not saved');
    assert.equal(other.decided(1, drawn.history(...all), null), drawn.id(proposal));
    assert.deepEqual(other.viewsAskedFor(2, drawn.history(next)), [0, 4, 0, 0]);
    other.forget(2);
    assert.deepEqual([...table.rows.keys()], ['v00000001', 'v00000002']);
  });

  it('do not mix with signatures of checkpoints, nor with words on checks', () => {
    const { drawn, book, draw } = setUp();
    const checkpoint: Vote = {
      kind: 'checkpoint',
      epoch: 7,
      checkpoint: '00'.repeat(32) as Digest,
      signature: new Uint8Array(64),
    };
    const block = draw(0, [checkpoint, ask(2)]);
    draw(1, [checkpoint]);
    const other = draw(2, [{ kind: 'checked', lane: 0, seq: 1 }, ask(3)]);
    assert.deepEqual(book.viewsAskedFor(1, drawn.history(block, other)), [2, 0, 3, 0]);
    assert.deepEqual(book.viewsAskedFor(7, drawn.history(block)), [0, 0, 0, 0]);
  });
});
