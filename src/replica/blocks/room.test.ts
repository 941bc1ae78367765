import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LoneReplica } from '../../../test/replica/lone-replica.ts';
import { speaking } from '../../../test/replica/other-lanes.ts';
import { lock } from '../../../test/replica/replica-cluster.ts';
import type { Output, Transaction, Verified } from '../../types/transaction.ts';
import { DEFAULT_POLICY } from '../replica-options.ts';

const OUTPUTS = 900;
const { reproposeAfterMs } = DEFAULT_POLICY;

/** Of some 37,000 bytes. */
function large(lone: LoneReplica, coin: number): Verified<Transaction> {
  const outputs: Output[] = Array.from({ length: OUTPUTS }, () => ({ amount: 1n, lock }));
  return lone.cluster.pay([lone.cluster.coin(coin)], outputs);
}

const numbers = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => from + at);

const submit = (lone: LoneReplica, tx: Verified<Transaction>) =>
  lone.step({ kind: 'submit', tx }).submitted.map((answer) => answer.ok || answer.problem.code);

describe('A1: the own block keeps to the bounds of the genesis', () => {
  it('8.3: when more bytes are to be proposed again than one holds', () => {
    const lone = new LoneReplica();
    const first = lone.admitted(1, { txs: numbers(0, 20).map((coin) => large(lone, coin)) });
    lone.admitted(1, { prev: first, txs: numbers(20, 20).map((coin) => large(lone, coin)) });
    for (const coin of numbers(40, 10)) submit(lone, large(lone, coin));
    // So late that the turn of all lanes has come.
    lone.cluster.now += 10 * reproposeAfterMs;
    assert.deepEqual(lone.said(100), []);
    for (const lane of [1, 2]) lone.hear({ kind: 'lane', lane });
    const blocks = lone.said(1000);
    const sums = blocks.map(({ header }) => header.txBytes);
    assert.ok(Math.max(...sums) <= DEFAULT_POLICY.batchBytesMax, `${sums}`);
    assert.equal(blocks.flatMap(({ txs }) => txs).length, 50);
  });

  it('8.4: when what clients sent has more bytes than one may have, or more transactions', () => {
    const lone = speaking({ blockBytesMax: 40_000, blockTxsMax: 3 });
    const sent = numbers(0, 3).map((coin) => large(lone, coin));
    for (const tx of [...sent, ...numbers(3, 7).map((coin) => lone.pay(coin))]) submit(lone, tx);
    const blocks = lone.said(1000);
    assert.ok(blocks.every(({ header }) => header.txBytes <= 40_000 && header.txCount <= 3));
    assert.equal(blocks.flatMap(({ txs }) => txs).length, 10);
  });

  it('8.4: and what is larger than any block may be is refused, not kept', () => {
    const lone = speaking({ blockBytesMax: 1 });
    assert.deepEqual(submit(lone, lone.pay(0)), ['too-large']);
  });

  it('A5: when fewer may be uncertified than the policy says', () => {
    const lone = speaking({ laneWindowMax: 2 });
    for (const coin of numbers(0, 9)) {
      submit(lone, lone.pay(coin));
      lone.said(100);
    }
    const own = lone.cluster.said(0).filter(({ txs }) => txs.length > 0);
    assert.equal(own.length, 2);
  });
});
