import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoneReplica } from '../../../test/replica/lone-replica.ts';
import { blockOf, lock, ReplicaCluster } from '../../../test/replica/replica-cluster.ts';
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

/** Lane 3 misses so many generations. Blocks of the last one come before those of the others. */
function missed(generations: number) {
  const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
  cluster.run(10);
  cluster.down.add(3);
  const pay = (coin: number) => cluster.pay([cluster.coin(coin)], [{ amount: 990n, lock }]);
  for (let coin = 0; coin < generations; coin++) {
    cluster.step(0, { kind: 'submit', tx: pay(coin) });
    cluster.run(3000);
  }
  const show = (generation: number) => {
    for (const bytes of cluster.journals[0] ?? []) {
      if (blockOf(bytes).header.generation === generation) cluster.receive(0, 3, bytes);
    }
  };
  return { cluster, pay, show, replica: defined(cluster.replicas[3], 'lane 3') };
}

test('blocks that came before their generation began here need not be asked for', () => {
  const { replica, show } = missed(2);
  for (const generation of [1, 0]) show(generation);
  assert.equal(replica.generation, 2);
});

test('9.8: who has told heads before the generation began here has told them', () => {
  const { cluster, pay, replica, show } = missed(1);
  for (const from of [lane(1), lane(2)]) {
    const message = { kind: 'heads', generation: 1, frontier: [0, 0, 0, 0], yours: null } as const;
    cluster.step(3, { kind: 'message', from, message });
  }
  show(0);
  assert.equal(replica.generation, 1);
  cluster.step(3, { kind: 'submit', tx: pay(5) });
  assert.equal(cluster.said(3).at(-1)?.header.generation, 1);
});
