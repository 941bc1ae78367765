import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkpointDigest } from '../../src/codec/checkpoint.ts';
import { openSharedBlock } from '../../src/replica/ingress.ts';
import { judgeEvidence } from '../../src/replica/misbehaviour.ts';
import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import { defined } from '../../src/std/assert.ts';
import { refOf, type Vote } from '../../src/types/block.ts';
import { blockOf, counting, lock, ReplicaCluster, verifier } from './replica-cluster.ts';
import { DRAWN, forged, HONEST, LIAR, newest, SharedCluster } from './shared-cluster.ts';

/** PROTOCOL.md section 10 with the product's replicas. */

const PATIENCE_MS = 400;

describe('shared checks', () => {
  it('make payments final everywhere', () => {
    const shared = new SharedCluster();
    const txs = HONEST.map((lane) => shared.pay(lane));
    for (const [lane, tx] of txs.entries()) {
      shared.cluster.step(lane, { kind: 'submit', tx: tx as never });
    }
    shared.cluster.run(3000);
    for (const tx of txs) assert.deepEqual(shared.states(tx), Array(3).fill('checkpointed'));
  });

  it('a forged rival that came first takes nothing from a payment', () => {
    const shared = new SharedCluster();
    const tx = shared.pay(0);
    shared.show(shared.block({ txs: [forged(shared.pay(0))] }), 1, 2);
    shared.cluster.run(20);
    shared.cluster.step(0, { kind: 'submit', tx: tx as never });
    shared.cluster.run(PATIENCE_MS / 2);
    shared.assertFinal(tx);
    for (const lane of HONEST) {
      const told = shared.cluster.statuses[lane]?.find(
        (one) => one.txid === tx.txid && one.kind === 'final',
      );
      assert.ok(told?.kind === 'final' && told.path === 'clean');
    }
  });

  it('a forged rival takes nothing from a payment that still waits, nor from its client', () => {
    const shared = new SharedCluster();
    const tx = shared.pay(0);
    shared.show(shared.block({ txs: [forged(shared.pay(0))] }), 1);
    const { submitted } = shared.cluster.step(1, { kind: 'submit', tx: tx as never });
    assert.deepEqual(submitted, [{ txid: tx.txid, ok: true }]);
    shared.cluster.run(PATIENCE_MS / 2);
    shared.assertFinal(tx);
  });

  it('transactions of a void chain count nowhere, and its blocks are admitted', () => {
    const shared = new SharedCluster();
    const { cluster } = shared;
    const parent = forged(shared.pay(0));
    const child = cluster.pay([{ txid: parent.txid, index: 0 }], [{ amount: 700n, lock }]);
    const first = shared.block({ txs: [parent] });
    const second = shared.block({ prev: first, txs: [child, shared.pay(1)] });
    // Spends what does not exist: of a void chain nothing is asked, whether or not one knows that it is.
    const nothing = cluster.pay(
      [{ txid: second.digest as never, index: 0 }],
      [{ amount: 1n, lock }],
    );
    const third = shared.block({ prev: second, txs: [nothing] });
    for (const block of [first, second, third]) {
      assert.deepEqual(shared.show(block, ...HONEST), []);
    }
    cluster.run(3000);
    for (const tx of [parent, child, nothing])
      assert.deepEqual(shared.states(tx), Array(3).fill('unknown'));
  });

  it('refuses what breaks a rule in a sound chain, also where nobody has looked', () => {
    const shared = new SharedCluster();
    const first = shared.block({ txs: [shared.pay(0)] });
    shared.show(first, 1);
    const rival = shared.block({ prev: first, txs: [shared.pay(0)] });
    assert.deepEqual(shared.show(rival, 1), ['rival-in-chain']);
  });

  it('refuses words on what is not there, on the own lane, or twice', () => {
    const shared = new SharedCluster();
    const first = shared.block({});
    const says = (...votes: Vote[]) => shared.show(shared.block({ prev: first, votes }), 1);
    shared.show(first, 1);
    assert.deepEqual(says({ kind: 'checked', lane: 0, seq: 9 }), ['bad-vote']);
    assert.deepEqual(says({ kind: 'checked', lane: LIAR, seq: 1 }), ['bad-vote']);
    shared.cluster.step(0, { kind: 'submit', tx: shared.pay(0) as never });
    shared.cluster.run(20);
    const refs = [newest(shared, 0)];
    const word: Vote = { kind: 'checked', lane: 0, seq: refs[0]?.header.seq ?? 0 };
    const twice = shared.block({ prev: first, refs, votes: [word, word] });
    assert.deepEqual(shared.show(twice, 1), ['bad-vote']);
    assert.deepEqual(shared.show(shared.block({ prev: first, refs, votes: [word] }), 1), []);
  });

  it('a forger is named by nobody, and its own signature convicts it', () => {
    const shared = new SharedCluster();
    const { cluster } = shared;
    const block = shared.block({ txs: [forged(shared.pay(0))] });
    shared.show(block, DRAWN);
    const [proof] = shared.evidence;
    assert.ok(proof !== undefined);
    const { ledgerId, committee } = cluster;
    const judged = judgeEvidence(proof, { ledgerId, committee, verifier });
    assert.ok(judged.ok && judged.value.includes('a wrong signature'));
    cluster.step(DRAWN, { kind: 'submit', tx: shared.pay(1) as never });
    cluster.run(50);
    const refs = newest(shared, DRAWN).header.refs.map((ref) => ref.lane);
    assert.ok(!refs.includes(LIAR));
  });

  it('8.3: what a forger carried before it forged, and nobody names any more, is proposed again in turns', () => {
    // All are drawn: everybody looks at its blocks at once.
    const shared = new SharedCluster({}, verifier, 2);
    const tx = shared.pay(0);
    const first = shared.block({ txs: [tx] });
    // What comes first waits for the other: everybody gets to know both in one step.
    shared.show(shared.block({ prev: first, txs: [forged(shared.pay(1))] }), ...HONEST);
    shared.show(first, ...HONEST);
    shared.cluster.run(DEFAULT_POLICY.reproposeAfterMs - 10);
    assert.deepEqual(shared.states(tx), Array(3).fill('admitted'));
    shared.cluster.run(2 * DEFAULT_POLICY.reproposeAfterMs);
    shared.assertFinal(tx);
  });

  it('9.6: a forger whose COMMIT decides a stop cut at one validator alone holds nobody back', () => {
    const shared = new SharedCluster({ generationEpochs: 1 });
    const { cluster } = shared;
    const tx = shared.pay(0);
    cluster.step(0, { kind: 'submit', tx: tx as never });
    // Of the proposal, and of all that comes after it, lane 2 hears nothing: it asks for another view.
    const receive = cluster.receive.bind(cluster);
    let isCut = false;
    cluster.receive = (from, to, bytes) => {
      isCut ||= blockOf(bytes).votes.some(({ kind }) => kind === 'propose');
      if (!(isCut && to === 2)) receive(from, to, bytes);
    };
    cluster.runUntilVoted(1, 'propose');
    const proposal = newest(shared, 1);
    const ref = refOf(proposal);
    const vote = { epoch: 1, view: 0, block: ref } as const;
    const first = shared.block({ refs: [proposal], votes: [{ kind: 'prepare', ...vote }] });
    shared.show(first, 0, 1);
    for (const lane of [0, 1]) cluster.runUntilVoted(lane, 'commit');
    cluster.run(2);
    const refs = [newest(shared, 0), newest(shared, 1)];
    // All but lane 1 know that it forges before it commits: to lane 1 nobody has told, and it has not looked yet.
    const second = shared.block({ prev: first, txs: [forged(shared.pay(1))] });
    shared.show(second, 0, 1);
    const votes = [{ kind: 'commit', ...vote } as const];
    const third = shared.block({ prev: second, refs, votes, epoch: 1 });
    assert.equal(shared.show(third, 0, 1).length, 0);
    const { replicas } = cluster;
    assert.deepEqual(
      [0, 1, 2].map((lane) => replicas[lane]?.progress().applied),
      [0, 1, 0],
    );
    cluster.runUntilVoted(2, 'viewchange');
    cluster.receive = receive;
    cluster.run(10_000);
    for (const lane of HONEST) assert.equal(replicas[lane]?.generation, 1, `lane ${lane}`);
    assert.deepEqual(shared.states(tx), Array(3).fill('checkpointed'));
  });

  it('10.6: what a stop cut left waits for its turn though a forged block carries it', () => {
    const shared = new SharedCluster({ generationEpochs: 1 });
    const { cluster } = shared;
    cluster.step(0, { kind: 'submit', tx: shared.pay(0) as never });
    // It comes when lane 2 has said all in this generation that counts: nobody else hears of it before that is over.
    const tx = shared.pay(1);
    const late = shared.block({ txs: [tx] });
    const receive = cluster.receive.bind(cluster);
    cluster.receive = (from, to, bytes) => {
      const { refs } = blockOf(bytes).header;
      if (!refs.some(({ digest }) => digest === late.digest)) receive(from, to, bytes);
    };
    cluster.runUntilVoted(2, 'commit');
    shared.show(late, 2);
    cluster.runUntil(() => HONEST.every((lane) => cluster.replicas[lane]?.certificate(1)));
    assert.deepEqual(shared.states(tx), ['unknown', 'unknown', 'pending']);
    const { checkpoint } = defined(cluster.replicas[2]?.certificate(1), 'it is certified');
    const start = checkpointDigest(checkpoint);
    const txs = [tx, forged(shared.pay(2))];
    assert.deepEqual(shared.show(shared.block({ start, generation: 1, epoch: 1, txs }), 2), []);
    cluster.run(8 * DEFAULT_POLICY.reproposeAfterMs);
    assert.deepEqual(shared.states(tx), Array(3).fill('checkpointed'));
  });

  for (const [who, spacingMs, patienceMs] of [
    ['has time', 0, PATIENCE_MS],
    ['is busy', 10, PATIENCE_MS + 400],
  ] as const) {
    it(`10.5: who ${who} waits ${patienceMs} ms for the word of those drawn, then checks`, () => {
      const { count, tick } = waiting();
      tick(0, spacingMs);
      const wakeAtMs = tick(patienceMs - 1, spacingMs);
      assert.equal(count.checks, 0);
      assert.equal(wakeAtMs, patienceMs, 'sooner it would wake for nothing');
      tick(patienceMs, spacingMs);
      assert.equal(count.checks, 1);
    });
  }

  it('10.5: who was busy and has time now waits no longer than others', () => {
    const { count, tick } = waiting();
    tick(0, 10);
    tick(PATIENCE_MS, 10);
    assert.equal(tick(PATIENCE_MS, 0), PATIENCE_MS);
    assert.equal(count.checks, 0);
    tick(PATIENCE_MS, 0);
    assert.equal(count.checks, 1);
  });

  it('10.5: who is started again checks what its journal leaves unknown, and tells who forged', () => {
    const count = { checks: 0 };
    const shared = new SharedCluster({}, counting(count));
    const { cluster } = shared;
    shared.show(shared.block({ txs: [forged(shared.pay(0))] }), 1);
    assert.equal(count.checks, 0);
    cluster.restart(1);
    assert.equal(count.checks, 1);
    const { evidence } = cluster.step(1, { kind: 'tick' });
    assert.deepEqual(
      evidence.map(({ kind }) => kind),
      ['invalid'],
    );
  });

  for (const [who, down, checks] of [
    ['are all there', [], 0],
    ['fall silent', [1], 40],
  ] as const) {
    it(`what a stop cut asks for in a step when those drawn ${who}: ${checks} checks`, () => {
      const count = { checks: 0 };
      const params = { sharedChecks: true, generationEpochs: 1 } as const;
      const cluster = new ReplicaCluster(4, { verifier: counting(count) }, params);
      for (const lane of down) cluster.down.add(lane);
      // The cut is due: it is decided before anybody loses patience.
      cluster.run(1010);
      for (let coin = 0; coin < 40; coin++) {
        const tx = cluster.pay([cluster.coin(coin)], [{ amount: 900n, lock }]);
        cluster.step(0, { kind: 'submit', tx });
      }
      cluster.runUntil(() => cluster.replicas[0]?.progress().applied === 1);
      // Lane 0 knows its own payments; two others look at each, once.
      assert.equal(count.checks, 2 * checks);
    });
  }

  it('nobody says anything about checks where all check all', () => {
    const cluster = new ReplicaCluster();
    const tx = cluster.pay([cluster.coin(0)], [{ amount: 900n, lock }]);
    cluster.step(0, { kind: 'submit', tx });
    cluster.run(500);
    for (const bytes of cluster.journals.flat()) {
      const opened = openSharedBlock(bytes, cluster.committee, cluster.ledgerId, verifier);
      assert.ok(opened.ok && opened.value.block.votes.every(({ kind }) => kind !== 'checked'));
    }
  });
});

/** A validator with a block of which nobody has told it anything; `tick` tells when it wakes. Times are since it came. */
function waiting() {
  const count = { checks: 0 };
  const shared = new SharedCluster({}, counting(count));
  const { replicas, now } = shared.cluster;
  shared.show(shared.block({ txs: [shared.pay(0)] }), 1);
  const tick = (atMs: number, spacingMs: number) =>
    (replicas[1]!.step(now + atMs, { kind: 'tick' }, false, spacingMs).wakeAtMs ?? 0) - now;
  return { count, tick };
}
