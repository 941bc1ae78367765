import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lock } from '../replica/replica-cluster.ts';
import { HONEST } from './lane.ts';
import { assertLive, started, stateOf, WHILE_MS } from './small-world.ts';

/** Rows T of the catalogue that need several validators. */
describe('rivals and children', () => {
  it('T7: a child of a parent that loses is rejected for it, and its other input is free', () => {
    const world = started();
    const { cluster, pay, spend } = world;
    const [one, other] = [pay(0), pay(0)];
    cluster.step(0, { kind: 'submit', tx: one });
    cluster.step(1, { kind: 'submit', tx: other });
    const children = [one, other].map((parent, lane) => {
      const child = spend({ txid: parent.txid, index: 0 }, cluster.coin(7 + lane));
      cluster.step(lane, { kind: 'submit', tx: child });
      return child;
    });
    cluster.run(2 * WHILE_MS);
    const pairs = [one, other].map(({ txid }, i) => {
      return [stateOf(cluster, txid), stateOf(cluster, children[i]!.txid)];
    });
    const [winner, loser] = pairs.toSorted((a, b) => (a[0]! < b[0]! ? -1 : 1));
    assert.deepEqual(winner, ['checkpointed', 'checkpointed']);
    assert.equal(loser![0], 'rejected');
    assert.match(loser![1]!, /rejected|dropped/);
    const freed = pairs[0]![0] === 'rejected' ? 7 : 8;
    assertLive(world, freed);
  });

  it('T9: rivals in a cycle over shared inputs: the same winners everywhere', () => {
    const world = started();
    const { cluster, pay } = world;
    const cycle = [pay(0, 1), pay(1, 2), pay(2, 0)];
    for (const [lane, tx] of cycle.entries()) cluster.step(lane, { kind: 'submit', tx });
    cluster.run(2 * WHILE_MS);
    const states = cycle.map(({ txid }) => stateOf(cluster, txid));
    assert.deepEqual(states.toSorted(), ['checkpointed', 'rejected', 'rejected']);
    assertLive(world, 5);
  });

  it('T10: a chain of 400, submitted backwards, executes whole', () => {
    const world = started();
    const { cluster } = world;
    const chain = [cluster.pay([cluster.coin(0)], [{ amount: 999n, lock }])];
    for (let amount = 998n; chain.length < 400; amount--) {
      chain.push(cluster.pay([{ txid: chain.at(-1)!.txid, index: 0 }], [{ amount, lock }]));
    }
    for (const tx of chain.toReversed()) cluster.step(1, { kind: 'submit', tx });
    cluster.run(2 * WHILE_MS);
    for (const { txid } of chain) assert.equal(stateOf(cluster, txid), 'checkpointed');
  });

  it('T11: one output attacked by 60 rivals through all lanes: one wins, others are not delayed', () => {
    const world = started();
    const { cluster, pay } = world;
    const rivals = Array.from({ length: 60 }, () => pay(0));
    for (const [i, tx] of rivals.entries()) cluster.step(i % 3, { kind: 'submit', tx });
    const bystander = pay(1);
    cluster.step(0, { kind: 'submit', tx: bystander });
    cluster.run(100);
    for (const lane of HONEST) {
      const own = cluster.statuses[lane]!.filter(({ txid }) => txid === bystander.txid);
      assert.ok(own.some(({ kind }) => kind === 'final'));
    }
    cluster.run(2 * WHILE_MS);
    const won = rivals.filter(({ txid }) => {
      return HONEST.some((lane) => cluster.replicas[lane]!.status(txid).state === 'checkpointed');
    });
    assert.equal(won.length, 1);
    assert.equal(stateOf(cluster, won[0]!.txid), 'checkpointed');
  });

  it('4.1: all from where a lane forks on are tracked, on every branch, and no others', () => {
    const { cluster, liar, pay } = started();
    const replica = cluster.replicas[0]!;
    const tracked = () => replica.counters().contested;
    const first = liar.block({ txs: [pay(0)] });
    const second = liar.block({ prev: first, txs: [pay(1)] });
    const third = liar.block({ prev: second, txs: [pay(2)] });
    for (const block of [first, second]) liar.show(block, 0);
    assert.equal(tracked(), 0);
    liar.show(liar.block({ prev: first, txs: [pay(3)] }), 0);
    assert.equal(tracked(), 2);
    // Of a lane that forks lane 0 takes only what another lane names.
    for (const block of [first, second, third]) liar.show(block, 1);
    for (let ms = 0; replica.lanes()[3]?.seq !== 3; ms++) {
      assert.ok(ms < 300, 'it comes');
      cluster.run(1);
    }
    assert.equal(tracked(), 3);
  });

  for (const [reason, epochs] of [
    ['input-spent', 1],
    ['stale-input', 2],
  ] as const) {
    it(`6.8: a rival that comes into the cut ${epochs} after the winner's is rejected: ${reason}`, () => {
      const world = started();
      const { cluster, liar, pay } = world;
      const [winner, late] = [pay(0), pay(0)];
      const block = liar.block({ txs: [late] });
      cluster.step(0, { kind: 'submit', tx: winner });
      cluster.run(WHILE_MS);
      assert.equal(stateOf(cluster, winner.txid), 'checkpointed');
      for (let epoch = 1; epoch < epochs; epoch++) assertLive(world, epoch);
      liar.show(block, ...HONEST);
      cluster.run(WHILE_MS);
      for (const lane of HONEST) {
        const told = cluster.statuses[lane]!.filter(({ txid }) => txid === late.txid);
        assert.deepEqual(told.at(-1), {
          txid: late.txid,
          kind: 'rejected',
          reason,
          winner: winner.txid,
        });
      }
      assertLive(world, 5);
    });
  }
});
