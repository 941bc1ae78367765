import type { Limit } from './limits.ts';

/** Bounds of the links between peers (network, membership); validators may differ. */
export const NETWORK_LIMITS = {
  observersMax: { value: 32, unit: 'connections of observers', consequence: 'refused' },
  connectionsPerPeerMax: { value: 4, unit: 'connections of one peer', consequence: 'refused' },
  pendingConnectionsMax: {
    value: 128,
    unit: 'incoming connections in their handshake',
    consequence: 'refused',
  },
  connectionsBurst: {
    value: 32,
    unit: 'incoming connections of one host at once',
    consequence: 'closed before their handshake',
  },
  connectionsPerSecond: {
    value: 8,
    unit: 'incoming connections per second of one host',
    consequence: 'closed before their handshake',
  },
  strangersBurst: {
    value: 64,
    unit: 'incoming connections at once of all hosts together from which no member has come',
    consequence: 'closed before their handshake',
  },
  strangersPerSecond: {
    value: 16,
    unit: 'incoming connections per second of all hosts together from which no member has come',
    consequence: 'closed before their handshake',
  },
  connectionsSpacingMs: {
    value: 10,
    unit: 'milliseconds from one incoming connection to the next',
    consequence: 'it waits in line',
  },
  hostsMax: {
    value: 10_000,
    unit: 'hosts whose connections are counted, and hosts from which members came',
    consequence: 'the oldest one is forgotten',
  },
  handshakeMs: {
    value: 5000,
    unit: 'milliseconds for the handshake of a connection or stream',
    consequence: 'connection closed',
  },
  handshakeBytesMax: {
    value: 4096,
    unit: 'bytes that an incoming connection brings until its handshake is over',
    consequence: 'connection closed',
  },
  twinProbeMs: {
    value: 2000,
    unit: 'milliseconds for a process to show that it still runs when another one has its key',
    consequence: 'it counts as gone',
  },
  linklessMs: {
    value: 10_000,
    unit: 'milliseconds in which a connection has no block stream',
    consequence: 'connection closed',
  },
  socketIdleMs: {
    value: 60_000,
    unit: 'milliseconds of silence',
    consequence: 'connection closed',
  },
  streamsMax: {
    value: 16,
    unit: 'streams of one connection in each direction',
    consequence: 'stream reset',
  },
  negotiationBytesMax: {
    value: 256,
    unit: 'bytes that a peer sends on a stream that it opens until the protocol is agreed on',
    consequence: 'connection closed',
  },
  smallStreamBytesMax: {
    value: 131_072,
    unit: 'bytes of one stream that is not the one of blocks',
    consequence: 'connection closed',
  },
  smallStreamFramesMax: {
    value: 64,
    unit: 'frames with data of one stream that is not the one of blocks',
    consequence: 'connection closed',
  },
  framesBurst: {
    value: 8192,
    unit: 'frames of the muxer, and messages of noise, of one validator at once; a stream that is opened counts 64',
    consequence: 'it is not read for a while; with as many more, connection closed',
  },
  framesPerSecond: {
    value: 4096,
    unit: 'such frames per second of one validator',
    consequence: 'it is not read for a while',
  },
  strangerFramesBurst: {
    value: 512,
    unit: 'such frames at once of one connection of anybody else',
    consequence: 'it is not read for a while; with as many more, connection closed',
  },
  strangerFramesPerSecond: {
    value: 256,
    unit: 'such frames per second of one connection of anybody else',
    consequence: 'it is not read for a while',
  },
  framePiecesMax: {
    value: 1024,
    unit: 'pieces in which one frame of the muxer is kept until it is whole',
    consequence: 'they are joined',
  },
  streamWindowBytesMax: {
    value: 4_194_304,
    unit: 'bytes of one stream that are sent and not read',
    consequence: 'the sender waits',
  },
  connectionWriteBytesMax: {
    value: 524_288,
    unit: 'bytes that one connection has taken and not written',
    consequence: 'connection closed',
  },
  identifyBytesMax: {
    value: 8192,
    unit: 'bytes of what a member without a block stream for us says it speaks instead',
    consequence: 'the rest is not read',
  },
  recordBytesMax: {
    value: 1024,
    unit: 'bytes of a signed peer record',
    consequence: 'refused, peer disconnected',
  },
  recordsBurst: {
    value: 4,
    unit: 'new peer records of one member at once',
    consequence: 'not taken; it comes again with the next connection',
  },
  recordSpacingMs: {
    value: 60_000,
    unit: 'milliseconds from one new peer record of a member to the next, after that',
    consequence: 'not taken; it comes again with the next connection',
  },
  recordReadsBurst: {
    value: 400,
    unit: 'peer records at once that a member brings and that are not here already',
    consequence: 'not read; they come again with the next connection',
  },
  recordReadsPerSecond: {
    value: 10,
    unit: 'such records per second of a member',
    consequence: 'not read; they come again with the next connection',
  },
  recordAddressesMax: {
    value: 8,
    unit: 'addresses in a signed peer record',
    consequence: 'refused, peer disconnected',
  },
  logLinesBurst: {
    value: 60,
    unit: 'lines of the log at once about what peers do',
    consequence: 'not written; the next one tells how many',
  },
  logLinesPerSecond: {
    value: 1,
    unit: 'such lines per second',
    consequence: 'not written; the next one tells how many',
  },
} as const satisfies Record<string, Limit>;
