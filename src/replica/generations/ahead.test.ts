import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoneReplica } from '../../../test/replica/lone-replica.ts';
import { Sketch } from '../../sim/reference/sketch.ts';
import { defined } from '../../std/assert.ts';
import type { Block } from '../../types/block.ts';
import type { LaneId } from '../../types/ids.ts';
import { NODE_LIMITS } from '../../types/limits.ts';
import type { Verified } from '../../types/transaction.ts';
import type { Input, PeerId } from '../effects.ts';
import { Links } from '../peers/links.ts';
import { Ahead } from './ahead.ts';

const lane = (of: number): PeerId => ({ kind: 'lane', lane: of });

test('what comes early is kept in order, so much of each lane, and given once', () => {
  const ahead = new Ahead();
  const sketch = new Sketch();
  const most = NODE_LIMITS.aheadMax.value;
  const blocks = Array.from({ length: most + 1 }, () => sketch.draw(1));
  const other = sketch.draw(2);
  for (const block of [...blocks, other]) {
    ahead.block({ block: block as Verified<Block>, from: lane(1), witnesses: 'right' });
  }
  ahead.heads(lane(3), [1, 0]);
  ahead.heads(lane(3), [2, 0]);
  const taken = ahead.take();
  assert.deepEqual(
    taken.blocks.map(({ block }) => block),
    [...blocks.slice(0, most), other],
  );
  assert.deepEqual(taken.heads, [{ from: lane(3), frontier: [2, 0] }], 'the newest of each');
  assert.deepEqual(ahead.take(), { blocks: [], heads: [] });
});

test('a link knows the newest generation that its peer has told since it is connected', () => {
  const links = new Links();
  links.begun(lane(1), 3);
  assert.equal(links.hasLeft(lane(1), 0), false, 'it is not connected');
  links.connected(lane(1));
  links.begun(lane(1), 3);
  links.begun(lane(1), 2);
  assert.deepEqual(
    [2, 3].map((generation) => links.hasLeft(lane(1), generation)),
    [true, false],
  );
  links.connected(lane(2));
  assert.deepEqual(links.ids, [lane(1), lane(2)]);
  assert.equal(links.hasLeft(lane(2), 0), false);
  links.connected(lane(1));
  assert.equal(links.hasLeft(lane(1), 2), false, 'it may have begun anew, with less');
  links.begun(lane(1), 3);
  links.disconnected(lane(1));
  assert.deepEqual(links.ids, [lane(2)]);
  assert.equal(links.hasLeft(lane(1), 0), false);
});

test('9.8: of the next generation an own block stops, and one of another lane only came early', () => {
  const lone = new LoneReplica({ generationEpochs: 1 });
  const tell = (lane: LaneId) => {
    const [block] = lone.opened(lone.block(lane, { header: { generation: 1 } }));
    const input = { kind: 'block', from: { kind: 'lane', lane: 2 }, block: defined(block, 'one') };
    const replica = defined(lone.cluster.replicas[0], 'lane 0');
    return replica.step(lone.cluster.now, input as Input).halt?.code;
  };
  assert.deepEqual([1, 0].map(tell), [undefined, 'own-signature-unknown']);
});
