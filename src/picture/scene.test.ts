import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sketch, sketchSetting, sketchTransaction } from '../sim/reference/sketch.ts';
import { type Block, refOf } from '../types/block.ts';
import { sceneOf } from './scene.ts';

const setting = sketchSetting(4);

/** Those of other lanes: a block names none of its own. */
function others(lane: number, blocks: readonly Block[]): Block[] {
  return blocks.filter(({ header }) => header.lane !== lane);
}

/** Lane 0 pays, all ack, all give a verdict. */
function threeDelays() {
  const sketch = new Sketch();
  const tx = sketchTransaction('t', [1]);
  const carrier = sketch.draw(0, { txs: [tx] });
  const acks = [1, 2, 3].map((lane) => sketch.draw(lane, { refs: [carrier] }));
  const verdicts = [0, 1, 2, 3].map((lane) => {
    return sketch.draw(lane, { refs: others(lane, acks) });
  });
  return { sketch, blocks: [carrier, ...acks, ...verdicts] };
}

test('3.3, 3.6: a payment that nobody rivals is final in three columns', () => {
  const { blocks } = threeDelays();
  const { squares, ways, cuts } = sceneOf(blocks, setting);
  assert.deepEqual(
    squares.map(({ column }) => column),
    [0, 1, 1, 1, 2, 2, 2, 2],
  );
  const [way] = ways;
  assert.deepEqual(way?.carriers, [0]);
  assert.deepEqual(way?.acks, [0, 1, 2, 3]);
  assert.deepEqual(
    way?.verdicts,
    [4, 5, 6, 7].map((at) => ({ at, clean: true })),
  );
  // The third of Q = 3.
  assert.equal(way?.final, 6);
  assert.deepEqual([way?.cut, cuts], [null, []]);
});

test('3.3: rivals that lanes acked in different orders have contested verdicts, and name each other', () => {
  const sketch = new Sketch();
  const [t, u] = [sketchTransaction('t', [1]), sketchTransaction('u', [1])];
  const first = [sketch.draw(0, { txs: [t] }), sketch.draw(1, { txs: [u] })];
  const acks = [sketch.draw(2, { refs: [first[0]!] }), sketch.draw(3, { refs: [first[1]!] })];
  const round = (of: readonly Block[]) =>
    [0, 1, 2, 3].map((lane) => sketch.draw(lane, { refs: others(lane, of) }));
  const second = round([...first, ...acks]);
  const { ways } = sceneOf([...first, ...acks, ...second, ...round(second)], setting);
  assert.deepEqual(
    ways.map(({ rivals }) => rivals),
    [[u.txid], [t.txid]],
  );
  for (const { verdicts: given, final } of ways) {
    assert.ok(given.length >= setting.quorum);
    assert.ok(given.every(({ clean }) => !clean));
    assert.equal(final, null);
  }
});

test('6.1, 6.7: a cut is drawn once Q lanes commit to it, and takes in what has verdicts of Q lanes', () => {
  const { sketch, blocks } = threeDelays();
  const before = blocks.slice(-4);
  const view = { epoch: 1, view: 0 } as const;
  const proposal = sketch.draw(1, {
    refs: others(1, before),
    votes: [{ kind: 'propose', ...view }],
  });
  const block = refOf(proposal);
  const prepares = [0, 2, 3].map((lane) => {
    return sketch.draw(lane, { refs: [proposal], votes: [{ kind: 'prepare', ...view, block }] });
  });
  const commits = [0, 2, 3].map((lane) => {
    const refs = others(lane, prepares);
    return sketch.draw(lane, { refs, votes: [{ kind: 'commit', ...view, block }] });
  });
  const all = [...blocks, proposal, ...prepares, ...commits];
  const scene = sceneOf(all, setting);
  assert.deepEqual(scene.cuts, [{ epoch: 1, at: blocks.length }]);
  assert.equal(scene.ways[0]?.cut, 1);
  assert.deepEqual(scene.squares.at(-1)?.votes, ['commit 1, view 0']);
  assert.deepEqual(sceneOf(all.slice(0, -1), setting).cuts, []);
  // What its votes name is not drawn.
  assert.deepEqual(sceneOf(all.slice(blocks.length + 1), setting).cuts, []);
});

test('what lies before the first block drawn changes nothing for the payments drawn', () => {
  const { sketch, blocks } = threeDelays();
  const later = sketchTransaction('later', [2]);
  const newest = blocks.slice(-4);
  const carrier = sketch.draw(3, { refs: others(3, newest), txs: [later] });
  const acks = [0, 1, 2].map((lane) => sketch.draw(lane, { refs: [carrier] }));
  const verdicts = [0, 1, 2, 3].map((lane) => sketch.draw(lane, { refs: others(lane, acks) }));
  const all = [...blocks, carrier, ...acks, ...verdicts];
  const whole = sceneOf(all, setting).ways.find(({ txid }) => txid === later.txid);
  const part = sceneOf(all.slice(blocks.length), setting).ways[0];
  const moved = (at: number) => at + blocks.length;
  assert.ok(whole?.final != null && part?.final != null);
  assert.equal(moved(part.final), whole.final);
  assert.deepEqual(part.acks.map(moved), whole.acks);
});

test('2.5: a second block of one seq is told apart', () => {
  const sketch = new Sketch();
  const blocks = [sketch.draw(0), sketch.draw(0, { prev: null }), sketch.draw(1)];
  const { squares } = sceneOf(blocks, setting);
  assert.deepEqual(
    squares.map(({ fork }) => fork),
    [0, 1, 0],
  );
});
