/** One bound of the node. docs/LIMITS.md is generated from this table. */
export type Limit = {
  readonly value: number;
  readonly unit: string;
  /** What happens to whatever exceeds it. */
  readonly consequence: string;
};

/** Bounds of the encodings: the same at every validator, for ever (a change is a new protocol version). */
export const WIRE_LIMITS = {
  inputsMax: { value: 1024, unit: 'inputs per transaction', consequence: 'refused: too-large' },
  outputsMax: { value: 1024, unit: 'outputs per transaction', consequence: 'refused: too-large' },
  transactionBytesMax: {
    value: 100_000,
    unit: 'bytes per transaction',
    consequence: 'refused: too-large',
  },
  multiKeysMax: { value: 16, unit: 'keys of an m-of-n lock', consequence: 'refused: malformed' },
  witnessesMax: {
    value: 1024,
    unit: 'witnesses per transaction',
    consequence: 'refused: too-large',
  },
  blockBytesMax: {
    value: 1_048_576,
    unit: 'bytes per block',
    consequence: 'refused, peer disconnected',
  },
  blockTxsMax: { value: 2048, unit: 'transactions per block', consequence: 'refused' },
  votesMax: { value: 64, unit: 'votes per block', consequence: 'refused' },
  committeeMax: { value: 100, unit: 'validators', consequence: 'genesis refused' },
  frameBytesMax: {
    value: 1_310_720,
    unit: 'bytes per frame between peers',
    consequence: 'stream reset before allocation',
  },
  snapshotLeavesMax: {
    value: 4096,
    unit: 'leaves per snapshot page',
    consequence: 'the page is refused',
  },
  wantDigestsMax: { value: 1024, unit: 'digests per pull', consequence: 'refused' },
  forwardTxsMax: { value: 512, unit: 'transactions per forward', consequence: 'refused' },
  genesisOutputsMax: { value: 10_000_000, unit: 'genesis outputs', consequence: 'genesis refused' },
} as const satisfies Record<string, Limit>;

/** Bounds of one process; validators may differ. */
export const NODE_LIMITS = {
  waitingBlocksPerLaneMax: {
    value: 4096,
    unit: 'blocks waiting for named blocks, per lane',
    consequence: "the lane's oldest waiting block is evicted and pulled again",
  },
  waitingBytesPerLaneMax: {
    value: 33_554_432,
    unit: 'bytes waiting for named blocks, per lane',
    consequence: "the lane's oldest waiting block is evicted and pulled again",
  },
  evictedPerLaneMax: {
    value: 32_768,
    unit: 'names of evicted blocks that others need, per lane; up to twice as many',
    consequence: 'the oldest are forgotten, and found again from above',
  },
  peerBytesMax: {
    value: 8_388_608,
    unit: 'bytes of one peer on their way to their step',
    consequence: 'the peer is not read until a quarter is left',
  },
  peerTurnBytesMax: {
    value: 262_144,
    unit: 'bytes of one peer, or of all strangers, that are read in one turn of the event loop; each message counts 1,024 at least',
    consequence: 'the peer is not read until the next turn',
  },
  blockWindowBytesMax: {
    value: 67_108_864,
    unit: 'bytes of recent blocks in memory',
    consequence: 'the oldest ones are read back from the journal',
  },
  aheadMax: { value: 64, unit: 'early blocks per lane', consequence: 'pulled in their generation' },
  mempoolTxsMax: {
    value: 50_000,
    unit: 'transactions not yet proposed',
    consequence: 'busy, retry after',
  },
  mempoolBytesMax: {
    value: 67_108_864,
    unit: 'bytes not yet proposed',
    consequence: 'busy, retry after',
  },
  orphansMax: {
    value: 10_000,
    unit: 'transactions waiting for an unknown parent',
    consequence: 'busy, retry after',
  },
  orphanMs: {
    value: 30_000,
    unit: 'milliseconds a transaction waits for an unknown parent',
    consequence: 'dropped: unknown-input',
  },
  losersPerWinnerMax: {
    value: 16,
    unit: 'transactions refused for one that came first, kept for the case that it fails',
    consequence: 'not kept: refused all the same',
  },
  uncheckpointedTxsMax: {
    value: 200_000,
    unit: 'final transactions not in a checkpoint',
    consequence: 'busy, retry after',
  },
  evidencePerLaneMax: {
    value: 16,
    unit: 'proofs of misbehaviour kept per validator',
    consequence: 'later ones are not kept',
  },
  evidenceTriesMax: {
    value: 64,
    unit: 'refused blocks per lane and start that are looked at for a proof in themselves',
    consequence: 'later ones are refused without',
  },
  lateStateBytesMax: {
    value: 1_073_741_824,
    unit: 'bytes of the state that a validator which was away for too long takes from a peer',
    consequence: 'another peer is asked; twice as many at the next turn of this one',
  },
  syncBatchBytesMax: {
    value: 4_194_304,
    unit: 'bytes of blocks per answered pull, each block counts 1,024 at least; who has as much to take gets no answer',
    consequence: 'the rest is asked for again',
  },
  peerQueueBytesMax: {
    value: 33_554_432,
    unit: 'bytes queued towards one peer',
    consequence: 'connection closed, peer resynchronises',
  },
} as const satisfies Record<string, Limit>;

/** Bounds of an observer that follows checkpoints. */
export const OBSERVER_LIMITS = {
  answerBytesMax: {
    value: 268_435_456,
    unit: 'bytes of an answer of a provider (a ledger, a snapshot page)',
    consequence: 'the answer is given up, another provider is asked',
  },
  snapshotPagesMax: {
    value: 1_000_000,
    unit: 'pages of one snapshot',
    consequence: 'the snapshot is given up, another provider is asked',
  },
  answerMs: {
    value: 30_000,
    unit: 'milliseconds of silence in an answer',
    consequence: 'another provider is asked',
  },
  answerWholeMs: {
    value: 120_000,
    unit: 'milliseconds of an answer, however it trickles',
    consequence: 'another provider is asked',
  },
  patienceMs: {
    value: 1000,
    unit: 'milliseconds without an answer of those that were asked for a ledger or a certificate',
    consequence: 'as many others are asked as well',
  },
  snapshotMs: {
    value: 120_000,
    unit: 'milliseconds of the first snapshot that a provider gives',
    consequence: 'another provider is asked; twice as many at the next turn of this one',
  },
} as const satisfies Record<string, Limit>;

export { API_LIMITS } from './api-limits.ts';
export { NETWORK_LIMITS } from './network-limits.ts';
export { STORAGE_LIMITS } from './storage-limits.ts';
