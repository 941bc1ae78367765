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

it('which ledger has a transaction is asked of two tables, however many generations are kept', () => {
  const { cluster, pass } = generations();
  const replica = defined(cluster.replicas[0], 'a replica');
  const store = defined(cluster.stores[0], 'a store');
  const pay = (coin: number, amount: bigint) =>
    cluster.pay([cluster.coin(coin)], [{ amount, lock }]);
  /** How often the store is read for a client's question, and for what another validator forwards. */
  const reads = (coin: number) => {
    let count = 0;
    const get = store.get.bind(store);
    store.get = (key) => {
      count += 1;
      return get(key);
    };
    const { txid } = pay(coin, 1n);
    assert.equal(replica.status(txid).state, 'unknown');
    const child = cluster.pay([{ txid, index: 0 }], [{ amount: 1n, lock }]);
    const from: PeerId = { kind: 'lane', lane: 1 };
    cluster.step(0, { kind: 'forwarded', from, txs: [child] });
    store.get = get;
    return count;
  };
  const rivals = [3, 4].map((coin) => {
    const pair = [990n, 980n].map((amount) => pay(coin, amount));
    for (const [i, tx] of pair.entries()) cluster.step(1 + i, { kind: 'submit', tx });
    cluster.run(3000);
    return pair.map(({ txid }) => txid);
  });
  const few = reads(10);
  for (let i = 0; i < 3; i++) pass();
  assert.equal(replica.generation, 5);
  assert.equal(reads(11), few);
  for (const [i, pair] of rivals.entries()) {
    const told = pair.map((txid) => replica.status(txid));
    const won = told.findIndex(({ state }) => state === 'checkpointed');
    assert.deepEqual(told[won], { state: 'checkpointed', epoch: 1 + i });
    const why = { reason: 'input-spent', winner: pair[won], epoch: 1 + i };
    assert.deepEqual(told[1 - won], { state: 'rejected', ...why });
  }
});
