import assert from 'node:assert/strict';
import type { Outpoint, TxId } from '../../src/types/ids.ts';
import { lock, ReplicaCluster } from '../replica/replica-cluster.ts';
import { ByzantineLane, HONEST } from './lane.ts';

export const WHILE_MS = 4000;

/** Three honest lanes, a Byzantine one, and payments that are all different. */
export function started() {
  const cluster = new ReplicaCluster();
  const liar = new ByzantineLane(cluster);
  cluster.run(10);
  const pay = (...coins: number[]) => spend(...coins.map((coin) => cluster.coin(coin)));
  let fee = 0n;
  // The fee makes each of them another transaction, also with the same inputs.
  const spend = (...inputs: Outpoint[]) => {
    fee += 1n;
    return cluster.pay(inputs, [{ amount: 900n - fee, lock }]);
  };
  return { cluster, liar, pay, spend };
}

/** The one state that all honest lanes give for the transaction. */
export function stateOf(cluster: ReplicaCluster, txid: TxId): string {
  const states = HONEST.map((lane) => cluster.replicas[lane]?.status(txid));
  for (const state of states) assert.deepEqual(state, states[0], 'the lanes disagree');
  return states[0]?.state ?? '';
}

/** Payments go on being final and get into checkpoints. */
export function assertLive({ cluster, pay }: ReturnType<typeof started>, coin: number): void {
  const tx = pay(coin);
  cluster.step(coin % 3, { kind: 'submit', tx });
  cluster.run(WHILE_MS);
  assert.equal(stateOf(cluster, tx.txid), 'checkpointed');
}
