import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { LoneReplica } from '../../../test/replica/lone-replica.ts';
import { lock } from '../../../test/replica/replica-cluster.ts';
import { defined } from '../../std/assert.ts';
import { type Block, refOf } from '../../types/block.ts';

/** What lane 0 says of a first block with two payments of 216 bytes each. */
function judged(blockTxsMax: number, blockBytesMax: number): string {
  const judge = new LoneReplica({ blockTxsMax, blockBytesMax });
  return judge.judge(judge.block(1, { txs: [0, 1].map((coin) => judge.pay(coin)) }));
}

test('A1: a block has as many transactions and bytes as the genesis allows, and not one more', () => {
  assert.equal(judged(2, 432), 'ok');
  assert.equal(judged(1, 432), 'too-large');
  assert.equal(judged(2, 431), 'too-large');
});

describe('A1: a block', () => {
  const started = () => {
    const judge = new LoneReplica();
    const first = judge.admitted(1, {});
    const other = judge.admitted(2, {});
    const says = (words: Parameters<typeof judge.block>[1]) =>
      judge.judge(judge.block(1, { prev: first, ...words }));
    return { other, says };
  };

  it('stands right behind its prev, of the same lane', () => {
    const { other, says } = started();
    assert.equal(says({ header: { seq: 3 } }), 'bad-seq');
    assert.equal(says({ prev: other }), 'bad-seq');
  });

  it('is not earlier than its prev', () => {
    assert.equal(started().says({ header: { timeMs: 9 } }), 'bad-time');
  });

  it('names a block of another lane as what it is', () => {
    const { other, says } = started();
    const ref = refOf(other);
    assert.equal(says({ header: { refs: [{ ...ref, lane: 3 }] } }), 'bad-ref');
    assert.equal(says({ header: { refs: [{ ...ref, seq: 2 }] } }), 'bad-ref');
  });

  it('has as epoch the number of cuts decided in its history', () => {
    assert.equal(started().says({ header: { epoch: 1 } }), 'bad-epoch');
  });

  it('that does all this is admitted', () => {
    const { other, says } = started();
    assert.equal(says({ refs: [other] }), 'ok');
  });
});

test('A2: a block names no lane that equivocates in its history, wherever that shows it', () => {
  const judge = new LoneReplica();
  const one = judge.admitted(3, { txs: [judge.pay(0)] });
  const two = judge.block(3, { txs: [judge.pay(1)] });
  const prev = judge.admitted(1, { refs: [one] });
  const witness = judge.block(2, { refs: [two] });
  assert.equal(
    judge.judge(witness),
    'waits',
    'of a lane that forks only what others name is taken',
  );
  assert.equal(judge.judge(two), 'ok');
  assert.equal(judge.judge(judge.block(1, { prev, refs: [two] })), 'ref-to-equivocator');
  assert.equal(judge.judge(judge.block(1, { prev, refs: [witness, one] })), 'ref-to-equivocator');
  assert.equal(judge.judge(judge.block(1, { prev, refs: [witness] })), 'ok');
});

describe('A5: where two payload blocks of a lane may be uncertified', () => {
  const started = () => {
    const judge = new LoneReplica({ laneWindowMax: 2 });
    const first = judge.admitted(1, { txs: [judge.pay(0)] });
    const prev = judge.admitted(1, { prev: first, txs: [judge.pay(1)] });
    const [two, three] = [2, 3].map((lane) => judge.admitted(lane, { refs: [first] }));
    return { judge, prev, two: defined(two, 'of lane 2'), three: defined(three, 'of lane 3') };
  };

  it('a third is refused while too few lanes have shown the first in its history', () => {
    const { judge, prev, two } = started();
    const third = { prev, refs: [two], txs: [judge.pay(2)] };
    assert.equal(judge.judge(judge.block(1, third)), 'lane-window');
  });

  it('a third is admitted when a quorum has, and a fourth is one too many again', () => {
    const { judge, prev, two, three } = started();
    const third = judge.admitted(1, { prev, refs: [two, three], txs: [judge.pay(2)] });
    assert.equal(judge.judge(judge.block(1, { prev: third, txs: [judge.pay(3)] })), 'lane-window');
  });

  it('a block that carries nothing takes no place', () => {
    const judge = new LoneReplica({ laneWindowMax: 2 });
    const first = judge.admitted(1, { txs: [judge.pay(0)] });
    const prev = judge.admitted(1, { prev: first });
    assert.equal(judge.judge(judge.block(1, { prev, txs: [judge.pay(1)] })), 'ok');
  });
});

describe('A3: an output that is in no ledger', () => {
  const started = () => {
    const judge = new LoneReplica();
    const parent = judge.pay(0);
    const child = judge.cluster.pay([{ txid: parent.txid, index: 0 }], [{ amount: 5n, lock }]);
    return { judge, child, first: judge.admitted(1, { txs: [parent] }) };
  };

  it('may be spent later in the chain that made it', () => {
    const { judge, child, first } = started();
    assert.equal(judge.judge(judge.block(1, { prev: first, txs: [child] })), 'ok');
  });

  it('may be spent elsewhere once its transaction is settled in the history, not before', () => {
    const { judge, child, first } = started();
    const [two, three] = [2, 3].map((lane) => judge.admitted(lane, { refs: [first] }));
    assert.ok(two !== undefined && three !== undefined);
    // From here on each of the three has a verdict.
    const one = judge.admitted(1, { prev: first, refs: [two, three] });
    const prev = judge.admitted(2, { prev: two, refs: [three] });
    const last = judge.admitted(3, { prev: three, refs: [two] });
    const says = (...refs: Block[]) => judge.judge(judge.block(2, { prev, refs, txs: [child] }));
    assert.equal(says(one), 'unknown-parent');
    assert.equal(says(last), 'unknown-parent');
    assert.equal(says(one, last), 'ok');
  });
});
