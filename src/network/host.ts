import '../std/polyfill.ts';
import { privateKeyFromRaw, publicKeyFromRaw } from '@libp2p/crypto/keys';
import { identify } from '@libp2p/identify';
import type { Connection, Libp2p, PrivateKey } from '@libp2p/interface';
import { peerIdFromPublicKey } from '@libp2p/peer-id';
import { createLibp2p } from 'libp2p';
import type { Member } from '../types/genesis.ts';
import type { LaneId, LedgerId } from '../types/ids.ts';
import { NETWORK_LIMITS } from '../types/limits.ts';
import { Door } from './door.ts';
import { Gate } from './gate.ts';
import { guardedTcp } from './guarded-tcp.ts';
import { boundedYamux } from './muxer.ts';
import { Ping } from './ping.ts';
import { quickNoise } from './quick-noise.ts';
import { sharedLookup } from './shared-lookup.ts';
import { silentLog } from './silent-log.ts';
import { spokenProtocols } from './spoken-protocols.ts';
import { Tolls } from './tolls.ts';

/**
 * Of everything that peers say to each other. There is no negotiation: whoever speaks another version, or is
 * of another ledger, shares no protocol id with this process, gets no block stream, and is named in the log.
 */
const PROTOCOL_VERSION = 1;
const PROTOCOL_PREFIX = '/althing/';
/** The protocol of the links. */
export const BLOCKS = 'blocks';

export type HostOptions = {
  /** 32 bytes. A validator's own key: its peer id follows from the committee's public key. */
  readonly secretKey: Uint8Array;
  readonly ledgerId: LedgerId;
  readonly committee: readonly Member[];
  /** Multiaddrs, such as /ip4/127.0.0.1/tcp/0. */
  readonly listen: readonly string[];
  /** Multiaddrs told to others instead of those listened on (behind NAT or in containers). */
  readonly announce?: readonly string[];
  /** Connections of observers at once; default NETWORK_LIMITS.observersMax. */
  readonly observersMax?: number;
  /** False cuts and keeps apart: for tests and emulated partitions. Default: everybody. */
  readonly reachable?: (peerId: string) => boolean;
  /** Default: the one of this program. */
  readonly protocolVersion?: number;
};

export type HostMember = { readonly lane: LaneId; readonly name: string; readonly peerId: string };

/** This process on the peer-to-peer network. Shared by network and membership. */
export type Host = {
  readonly node: Libp2p;
  readonly privateKey: PrivateKey;
  readonly peerId: string;
  /** null: an observer. */
  readonly lane: LaneId | null;
  readonly members: readonly HostMember[];
  laneOf(peerId: string): LaneId | undefined;
  /** The versioned protocol id of this ledger: /althing/1/<first 16 hex of ledgerId>/<name>. */
  protocol(name: string): string;
  /** Ids of that form that a connected peer says it speaks. */
  protocolsOf(connection: Connection): Promise<readonly string[]>;
  /** Connections closed at the door, before their handshake; and those closed because they cost too much. */
  turnedAway(): { readonly refused: number; readonly cut: number };
  /** Ends a connection at once; never throws. */
  abort(connection: Connection, reason: string): void;
  /** Milliseconds of a round trip to a connected peer; rejects when none comes back in time. */
  ping(peerId: string, timeoutMs: number): Promise<number>;
  /** Listens. Protocols should be registered before. Rejects when an address cannot be listened on. */
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** `publicKey`: 66 hex characters. The binding of peer ids to validators is this function, no table. */
export function peerIdOfKey(publicKey: string): string {
  return peerIdFromPublicKey(publicKeyFromRaw(Buffer.from(publicKey, 'hex'))).toString();
}

/** A libp2p node, not started yet, with all its bounds. No gossip, no DHT, no local discovery. */
export async function createHost(options: HostOptions): Promise<Host> {
  const privateKey = privateKeyFromRaw(options.secretKey);
  const version = options.protocolVersion ?? PROTOCOL_VERSION;
  const peerId = peerIdFromPublicKey(privateKey.publicKey).toString();
  const members = options.committee.map((member, lane) => ({
    lane,
    name: member.name,
    peerId: peerIdOfKey(member.publicKey),
  }));
  const lanes = new Map(members.map((member) => [member.peerId, member.lane]));
  const laneOf = (id: string): LaneId | undefined => lanes.get(id);
  const observersMax = options.observersMax ?? NETWORK_LIMITS.observersMax.value;
  const gate = new Gate(laneOf, options.reachable ?? (() => true), observersMax);
  const door = new Door(() => performance.now());
  const tolls = new Tolls((id) => laneOf(id) !== undefined);
  const connectionsMax = connectionsMaxOf(members.length, observersMax);
  const protocol = (name: string): string =>
    `${PROTOCOL_PREFIX}${version}/${options.ledgerId.slice(0, 16)}/${name}`;
  const guards = { privateKey, blocks: protocol(BLOCKS), connectionsMax, gate, door, tolls };
  const node = await libp2pOf(options, guards);
  gate.bind(node);
  const ping = new Ping(node);
  await ping.start();
  node.addEventListener('connection:open', ({ detail: { direction, remoteAddr, remotePeer } }) => {
    if (direction !== 'inbound' || laneOf(remotePeer.toString()) === undefined) return;
    const [host] = remoteAddr.getComponents();
    if (host?.value !== undefined) door.vouch(host.value);
  });
  return {
    node,
    privateKey,
    peerId,
    lane: laneOf(peerId) ?? null,
    members,
    laneOf,
    protocol,
    protocolsOf: (connection) => spokenProtocols(connection, PROTOCOL_PREFIX),
    turnedAway: () => ({ refused: door.refused, cut: tolls.cut }),
    abort: (connection, reason) => connection.abort(new Error(reason)),
    ping: (id, timeoutMs) => ping.ping(id, timeoutMs),
    start: async () => node.start(),
    stop: async () => node.stop(),
  };
}

type Guards = {
  readonly privateKey: PrivateKey;
  /** Protocol id of the block streams, which may bring more than any other. */
  readonly blocks: string;
  readonly connectionsMax: number;
  readonly gate: Gate;
  readonly door: Door;
  readonly tolls: Tolls;
};

function libp2pOf(
  { listen, announce = [] }: HostOptions,
  { privateKey, blocks, connectionsMax, gate, door, tolls }: Guards,
): Promise<Libp2p> {
  return createLibp2p({
    start: false,
    logger: silentLog,
    privateKey,
    addresses: {
      listen: [...listen],
      announce: [...announce],
      announceFilter: (addresses) => addresses,
    },
    nodeInfo: { name: 'althing', version: '1', userAgent: 'althing/1' },
    transports: [guardedTcp(tcpOptions(connectionsMax), (from) => door.admits(from), tolls)],
    connectionEncrypters: [quickNoise(tolls)],
    streamMuxers: [boundedYamux(tolls, blocks)],
    connectionGater: gate.gater(),
    connectionManager: connectionOptions(connectionsMax),
    connectionMonitor: { enabled: false },
    services: {
      // For whoever asks us.
      identify: identify({ runOnConnectionOpen: false, timeout: NETWORK_LIMITS.handshakeMs.value }),
    },
  });
}

/** More than the gate lets in, so that libp2p itself never prunes or refuses a member. */
export function connectionsMaxOf(
  members: number,
  observersMax: number = NETWORK_LIMITS.observersMax.value,
): number {
  return (members + 1) * NETWORK_LIMITS.connectionsPerPeerMax.value + observersMax;
}

function tcpOptions(connectionsMax: number): Parameters<typeof guardedTcp>[0] {
  const idle = NETWORK_LIMITS.socketIdleMs.value;
  const socketOptions = { noDelay: true, keepAlive: true };
  const dialOpts = { ...socketOptions, lookup: sharedLookup() };
  return {
    inboundSocketInactivityTimeout: idle,
    outboundSocketInactivityTimeout: idle,
    maxConnections: connectionsMax + NETWORK_LIMITS.pendingConnectionsMax.value,
    backlog: 128,
    dialOpts,
    listenOpts: socketOptions,
  };
}

function connectionOptions(connectionsMax: number) {
  const handshake = NETWORK_LIMITS.handshakeMs.value;
  return {
    maxConnections: connectionsMax,
    // The door is narrower.
    inboundConnectionThreshold: 2 * NETWORK_LIMITS.connectionsBurst.value,
    maxIncomingPendingConnections: NETWORK_LIMITS.pendingConnectionsMax.value,
    inboundUpgradeTimeout: handshake,
    inboundStreamProtocolNegotiationTimeout: handshake,
    outboundStreamProtocolNegotiationTimeout: handshake,
    dialTimeout: 2 * handshake,
    addressDialTimeout: handshake,
    connectionCloseTimeout: 1000,
    // All that are wanted, one for each member: who stalls a handshake keeps nobody else waiting.
    maxParallelDials: connectionsMax,
    maxDialQueueLength: connectionsMax,
    maxPeerAddrsToDial: 2 * NETWORK_LIMITS.recordAddressesMax.value,
    maxParallelReconnects: 1,
  };
}
