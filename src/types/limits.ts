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
  peerBytesMax: {
    value: 8_388_608,
    unit: 'bytes of one peer on their way to their step',
    consequence: 'the peer is not read until a quarter is left',
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
  syncBatchBytesMax: {
    value: 4_194_304,
    unit: 'bytes of blocks per answered pull',
    consequence: 'the rest is asked for again',
  },
  peerQueueBytesMax: {
    value: 33_554_432,
    unit: 'bytes queued towards one peer',
    consequence: 'connection closed, peer resynchronises',
  },
} as const satisfies Record<string, Limit>;

/** Bounds of the REST API. */
export const API_LIMITS = {
  jsonBytesMax: { value: 262_144, unit: 'bytes of a JSON body', consequence: '413 too-large' },
  jsonDepthMax: {
    value: 8,
    unit: 'levels of nesting in a JSON body',
    consequence: '400 invalid-request',
  },
  batchBytesMax: { value: 2_097_152, unit: 'bytes of a binary body', consequence: '413 too-large' },
  bodiesBytesMax: {
    value: 134_217_728,
    unit: 'bytes of bodies being read or worked on',
    consequence: '503 busy, retry after',
  },
  batchTxsMax: { value: 500, unit: 'transactions or txids per call', consequence: '413 too-large' },
  headerBytesMax: {
    value: 8192,
    unit: 'bytes of a request line and its header',
    consequence: '431 header-too-large, connection closed',
  },
  urlPartMax: {
    value: 128,
    unit: 'characters of one variable part of a path',
    consequence: '404 not-found',
  },
  connectionsMax: {
    value: 1024,
    unit: 'open connections',
    consequence: 'further ones are closed at once',
  },
  connectionsPerAddressMax: {
    value: 256,
    unit: 'open connections of one address, unless REST listens on loopback',
    consequence: 'further ones are closed at once',
  },
  headerMs: {
    value: 4000,
    unit: 'milliseconds until the header is complete',
    consequence: '408 request-timeout, connection closed',
  },
  requestMs: {
    value: 5000,
    unit: 'milliseconds until the request is complete',
    consequence: '408 request-timeout, connection closed',
  },
  idleMs: {
    value: 10_000,
    unit: 'milliseconds in which a client takes nothing of an answer',
    consequence: 'connection closed',
  },
  keepAliveMs: {
    value: 5000,
    unit: 'milliseconds between two requests of a connection',
    consequence: 'connection closed',
  },
  waitMsMax: {
    value: 30_000,
    unit: 'milliseconds of timeout_ms',
    consequence: '400 invalid-request',
  },
  feedEntriesMax: {
    value: 65_536,
    unit: 'newest changes of statuses that the feed keeps',
    consequence: 'a reader further behind is told of a gap',
  },
  feedPageMax: {
    value: 2000,
    unit: 'entries per answer of the feed',
    consequence: '400 invalid-request',
  },
  snapshotPageBytes: {
    value: 1_048_576,
    unit: 'bytes of a snapshot page before it ends',
    consequence: 'the rest is on the next page',
  },
  snapshotPageReadsMax: {
    value: 16_384,
    unit: 'transactions looked at for one snapshot page',
    consequence: 'the page ends, perhaps with nothing in it',
  },
  snapshotReadersMax: {
    value: 8,
    unit: 'snapshot pages and ledgers read at a time',
    consequence: '503 busy, retry after',
  },
  waitsMax: {
    value: 16_384,
    unit: 'transactions waited for, and feeds',
    consequence: '503 busy, retry after',
  },
  pageMax: { value: 1000, unit: 'entries per page', consequence: '400 invalid-request' },
  balanceOutputsMax: {
    value: 10_000,
    unit: 'outputs added up for one balance',
    consequence: 'the answer says complete: false',
  },
  badSignaturesBurst: {
    value: 200,
    unit: 'bad signatures of one client address at once',
    consequence: '429 rate-limited, retry after',
  },
  badSignaturesPerSecond: {
    value: 20,
    unit: 'bad signatures per second of one client address',
    consequence: '429 rate-limited, retry after',
  },
  clientAddressesMax: {
    value: 10_000,
    unit: 'client addresses with bad signatures that are remembered',
    consequence: 'the oldest one is forgotten',
  },
} as const satisfies Record<string, Limit>;

export { NETWORK_LIMITS } from './network-limits.ts';

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
} as const satisfies Record<string, Limit>;

/** Bounds of the data folder (storage); validators may differ. */
export const STORAGE_LIMITS = {
  recordsMax: {
    value: 2_147_483_647,
    unit: 'blocks in the journal (ordinals are 31 bits)',
    consequence: 'the node stops: assertion',
  },
  recordBytesMax: {
    value: 16_777_216,
    unit: 'bytes per journal record',
    consequence: 'never reached by a block; a longer record on disk is damage',
  },
  segmentBytes: {
    value: 67_108_864,
    unit: 'bytes of a journal segment before the next one begins',
    consequence: 'a new segment',
  },
  commitBytesMax: {
    value: 16_777_216,
    unit: 'bytes of records per write and fsync of the journal',
    consequence: 'the rest goes with the next fsync',
  },
  openSegmentsMax: {
    value: 32,
    unit: 'journal segments held open for reading',
    consequence: 'the least recently read one is closed',
  },
  cacheBytesMax: {
    value: 33_554_432,
    unit: 'bytes of recently used store entries in memory',
    consequence: 'the least recently used ones are read from disk again',
  },
  heldBackBytesMax: {
    value: 16_777_216,
    unit: 'bytes of pages of the state tree that wait to be rewritten',
    consequence: 'those put longest ago are written',
  },
  backlogBytesMax: {
    value: 67_108_864,
    unit: 'bytes of store entries not yet written',
    consequence: 'the driver waits for a flush before the next input',
  },
  scanEntriesMax: {
    value: 10_000,
    unit: 'entries per scan of the store',
    consequence: 'the rest is scanned from the last key on',
  },
} as const satisfies Record<string, Limit>;
