import type { ReplicaCounters } from '../../src/replica/view.ts';

/** A number of its own for each, so that none can stand for another. */
export const COUNTERS: ReplicaCounters = {
  submitted: 1,
  admittedTxs: 2,
  finalClean: 3,
  finalContested: 4,
  rejectedTxs: 5,
  droppedTxs: 6,
  admittedBlocks: 7,
  builtBlocks: 8,
  refusedBlocks: 9,
  waitingBlocks: 10,
  contested: 11,
  viewChanges: 12,
  pulls: 13,
  equivocations: 14,
  mempoolTxs: 15,
  mempoolBytes: 16,
  orphans: 17,
  uncheckpointedTxs: 18,
};
