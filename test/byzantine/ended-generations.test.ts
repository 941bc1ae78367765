import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PeerId } from '../../src/replica/effects.ts';
import type { ReplicaParts } from '../../src/replica/generation.ts';
import { defined } from '../../src/std/assert.ts';
import type { Digest } from '../../src/types/ids.ts';
import { blockOf, lock, ReplicaCluster } from '../replica/replica-cluster.ts';
import { ByzantineLane } from './lane.ts';

/** Whatever is kept for a generation, there may be any number of them: memory is for the newest. */
function generations() {
  const parts: ReplicaParts[] = [];
  let reads = 0;
  const cluster: ReplicaCluster = new ReplicaCluster(
    4,
    {
      tamperParts: (each) => parts.push(each),
      // Asked by lane 0 alone.
      archive: {
        read: (ordinal) => {
          reads += 1;
          return defined(cluster.journals[0]?.[ordinal - 1], 'a record');
        },
      },
    },
    { generationEpochs: 1 },
  );
  const liar = new ByzantineLane(cluster);
  cluster.run(10);
  const coins = [0, 1, 2];
  /** A payment's epoch, and with it a generation. */
  const pass = () => {
    const coin = cluster.coin(defined(coins.shift(), 'a coin'));
    cluster.step(1, { kind: 'submit', tx: cluster.pay([coin], [{ amount: 990n, lock }]) });
    cluster.run(3000);
  };
  const partsOf = (generation: number) =>
    defined(
      parts.find(({ core }) => core.options.lane === 0 && core.start.generation === generation),
      'a generation of lane 0',
    );
  return { cluster, liar, pass, partsOf, reads: () => reads };
}

it('what waits when a generation ends is let go: each would have a lane’s room once more', () => {
  const { cluster, liar, pass, partsOf } = generations();
  const first = liar.block({});
  const nothing = { ...first, digest: 'ab'.repeat(32) as Digest };
  for (let i = 0; i < 20; i++) {
    const refs = [{ ...nothing, header: { ...first.header, lane: 1, seq: 90 + i } }];
    liar.show(liar.block({ refs, header: { timeMs: i } }), 0);
  }
  assert.equal(partsOf(0).room.size, 20);
  pass();
  assert.equal(cluster.replicas[0]?.generation, 1);
  assert.equal(partsOf(0).room.size, 0);
  assert.equal(partsOf(0).room.sizeOf(3), 0);
});

it('whether a block is known is asked of its own generation: any number of the others have a store to read', () => {
  const { cluster, pass, partsOf } = generations();
  for (let i = 0; i < 2; i++) pass();
  const asked: number[] = [];
  for (const generation of [0, 1, 2]) {
    const { graph } = partsOf(generation).core;
    const find = graph.find.bind(graph);
    graph.find = (digest) => {
      asked.push(generation);
      return find(digest);
    };
  }
  const block = defined(
    cluster.said(0).find(({ header }) => header.generation === 1),
    'one that it said then',
  );
  const replica = defined(cluster.replicas[0], 'a replica');
  assert.equal(replica.knows(block), true);
  const other = { ...block, digest: 'ab'.repeat(32) as Digest };
  assert.equal(replica.knows(other), false);
  assert.equal(replica.knows({ ...other, header: { ...block.header, generation: 9 } }), false);
  assert.deepEqual(asked, [1, 1]);
});

it('blocks of an ended generation are read for whoever asks, and none is kept', () => {
  const { cluster, pass, reads } = generations();
  pass();
  pass();
  const journal = defined(cluster.journals[0], 'a journal').map(blockOf);
  const old = journal.filter(({ header }) => header.generation === 0);
  const from: PeerId = { kind: 'observer', id: 'somebody' };
  cluster.step(0, { kind: 'connected', peer: from });
  const ask = () => {
    const before = reads();
    const message = { kind: 'want', generation: 0, frontier: [0, 0, 0, 0], digests: [] } as const;
    const { send } = cluster.step(0, { kind: 'message', from, message });
    const blocks = send.filter(({ message: { kind } }) => kind === 'block');
    assert.equal(blocks.length, old.length);
    return reads() - before;
  };
  assert.ok(old.length > 5);
  assert.deepEqual([ask(), ask()], [old.length, old.length]);
});
