import assert from 'node:assert/strict';
import { ConsensusRules, initialStance } from '../../src/consensus/rules.ts';
import { VoteBook } from '../../src/consensus/vote-book.ts';
import { type Block, refOf, type Vote } from '../../src/types/block.ts';
import type { NodeId, Stance } from '../../src/types/dag.ts';
import type { Digest } from '../../src/types/ids.ts';
import { DrawnGraph, MapTable } from '../dag/drawn-graph.ts';

export const SPAN = { start: 0, stop: Infinity };

/** Rules over blocks drawn by hand. Of four lanes, lane 1 leads view 0 of epoch 1, lane 2 view 1, and so on. */
export function setUp({ span = SPAN, sharesChecks = false } = {}) {
  const drawn = new DrawnGraph();
  const book = new VoteBook(drawn.graph, new MapTable());
  const cuts: NodeId[] = [0];
  const rules = new ConsensusRules(
    drawn.graph,
    book,
    { cut: (epoch) => cuts[epoch] ?? 0 },
    span,
    sharesChecks,
  );
  const draw = (lane: number, votes: readonly Vote[] = [], refs: readonly Block[] = []): Block => {
    const block = drawn.draw(lane, { votes, refs });
    book.add(drawn.graph.node(drawn.id(block)));
    return block;
  };
  /** What a block of the lane with these votes is, in the history of those blocks; or what is wrong. */
  const judge = (
    lane: number,
    votes: readonly Vote[],
    seen: readonly Block[] = [],
    stance: Partial<Stance> = {},
    before = 0,
  ) => {
    const prev = { ...initialStance(span), ...stance };
    return rules.judge(lane, votes, drawn.history(...seen), before, prev);
  };
  /** The stance behind it, if it obeys. */
  const stands = (...of: Parameters<typeof judge>): Stance => {
    const judged = judge(...of);
    assert.ok(typeof judged !== 'string', `${judged}`);
    return judged.stance;
  };
  return { drawn, book, rules, cuts, draw, judge, stands };
}

export const propose = (view = 0, epoch = 1): Vote => ({ kind: 'propose', epoch, view });
export const ask = (view: number, epoch = 1): Vote => ({ kind: 'viewchange', epoch, view });
export const end = (epoch: number): Vote => ({ kind: 'end', epoch });
export const checked = (lane: number, seq: number): Vote => ({ kind: 'checked', lane, seq });
export const cast = (kind: 'prepare' | 'commit', block: Block, view = 0, epoch = 1): Vote => ({
  kind,
  epoch,
  view,
  block: refOf(block),
});
export const signs = (epoch: number): Vote => ({
  kind: 'checkpoint',
  epoch,
  checkpoint: '00'.repeat(32) as Digest,
  signature: new Uint8Array(64),
});
