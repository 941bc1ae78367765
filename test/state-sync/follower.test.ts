import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { decodeSnapshotPage, type EpochLedger } from '../../src/codec/snapshot.ts';
import { decodeTransaction } from '../../src/codec/transaction.ts';
import { COIN_TABLE } from '../../src/ledger/coins.ts';
import { SnapshotPage } from '../../src/replica/state-sync/snapshot.ts';
import { ok } from '../../src/std/result.ts';
import { outpointKey } from '../../src/types/ids.ts';
import { API_LIMITS } from '../../src/types/limits.ts';
import { CertifiedChain, certify, refused } from './certified-chain.ts';

/** Has it an accepted transaction and a child of it? */
function hasChild({ accepted }: EpochLedger): boolean {
  const txs = accepted
    .map((bytes) => decodeTransaction(bytes))
    .flatMap((tx) => (tx.ok ? tx.value : []));
  const txids = new Set(txs.map(({ txid }) => txid));
  return txs.some(({ inputs }) => inputs.some(({ txid }) => txids.has(txid)));
}

describe('a follower of checkpoints', () => {
  let chain: CertifiedChain;

  before(() => {
    chain = new CertifiedChain();
  });

  it('installs any certified state and follows to the newest, equal to the validators', () => {
    for (let from = 1; from <= chain.stable; from++) {
      const { follower } = chain.followerAt(from);
      for (let epoch = from + 1; epoch <= chain.stable; epoch++) {
        assert.deepEqual(follower.follow(chain.ledgerOf(epoch)), ok(null));
        assert.deepEqual(follower.checkpoint, chain.certificateOf(epoch).checkpoint);
      }
      for (let index = 0; index < 50; index++) {
        const { txid, index: at } = chain.cluster.coin(index);
        const coin = follower.coins.get(outpointKey(txid, at));
        const there = chain.cluster.replicas[3]?.output(outpointKey(txid, at));
        assert.equal(coin?.spentBy === null, there?.spentBy === null, `output ${index}`);
      }
    }
  });

  it('has met rejected transactions, fees and children within an epoch', () => {
    const ledgers = Array.from({ length: chain.stable }, (_, i) => chain.ledgerOf(i + 1));
    assert(ledgers.some(({ outcomes }) => outcomes.some((outcome) => !outcome.accepted)));
    assert(ledgers.some(({ fees }) => fees.length > 0));
    assert(ledgers.some(hasChild));
  });

  it('gets the same snapshot and ledgers from every provider, whatever came after', () => {
    for (let epoch = 1; epoch <= chain.stable; epoch++) {
      assert.deepEqual(chain.pagesOf(epoch, 0), chain.pagesOf(epoch, 3));
      const { certificate } = chain.ledgerOf(epoch, 0);
      const [one, other] = [0, 3].map((lane) => ({ ...chain.ledgerOf(epoch, lane), certificate }));
      assert.deepEqual(one, other);
    }
  });

  it('goes on from its store, and not from one that was changed', () => {
    const { table } = chain.followerAt(2);
    const again = chain.follower(table);
    assert.deepEqual(again.resume(chain.certificateOf(2)), ok(null));
    assert.deepEqual(again.follow(chain.ledgerOf(3)), ok(null));
    const other = chain.follower(table);
    refused(other.resume(chain.certificateOf(2)), /stored state/);
    refused(other.resume(certify(chain.certificateOf(3).checkpoint, [0, 1])), /quorum/);
    assert.equal(other.epoch, 0);
  });

  it('a page ends at its bounds', () => {
    const [entry] = chain.cluster.stores[0]?.list(COIN_TABLE, { limit: 1 }) ?? [];
    assert(entry);
    const byLeaves = new SnapshotPage(99);
    while (!byLeaves.isFull) byLeaves.add(entry);
    const decoded = decodeSnapshotPage(byLeaves.encode());
    assert(decoded.ok);
    const empty = new SnapshotPage(0);
    let reads = 0;
    for (; !empty.isFull; reads++)
      empty.add({ ...entry, value: new Uint8Array([0, 0, 0, 9, 0, 0]) });
    assert.equal(reads, API_LIMITS.snapshotPageReadsMax.value);
    assert.equal(empty.last, entry.key.slice(1));
  });
});
