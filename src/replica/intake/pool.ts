import { Mempool } from '../../iss/mempool.ts';
import { NODE_LIMITS } from '../../types/limits.ts';
import type { ReplicaOptions } from '../replica-options.ts';

/** What waits to be proposed, bounded by policy. */
export function createPool({ policy }: ReplicaOptions): Mempool {
  return new Mempool({
    txsMax: policy.mempoolTxsMax,
    bytesMax: policy.mempoolBytesMax,
    orphansMax: NODE_LIMITS.orphansMax.value,
    orphanMs: NODE_LIMITS.orphanMs.value,
    losersPerWinnerMax: NODE_LIMITS.losersPerWinnerMax.value,
  });
}
