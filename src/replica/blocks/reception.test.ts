import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { LoneReplica } from '../../../test/replica/lone-replica.ts';
import { lock, ReplicaCluster } from '../../../test/replica/replica-cluster.ts';

test('one arrival that lets more blocks in than memory keeps needs none of them from the journal yet', () => {
  const cluster = new ReplicaCluster(4, { nodeWindow: 8 });
  cluster.run(10);
  cluster.down.add(3);
  for (let i = 0; i < 6; i++) {
    cluster.step(i % 3, {
      kind: 'submit',
      tx: cluster.pay([cluster.coin(i)], [{ amount: 9n, lock }]),
    });
    cluster.run(200);
  }
  const blocks = cluster.journals[0]!.slice(cluster.journals[3]!.length);
  assert.ok(blocks.length > 30, `${blocks.length} blocks`);
  for (const bytes of [...blocks].reverse()) cluster.receive(0, 3, bytes);
  assert.ok(cluster.journals[3]!.length >= cluster.journals[0]!.length, 'all of them are in');
  cluster.down.delete(3);
  cluster.run(3000);
  const last = cluster.pay([cluster.coin(9)], [{ amount: 9n, lock }]);
  cluster.step(3, { kind: 'submit', tx: last });
  cluster.run(3000);
  for (const replica of cluster.replicas) {
    assert.equal(replica.status(last.txid).state, 'checkpointed');
  }
});

describe('a block', () => {
  it('that waits for one that is refused is refused with it, and what names it later is, too', () => {
    const lone = new LoneReplica();
    const first = lone.admitted(1, {});
    const wrong = lone.block(1, { prev: first, header: { timeMs: 9 } });
    const child = lone.block(2, { refs: [wrong] });
    const grandchild = lone.block(3, { refs: [child] });
    assert.equal(lone.judge(child), 'waits');
    assert.equal(lone.judge(grandchild), 'waits');
    const codes = lone.tell(wrong).rejected.map(({ code }) => code);
    assert.deepEqual(codes, ['bad-time', 'bad-ref', 'bad-ref']);
    assert.equal(lone.judge(lone.block(2, { refs: [wrong], txs: [lone.pay(0)] })), 'bad-ref');
    const refused = () => lone.cluster.replicas[0]?.counters().refusedBlocks;
    assert.equal(refused(), 4);
    for (const block of [wrong, child, first]) {
      const { rejected, persist } = lone.tell(block);
      assert.deepEqual([rejected, persist], [[], []], 'what is known is not judged again');
    }
    assert.equal(refused(), 4);
  });

  it('2.9: of the own lane that the journal lacks stops this validator for ever', () => {
    const lone = new LoneReplica();
    const { cluster } = lone;
    for (const lane of [1, 2]) lone.hear({ kind: 'lane', lane });
    lone.step({ kind: 'submit', tx: lone.pay(0) });
    const [own] = lone.said(100);
    assert.equal(lone.tell(own!).halt, null, 'this one is in it');
    const [opened] = lone.opened(lone.block(0, { txs: [lone.pay(1)] }));
    const block = { kind: 'block', from: { kind: 'lane', lane: 1 }, block: opened! } as const;
    const replica = cluster.replicas[0]!;
    const { halt } = replica.step(cluster.now, block);
    assert.equal(halt?.code, 'own-signature-unknown');
    assert.deepEqual(halt.ownBlock, opened!.bytes, 'for later starts');
    lone.hear({ kind: 'lane', lane: 3 });
    lone.step({ kind: 'submit', tx: lone.pay(2) });
    assert.deepEqual(lone.said(1000), []);
  });

  it('9.8: of the own lane in a generation in which it has not spoken is told with the halt', () => {
    const lone = new LoneReplica({ generationEpochs: 1 });
    const own = lone.block(0, { header: { generation: 1 } });
    const [opened] = lone.opened(own);
    const block = { kind: 'block', from: { kind: 'lane', lane: 1 }, block: opened! } as const;
    const { halt } = lone.cluster.replicas[0]!.step(lone.cluster.now, block);
    assert.deepEqual(halt?.ownBlock, own.bytes);
  });

  it('of the journal that admission refuses stops the start', () => {
    const lone = new LoneReplica();
    const { cluster } = lone;
    const first = lone.admitted(1, {});
    const wrong = lone.block(1, { prev: first, header: { timeMs: 9 } });
    const again = new LoneReplica().cluster.replicas[0]!;
    const halts = lone.opened(first, wrong).map((block) => again.restore(cluster.now, block).halt);
    assert.deepEqual(
      halts.map((halt) => halt?.code),
      [undefined, 'journal-corrupt'],
    );
  });
});
