import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Digest, TxId } from '../../src/types/ids.ts';
import { WIRE_LIMITS } from '../../src/types/limits.ts';
import { lock, ReplicaCluster } from '../replica/replica-cluster.ts';
import { HONEST } from './lane.ts';
import { assertLive, started, stateOf, WHILE_MS } from './small-world.ts';

/** Rows B of the catalogue, each by one small history. The simulator meets them by chance and at length. */

const TEN_YEARS_MS = 10 * 365 * 86_400_000;
describe('a Byzantine lane', () => {
  it('B1, B5, B27: two blocks under one seq: evidence, and all that was shown has one outcome', () => {
    const world = started();
    const { cluster, liar, pay } = world;
    const [one, other] = [pay(0), pay(1)].map((tx) => liar.block({ txs: [tx] }));
    liar.show(one!, 0);
    liar.show(other!, 1, 2);
    cluster.run(WHILE_MS);
    for (const block of [one!, other!]) {
      assert.equal(stateOf(cluster, block.txs[0]!.txid), 'checkpointed');
    }
    for (const lane of HONEST) {
      const [found] = cluster.replicas[lane]!.evidence();
      assert.deepEqual([found?.kind, found?.lane], ['equivocation', 3]);
    }
    assertLive(world, 5);
  });

  it('B2, B3: a transaction to one half, its rival to the other: one wins everywhere', () => {
    const world = started();
    const { cluster, liar, pay } = world;
    const rivals = [pay(0), pay(0)];
    const [one, other] = rivals.map((tx) => liar.block({ txs: [tx] }));
    liar.show(one!, 0);
    liar.show(other!, 1, 2);
    cluster.run(WHILE_MS);
    const states = rivals.map(({ txid }) => stateOf(cluster, txid));
    assert.deepEqual(states.toSorted(), ['checkpointed', 'rejected']);
    assertLive(world, 5);
  });

  it('B3: leaves out what it has seen of a rival: one wins everywhere, the loser knows by whom', () => {
    const world = started();
    const { cluster, liar, pay } = world;
    const [seen, rival] = [pay(0), pay(0)];
    cluster.step(0, { kind: 'submit', tx: seen });
    cluster.run(3);
    const first = liar.block({ txs: [rival] });
    liar.show(first, 1, 2);
    cluster.run(WHILE_MS);
    const states = [seen, rival].map(({ txid }) => stateOf(cluster, txid));
    assert.deepEqual(states.toSorted(), ['checkpointed', 'rejected']);
    assertLive(world, 5);
  });

  it('B4, B10: what its block rests on is withheld or does not exist: it waits, nobody else does', () => {
    const world = started();
    const { cluster, liar, pay } = world;
    const tx = pay(0);
    const first = liar.block({ txs: [pay(1)] });
    const nothing = { ...first, header: { ...first.header, lane: 0, seq: 50 } };
    liar.show(liar.block({ refs: [nothing], txs: [tx] }), ...HONEST);
    const second = liar.block({ prev: first, txs: [pay(2)] });
    liar.show(second, ...HONEST);
    cluster.run(WHILE_MS);
    assert.equal(stateOf(cluster, tx.txid), 'unknown');
    assert.equal(stateOf(cluster, second.txs[0]!.txid), 'unknown');
    assertLive(world, 5);
    liar.show(first, 0);
    cluster.run(WHILE_MS);
    assert.equal(
      stateOf(cluster, second.txs[0]!.txid),
      'checkpointed',
      'what was withheld has come',
    );
  });

  it('B4: names more that does not exist than one pull can ask for, then forks: what exists is asked for', () => {
    const world = started();
    const { liar, pay } = world;
    const [one, other] = [pay(0), pay(1)].map((tx) => liar.block({ txs: [tx] }));
    const nothing = (lane: number, seq: number) => ({
      ...one!,
      digest: seq.toString(16).padStart(64, `${lane}`) as Digest,
      header: { ...one!.header, lane, seq },
    });
    const named = HONEST.length + 1;
    for (let seq = 9; seq * named < WIRE_LIMITS.wantDigestsMax.value + 100; seq++) {
      const refs = HONEST.map((lane) => nothing(lane, seq));
      liar.show(liar.block({ prev: nothing(3, seq), refs }), ...HONEST);
    }
    liar.show(one!, 1, 2);
    liar.show(other!, 0);
    // Without lane 0, whose blocks name the other one, nothing is final: the fourth says no more.
    assertLive(world, 5);
  });

  it('B9: shows a block to one only, and falls silent: what is in it is final everywhere', () => {
    const world = started();
    const { cluster, liar, pay } = world;
    const tx = pay(0);
    liar.show(liar.block({ txs: [tx] }), 1);
    cluster.run(WHILE_MS);
    assert.equal(stateOf(cluster, tx.txid), 'checkpointed');
  });

  it('B11, B12, B25: votes twice, out of turn, and for the future: refused, cuts go on', () => {
    const world = started();
    const { liar } = world;
    const far = { epoch: 1_000_000, view: 0 } as const;
    const votes = [
      [{ kind: 'propose' as const, ...far }],
      [{ kind: 'viewchange' as const, ...far }],
      [
        { kind: 'viewchange' as const, epoch: 1, view: 1 },
        { kind: 'viewchange' as const, epoch: 1, view: 1 },
      ],
      [
        { kind: 'propose' as const, epoch: 1, view: 0 },
        { kind: 'propose' as const, epoch: 1, view: 0 },
      ],
    ];
    for (const cast of votes) {
      const block = liar.forge({ votes: cast });
      if (block !== null) liar.show(block, ...HONEST);
    }
    assert.ok(liar.rejected.every(({ code }) => code === 'bad-vote'));
    assertLive(world, 5);
    assertLive(world, 6);
  });

  it('B16: asks for higher views all the time: alone it moves nobody, and is heard once (6.5)', () => {
    const world = started();
    const { cluster, liar } = world;
    const ask = (view: number) => ({ kind: 'viewchange', epoch: 1, view }) as const;
    const first = liar.block({ votes: [ask(1)] });
    liar.show(first, ...HONEST);
    assert.deepEqual(liar.rejected, []);
    for (let view = 2; view <= 30; view++) {
      liar.show(liar.block({ prev: first, votes: [ask(view)] }), ...HONEST);
    }
    liar.show(liar.block({ votes: Array.from({ length: 30 }, (_, view) => ask(view + 1)) }), 0);
    assert.equal(liar.rejected.length, 29 * HONEST.length + 1);
    assert.ok(liar.rejected.every(({ code }) => code === 'bad-vote'));
    cluster.run(100);
    for (const lane of HONEST) assert.equal(cluster.replicas[lane]!.progress().view, 0);
    assertLive(world, 5);
  });

  it('B21, T13: proposes what another has proposed, and again after the ledger: once', () => {
    const world = started();
    const { cluster, liar, pay } = world;
    const tx = pay(0);
    cluster.step(0, { kind: 'submit', tx });
    const copy = liar.block({ txs: [tx] });
    liar.show(copy, ...HONEST);
    cluster.run(WHILE_MS);
    const counters = HONEST.map((lane) => cluster.replicas[lane]!.status(tx.txid));
    assert.deepEqual(counters[0], { state: 'checkpointed', epoch: 1 });
    const again = liar.block({ prev: copy, txs: [tx] });
    liar.show(again, ...HONEST);
    cluster.run(WHILE_MS);
    assert.deepEqual(cluster.replicas[0]!.status(tx.txid), { state: 'checkpointed', epoch: 1 });
    assertLive(world, 5);
  });

  it('B22: sends rubbish and empty blocks: counted as refused, others go on', () => {
    const world = started();
    const { cluster, liar, spend } = world;
    const nowhere = { txid: 'ab'.repeat(32) as TxId, index: 0 };
    liar.show(liar.block({ txs: [spend(nowhere)] }), ...HONEST);
    assert.deepEqual(new Set(liar.rejected.map(({ code }) => code)), new Set(['unknown-parent']));
    let prev = liar.block({});
    for (let left = 50; left > 0; left--) {
      liar.show(prev, ...HONEST);
      prev = liar.block({ prev });
    }
    cluster.run(100);
    assertLive(world, 5);
  });

  it('shows a long branch to some: the others get it in few answers, though no frontier tells of it', () => {
    const world = started();
    const { cluster, liar, pay } = world;
    const length = 100;
    liar.show(liar.block({ txs: [pay(0)] }), 2);
    let last = liar.block({ txs: [pay(1)] });
    for (let seq = 1; seq < length; seq++) {
      liar.show(last, 0, 1);
      last = liar.block({ prev: last });
    }
    let pulls = -(cluster.replicas[2]?.counters().pulls ?? 0);
    liar.show(last, 0, 1);
    cluster.run(WHILE_MS);
    pulls += cluster.replicas[2]?.counters().pulls ?? 0;
    assert.equal(cluster.replicas[2]?.lanes()[3]?.seq, length);
    assert.ok(pulls < 12, `${pulls} pulls`);
    assertLive(world, 5);
  });

  it('B26, P18, P23: sends again whatever was ever sent: nobody says anything new', () => {
    const world = started();
    const { cluster, liar, pay } = world;
    liar.show(liar.block({ txs: [pay(0)] }), ...HONEST);
    assertLive(world, 5);
    cluster.run(WHILE_MS);
    const old = [liar.newestOf(0), liar.newestOf(1), liar.newestOf(2)];
    const lengths = () => cluster.journals.map(({ length }) => length);
    const before = lengths();
    for (let round = 0; round < 300; round++) {
      for (const block of old) liar.show(block as Parameters<typeof liar.show>[0], ...HONEST);
    }
    cluster.run(WHILE_MS);
    assert.deepEqual(lengths(), before);
  });

  it('B29: times of ten years ago and ahead: checkpoints keep the time of the correct ones', () => {
    const world = started();
    const { cluster, liar, pay } = world;
    const tx = pay(0);
    const past = liar.block({ header: { timeMs: 0 }, txs: [tx] });
    liar.show(past, ...HONEST);
    liar.show(liar.block({ prev: past, header: { timeMs: TEN_YEARS_MS } }), ...HONEST);
    cluster.run(WHILE_MS);
    assert.equal(stateOf(cluster, tx.txid), 'checkpointed');
    const { checkpoint } = cluster.replicas[0]!.certificate(1)!;
    assert.ok(checkpoint.timeMs <= cluster.now, `${checkpoint.timeMs}`);
  });

  it('B31: a chain of its own may not hold rivals, so it has one rival for each fork', () => {
    const world = started();
    const { cluster, liar, pay } = world;
    const first = liar.block({ txs: [pay(0)] });
    liar.show(first, ...HONEST);
    liar.show(liar.block({ prev: first, txs: [pay(0)] }), ...HONEST);
    assert.deepEqual(new Set(liar.rejected.map(({ code }) => code)), new Set(['rival-in-chain']));
    cluster.run(WHILE_MS);
    assertLive(world, 5);
  });

  it('B21, B31: a chain may not hold a transaction twice, neither in one block nor in two', () => {
    const world = started();
    const { liar, pay } = world;
    const tx = pay(0);
    liar.show(liar.block({ txs: [tx, tx] }), ...HONEST);
    const first = liar.block({ txs: [tx] });
    liar.show(first, ...HONEST);
    liar.show(liar.block({ prev: first, txs: [pay(1), tx] }), ...HONEST);
    assert.deepEqual(
      liar.rejected.map(({ code }) => code),
      new Array(6).fill('copy-in-chain'),
    );
    assertLive(world, 5);
  });

  it('P15: tells a frontier that does not exist: nobody is stuck on it', () => {
    const world = started();
    const { cluster } = world;
    const from = { kind: 'lane', lane: 3 } as const;
    for (const frontier of [
      [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff],
      [0, 0, 0, 0],
      [],
    ]) {
      const message = { kind: 'heads' as const, generation: 0, frontier, yours: null };
      for (const lane of HONEST) cluster.step(lane, { kind: 'message', from, message });
      cluster.run(50);
    }
    assertLive(world, 5);
  });

  it('B28: f + 1 of them, each running twice, do break agreement, and the check tells', () => {
    // Lanes 2 and 3 exist in both worlds and show lane 0 the one, lane 1 the other.
    const [left, right] = [new ReplicaCluster(), new ReplicaCluster()];
    left.down.add(1);
    right.down.add(0);
    const worlds = [left, right].map((cluster, side) => {
      cluster.run(10);
      const tx = cluster.pay([cluster.coin(0)], [{ amount: 990n - BigInt(side), lock }]);
      cluster.step(side, { kind: 'submit', tx });
      cluster.run(100);
      return tx.txid;
    });
    const final = (cluster: ReplicaCluster, lane: number) =>
      cluster.statuses[lane]!.filter(({ kind }) => kind === 'final').map(({ txid }) => txid);
    assert.deepEqual(final(left, 0), [worlds[0]]);
    assert.deepEqual(final(right, 1), [worlds[1]], 'two rivals are final');
  });
});
