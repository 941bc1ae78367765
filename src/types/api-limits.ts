import type { Limit } from './limits.ts';

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
  bodiesBytesPerAddressMax: {
    value: 33_554_432,
    unit: 'bytes of these of one address, unless REST listens on loopback',
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
    unit: 'open connections; fewer where the process may have few files open (ulimit -n)',
    consequence: 'further ones are closed at once',
  },
  connectionsPerAddressMax: {
    value: 256,
    unit: 'open connections of one address, unless REST listens on loopback',
    consequence: 'further ones are closed at once',
  },
  requestsAheadMax: {
    value: 16,
    unit: 'requests of one connection that are not answered yet',
    consequence: '503 busy, retry after',
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
  snapshotTimePercent: {
    value: 20,
    unit: 'percent of the time of the event loop for snapshot pages and ledgers of all clients and other strangers; as much again for validators that ask by their links',
    consequence: 'they take turns, and wait',
  },
  snapshotReadersMax: {
    value: 8,
    unit: 'snapshot pages and ledgers read at a time',
    consequence: '503 busy, retry after',
  },
  snapshotReadersPerAddressMax: {
    value: 2,
    unit: 'of these of one address, unless REST listens on loopback',
    consequence: '503 busy, retry after',
  },
  waitsMax: {
    value: 16_384,
    unit: 'transactions waited for, and feeds',
    consequence: '503 busy, retry after',
  },
  waitsPerAddressMax: {
    value: 4096,
    unit: 'of these of one address, unless REST listens on loopback',
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
