import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { LaneIndex } from './lane-index.ts';

describe('the blocks of a lane', () => {
  it('are found by seq, and none where none is', () => {
    const lane = new LaneIndex();
    assert.deepEqual([lane.height, lane.forkSeq], [0, Number.POSITIVE_INFINITY]);
    assert.deepEqual(lane.add(1, 7, []), [7]);
    assert.deepEqual(lane.add(2, 9, []), [9]);
    assert.deepEqual(
      [0, 1, 2, 3].map((seq) => lane.at(seq)),
      [[], [7], [9], []],
    );
    assert.deepEqual([lane.height, lane.forkSeq], [2, Number.POSITIVE_INFINITY]);
  });

  it('fork at the lowest seq with two of them', () => {
    const lane = new LaneIndex();
    for (const seq of [1, 2, 3]) lane.add(seq, seq, []);
    lane.add(3, 10, lane.at(3)!);
    assert.deepEqual([lane.forkSeq, lane.height], [3, 3]);
    assert.deepEqual(lane.add(2, 11, lane.at(2)!), [2, 11]);
    lane.add(3, 12, lane.at(3)!);
    assert.deepEqual([lane.forkSeq, lane.height], [2, 3]);
    assert.deepEqual(lane.at(3), [3, 10, 12]);
  });

  it('are forgotten up to a seq: the store is asked for them, not for those above', () => {
    const lane = new LaneIndex();
    for (const seq of [1, 2, 3, 4]) lane.add(seq, seq, []);
    lane.forget(2);
    lane.forget(1);
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5].map((seq) => lane.at(seq)),
      [[], undefined, undefined, [3], [4], []],
    );
    lane.add(5, 5, []);
    lane.forget(4);
    assert.deepEqual([lane.at(4), lane.at(5)], [undefined, [5]]);
  });

  it('of a forgotten seq are known again when it forks', () => {
    const lane = new LaneIndex();
    for (const seq of [1, 2, 3]) lane.add(seq, seq, []);
    lane.forget(2);
    assert.deepEqual(lane.add(1, 9, [1]), [1, 9]);
    assert.deepEqual([lane.at(1), lane.at(2), lane.at(3)], [[1, 9], undefined, [3]]);
    assert.deepEqual([lane.forkSeq, lane.height], [1, 3]);
    lane.add(2, 10, [2]);
    assert.deepEqual([lane.at(1), lane.at(2), lane.at(3)], [[1, 9], [2, 10], [3]]);
  });

  it('that were saved are all asked of the store, and the lane goes on', () => {
    for (const isForked of [false, true]) {
      const lane = new LaneIndex();
      for (const seq of [1, 2, 3]) lane.add(seq, seq, []);
      if (isForked) lane.add(2, 9, lane.at(2)!);
      const writer = new Writer();
      lane.save(writer);
      const next = new LaneIndex();
      assert.equal(decode(writer.finish(), (reader) => next.load(reader)).ok, true);
      assert.deepEqual([next.height, next.forkSeq], [3, isForked ? 2 : Number.POSITIVE_INFINITY]);
      next.add(4, 4, []);
      assert.deepEqual(
        [0, 1, 3, 4, 5].map((seq) => next.at(seq)),
        [[], undefined, undefined, [4], []],
      );
    }
  });
});
