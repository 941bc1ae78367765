import { type BatchPolicy, laneBackedUp } from './batch.ts';

/** The part of the node's policy (replica/replica-options) that bounds what it takes in. */
export type BackPressurePolicy = Pick<BatchPolicy, 'laneWindow' | 'batchTxsMax'> & {
  readonly mempoolTxsMax: number;
  readonly mempoolBytesMax: number;
  readonly uncheckpointedTxsMax: number;
};

export type Load = {
  readonly mempoolTxs: number;
  readonly mempoolBytes: number;
  /** Own payload blocks that are not certified yet. */
  readonly uncertified: number;
  /** Final transactions that are in no checkpoint yet. */
  readonly uncheckpointedTxs: number;
};

/**
 * keep: propose it in the own lane; forward: the own lane is backed up and more than a batch waits
 * already, so its bucket's lane should take it; busy: this validator holds as much as it may, come
 * back later.
 */
export type Advice = 'keep' | 'forward' | 'busy';

/** What to do with a client's transaction (PROTOCOL.md section 8). */
export function backPressure(load: Load, policy: BackPressurePolicy): Advice {
  if (load.mempoolTxs >= policy.mempoolTxsMax) return 'busy';
  if (load.mempoolBytes >= policy.mempoolBytesMax) return 'busy';
  if (load.uncheckpointedTxs >= policy.uncheckpointedTxsMax) return 'busy';
  const backedUp = laneBackedUp(load.uncertified, policy);
  return backedUp && load.mempoolTxs >= policy.batchTxsMax ? 'forward' : 'keep';
}
