import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COIN_TABLE, Coins } from '../../src/ledger/coins.ts';
import { LostEntry } from '../../src/std/lost-entry.ts';
import type { Outpoint, TxId } from '../../src/types/ids.ts';
import { lock, ReplicaCluster } from './replica-cluster.ts';

const VICTIM = 3;

describe('a validator whose store has lost the coins of a transaction', () => {
  /** All have spent an output of it, and it is in a certified state. */
  function setUp(): { readonly cluster: ReplicaCluster; readonly made: Outpoint } {
    const cluster = new ReplicaCluster();
    cluster.run(10);
    const coin = cluster.coin(0);
    assert.ok(coin);
    const tx = cluster.pay(
      [coin],
      [500n, 490n].map((amount) => ({ amount, lock })),
    );
    cluster.step(0, { kind: 'submit', tx });
    cluster.run(5000);
    assert.ok((cluster.replicas[VICTIM]?.progress().stable ?? 0) > 0);
    return { cluster, made: { txid: tx.txid, index: 0 } };
  }

  function spend(cluster: ReplicaCluster, spent: Outpoint): void {
    const tx = cluster.pay([spent], [{ amount: 400n, lock }]);
    cluster.step(0, { kind: 'submit', tx });
    cluster.run(1000);
  }

  const isLoss = (cause: unknown) => cause instanceof LostEntry;

  it('does not refuse the block that spends one, whoever made it', () => {
    for (const ofGenesis of [false, true]) {
      const { cluster, made } = setUp();
      const spent = ofGenesis ? cluster.coin(1) : made;
      assert.ok(spent);
      cluster.stores[VICTIM]?.delete(COIN_TABLE + spent.txid);
      assert.throws(() => spend(cluster, spent), isLoss);
    }
  });

  it('is told from one of which nothing was unspent, and of a transaction that never was', () => {
    const { cluster, made } = setUp();
    const [store] = cluster.stores;
    assert.ok(store);
    const coins = new Coins(store);
    coins.checkAbsent(made.txid);
    const spent = [made, { ...made, index: 1 }];
    const tx = cluster.pay(spent, [{ amount: 900n, lock }]);
    cluster.step(0, { kind: 'submit', tx });
    cluster.run(5000);
    for (const { txid } of [made, tx]) store.delete(COIN_TABLE + txid);
    coins.checkAbsent(made.txid);
    coins.checkAbsent('ab'.repeat(32) as TxId);
    assert.throws(() => coins.checkAbsent(tx.txid), isLoss);
  });
});
