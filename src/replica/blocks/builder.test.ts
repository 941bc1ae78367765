import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { propose } from '../../../test/consensus/judged-votes.ts';
import { LoneReplica } from '../../../test/replica/lone-replica.ts';
import { OtherLanes, speaking } from '../../../test/replica/other-lanes.ts';
import { lock, ReplicaCluster } from '../../../test/replica/replica-cluster.ts';
import { defined } from '../../std/assert.ts';
import type { Block } from '../../types/block.ts';
import type { LaneId } from '../../types/ids.ts';
import type { Effects, Input } from '../effects.ts';
import { DEFAULT_POLICY } from '../replica-options.ts';

const lanesNamed = (block: Block | undefined): LaneId[] | undefined =>
  block?.header.refs.map(({ lane }) => lane);

describe('2.9: the own lane', () => {
  it('says nothing before Q - 1 other validators have told what they hold of it', () => {
    const lone = new LoneReplica();
    lone.admitted(1, { txs: [lone.pay(0)] });
    lone.step({ kind: 'submit', tx: lone.pay(1) });
    lone.hear({ kind: 'lane', lane: 1 });
    lone.hear({ kind: 'lane', lane: 1 });
    lone.hear({ kind: 'observer', id: 'somebody' });
    assert.deepEqual(lone.said(100), []);
    lone.hear({ kind: 'lane', lane: 2 });
    const [block, ...more] = lone.said();
    assert.deepEqual([block?.txs.length, lanesNamed(block), more], [1, [1], []]);
  });
});

describe('2.8: the own lane', () => {
  it('says that it has seen transactions, once', () => {
    const lone = speaking();
    lone.admitted(1, { txs: [lone.pay(0)] });
    assert.deepEqual(lone.said(100).map(lanesNamed), [[1]]);
  });

  it('says nothing of blocks in which nobody has to see anything', () => {
    const lone = speaking();
    lone.admitted(2, { refs: [lone.admitted(1, {})] });
    assert.deepEqual(lone.said(100), []);
  });

  it('says that it has seen votes', () => {
    const lone = speaking();
    lone.admitted(1, { votes: [{ kind: 'viewchange', epoch: 1, view: 1 }] });
    assert.deepEqual(lone.said(100).map(lanesNamed), [[1]]);
  });

  it('gives its verdict when a quorum has seen a transaction, once', () => {
    const lone = speaking();
    const first = lone.admitted(1, { txs: [lone.pay(0)] });
    assert.deepEqual(lone.said(100).map(lanesNamed), [[1]]);
    lone.admitted(2, { refs: [first] });
    assert.deepEqual(lone.said(100).map(lanesNamed), [[2]]);
    lone.admitted(3, { refs: [first] });
    assert.deepEqual(lone.said(100), []);
  });

  it('gives one on a transaction with a rival, too', () => {
    const lone = speaking();
    const first = lone.admitted(1, { txs: [lone.pay(0)] });
    const other = lone.cluster.pay([lone.cluster.coin(0)], [{ amount: 8n, lock }]);
    lone.admitted(3, { txs: [other] });
    assert.deepEqual(lone.said(100).map(lanesNamed), [[1], [3]]);
    lone.admitted(2, { refs: [first] });
    assert.deepEqual(lone.said(100).map(lanesNamed), [[2]]);
  });

  it('leaves its least time between two blocks, of which it keeps the order', () => {
    const lone = speaking();
    const first = lone.admitted(1, { txs: [lone.pay(0)] });
    lone.admitted(1, { prev: first, txs: [lone.pay(1)] });
    const [one, two] = lone.said(100);
    const least = DEFAULT_POLICY.minBlockIntervalMs;
    assert.equal((two?.header.timeMs ?? 0) - (one?.header.timeMs ?? 0), least);
    assert.deepEqual([two?.header.seq, two?.header.prev], [2, one?.digest]);
  });
});

describe('2.8: the own lane of a busy validator', () => {
  const SPACING_MS = 30;

  /** When it speaks in so many milliseconds, from now on, and how many transactions it proposes then. */
  function spoken(lone: LoneReplica, ms: number): number[][] {
    const { cluster } = lone;
    const began = cluster.now;
    const said: number[][] = [];
    while (cluster.now < began + ms) {
      cluster.now++;
      const { send } = busyStep(lone, { kind: 'tick' });
      for (const { message } of send) {
        if (message.kind !== 'block') continue;
        const [block] = lone.opened(message);
        said.push([cluster.now - began, block?.txs.length ?? 0]);
      }
    }
    return said;
  }

  function busyStep({ cluster }: LoneReplica, input: Input): Effects {
    const replica = defined(cluster.replicas[0], 'lane 0');
    return replica.step(cluster.now, input, false, SPACING_MS);
  }

  /** It has just answered, and there is more to answer. */
  function answering(): LoneReplica {
    const lone = speaking();
    const first = lone.admitted(1, { txs: [lone.pay(0)] });
    assert.equal(lone.said().length, 1);
    lone.admitted(1, { prev: first, txs: [lone.pay(1)] });
    return lone;
  }

  it('leaves twice the spacing before a block that only answers', () => {
    const lone = answering();
    const { wakeAtMs } = busyStep(lone, { kind: 'tick' });
    assert.equal(wakeAtMs, lone.cluster.now + 2 * SPACING_MS);
    assert.deepEqual(spoken(lone, 100), [[2 * SPACING_MS, 0]]);
  });

  it('once before one that proposes, too', () => {
    const lone = answering();
    lone.step({ kind: 'submit', tx: lone.pay(2) });
    assert.deepEqual(spoken(lone, 100), [[SPACING_MS, 1]]);
  });

  it('proposes at once when the spacing is over, while it waits for more to answer', () => {
    const lone = answering();
    assert.deepEqual(spoken(lone, SPACING_MS + 10), []);
    const tx = lone.pay(2);
    const { send } = busyStep(lone, { kind: 'submit', tx });
    assert.deepEqual(
      send
        .flatMap(({ message }) => (message.kind === 'block' ? lone.opened(message) : []))
        .map(({ txs }) => txs.map(({ txid }) => txid)),
      [[tx.txid]],
    );
  });
});

describe('2.6: the own lane names', () => {
  it('nothing of a lane that equivocates in what it would show, though others name that', () => {
    const lone = speaking();
    const one = lone.admitted(3, { txs: [lone.pay(0)] });
    const two = lone.block(3, { txs: [lone.pay(1)] });
    assert.equal(lone.judge(lone.block(2, { refs: [two], txs: [lone.pay(2)] })), 'waits');
    assert.deepEqual(lone.said(100).map(lanesNamed), [[3]]);
    lone.tell(two);
    assert.deepEqual(lone.said(100).map(lanesNamed), [[2]]);
    const next = lone.block(3, { prev: one, txs: [lone.pay(3)] });
    assert.equal(lone.judge(lone.block(1, { refs: [next], txs: [lone.pay(4)] })), 'waits');
    lone.tell(next);
    assert.deepEqual(lone.said(100).map(lanesNamed), [[1]]);
  });

  it('of each lane the newest block that it has not seen, ascending by lane', () => {
    const lone = new LoneReplica();
    const first = lone.admitted(3, { txs: [lone.pay(0)] });
    lone.admitted(3, { prev: first, txs: [lone.pay(1)] });
    lone.admitted(1, { txs: [lone.pay(2)] });
    for (const lane of [1, 2]) lone.hear({ kind: 'lane', lane });
    const named = lone.said(100).flatMap(({ header }) => header.refs);
    assert.deepEqual(
      named.map(({ lane, seq }) => [lane, seq]),
      [
        [1, 1],
        [3, 2],
      ],
    );
  });

  it('nothing of a branch that came later, though what it would show has that branch alone', () => {
    const lone = new LoneReplica();
    lone.admitted(3, { txs: [lone.pay(0)] });
    const later = lone.block(3, { txs: [lone.pay(1)] });
    const next = lone.block(3, { prev: later, txs: [lone.pay(2)] });
    assert.equal(lone.judge(lone.block(2, { refs: [next] })), 'waits');
    for (const block of [next, later]) lone.tell(block);
    for (const lane of [1, 2]) lone.hear({ kind: 'lane', lane });
    assert.deepEqual(lone.said(100).map(lanesNamed), [[2]]);
  });
});

describe('A1: the own lane', () => {
  it('goes on at the time of its last block when the clock was set back before a start', () => {
    const lone = speaking();
    lone.cluster.now = 1000;
    lone.step({ kind: 'submit', tx: lone.pay(0) });
    const [before] = lone.said();
    lone.cluster.now = 10;
    lone.cluster.restart(0);
    for (const lane of [1, 2]) lone.hear({ kind: 'lane', lane });
    lone.step({ kind: 'submit', tx: lone.pay(1) });
    const [after] = lone.said(100);
    assert.deepEqual(after?.header.seq, 2);
    assert.equal(after.header.timeMs, before?.header.timeMs);
  });
});

describe('8.4: the own lane cuts a batch', () => {
  const submit = (lone: LoneReplica, tx: ReturnType<LoneReplica['pay']>) =>
    lone.step({ kind: 'submit', tx });

  for (const isCutDue of [false, true]) {
    const beside = isCutDue ? ', a later time-out or not' : '';
    it(`when the first of it has waited for batchTimeout behind one that is not certified${beside}`, () => {
      const lone = speaking();
      const others = new OtherLanes(lone);
      if (isCutDue) others.speak([[lone.pay(2)]]);
      for (let more = 0; isCutDue && more < 2; more++) others.speak();
      lone.said(20);
      submit(lone, lone.pay(0));
      assert.equal(lone.said().length, 1, 'an idle lane proposes at once');
      submit(lone, lone.pay(1));
      assert.deepEqual(lone.said(DEFAULT_POLICY.batchTimeoutMs - 1), []);
      const { wakeAtMs } = lone.step({ kind: 'tick' });
      assert.equal(wakeAtMs, lone.cluster.now + 1, 'it wants to be woken for it');
      assert.equal(lone.said(1).length, 1);
    });
  }

  it('at once of what has just come, though what waits for a parent had no place in the last', () => {
    const lone = speaking();
    const parent = lone.pay(0);
    lone.admitted(1, { txs: [parent] });
    assert.equal(lone.said(100).length, 1);
    const coin = { txid: parent.txid, index: 0 };
    submit(lone, lone.cluster.pay([coin], [{ amount: 5n, lock }]));
    assert.deepEqual(lone.said(1), []);
    const tx = lone.pay(1);
    submit(lone, tx);
    assert.deepEqual(
      lone.said().map(({ txs }) => txs.map(({ txid }) => txid)),
      [[tx.txid]],
    );
  });

  it('with whatever it says anyway', () => {
    const lone = speaking();
    const others = new OtherLanes(lone);
    submit(lone, lone.pay(0));
    submit(lone, lone.pay(1));
    lone.said();
    others.says(others.next(1, { votes: [propose()] }));
    const told = lone.said(20).map(({ votes, txs }) => [votes.map(({ kind }) => kind), txs.length]);
    assert.deepEqual(told, [[['prepare'], 1]]);
  });
});

describe('9.2: the own lane behind END', () => {
  it('has nothing due though a transaction waits: else its driver would ask again and again', () => {
    const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
    cluster.run(10);
    const pay = (coin: number) => cluster.pay([cluster.coin(coin)], [{ amount: 990n, lock }]);
    cluster.step(0, { kind: 'submit', tx: pay(0) });
    cluster.runUntilVoted(0, 'end');
    for (const lane of [1, 2, 3]) cluster.down.add(lane);
    cluster.step(0, { kind: 'submit', tx: pay(1) });
    cluster.run(20);
    const { wakeAtMs } = cluster.step(0, { kind: 'tick' });
    assert.ok(wakeAtMs !== null && wakeAtMs > cluster.now, String(wakeAtMs));
  });

  it('proposes nothing with what it still says', () => {
    const cluster = new ReplicaCluster(4, {}, { generationEpochs: 1 });
    cluster.run(10);
    const pay = (coin: number) => cluster.pay([cluster.coin(coin)], [{ amount: 990n, lock }]);
    cluster.step(0, { kind: 'submit', tx: pay(0) });
    cluster.runUntilVoted(0, 'end');
    const late = pay(1);
    cluster.step(0, { kind: 'submit', tx: late });
    cluster.run(3000);
    const said = cluster.said(0).filter(({ header }) => header.generation === 0);
    const behind = said.slice(1 + said.findIndex(({ votes }) => votes[0]?.kind === 'end'));
    assert.ok(behind.length > 0, 'it says more');
    assert.deepEqual([...new Set(behind.map(({ txs }) => txs.length))], [0]);
    assert.deepEqual(cluster.replicas[0]?.status(late.txid), { state: 'checkpointed', epoch: 2 });
  });
});
