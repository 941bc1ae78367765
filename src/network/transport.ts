import type { Connection, Stream } from '@libp2p/interface';
import type { PeerId } from '../replica/effects.ts';
import { NETWORK_LIMITS, NODE_LIMITS, WIRE_LIMITS } from '../types/limits.ts';
import { BLOCKS, type Host } from './host.ts';
import { type CloseReason, Link } from './link.ts';
import type {
  Misbehaviour,
  PeerStats,
  Transport,
  TransportHandlers,
  TransportOptions,
  TransportStats,
} from './port.ts';

import { TwinGuard } from './twin-guard.ts';

export type * from './port.ts';

type Peer = {
  readonly id: PeerId;
  readonly stats: PeerStats;
  link: Link | null;
};

/** The first frame of the chooser on a new stream: "this one is our link". No message is empty. */
const CHOSEN = new Uint8Array(0);
/** Name of libp2p's error when the other side does not know a protocol id. */
const UNSUPPORTED = 'UnsupportedProtocolError';

/** See docs/ARCHITECTURE: block streams between this process and its peers. */
export function createTransport(
  host: Host,
  handlers: TransportHandlers,
  options: TransportOptions = {},
): Transport {
  return new BlockStreams(host, handlers, options);
}

/**
 * At most one link per peer. Who dials a connection opens its block stream; of the two peers the one with
 * the smaller peer id chooses: the newest stream is the link, the one before is closed, the other side
 * follows. (Each side dials only when it has no connection, so a newer stream is the word of somebody who
 * had none. Were both to judge, each could close what the other keeps.)
 */
class BlockStreams implements Transport {
  readonly #host: Host;
  readonly #handlers: TransportHandlers;
  readonly #options: TransportOptions;
  readonly #protocol: string;
  readonly #guard: TwinGuard;
  readonly #lanes: readonly Peer[];
  readonly #observers = new Map<string, Peer>();
  readonly #observerStats = zeroStats();
  /** Streams whose peer has not chosen yet. */
  readonly #unchosen = new Map<Link, Peer>();
  readonly #paused = new Set<string>();
  readonly #dirty = new Set<Link>();
  #isFlushing = false;
  #undelivered = 0;

  constructor(host: Host, handlers: TransportHandlers, options: TransportOptions) {
    this.#host = host;
    this.#handlers = handlers;
    this.#options = options;
    this.#protocol = host.protocol(BLOCKS);
    this.#guard = new TwinGuard(host);
    this.#lanes = host.members.map(({ lane }) => ({
      id: { kind: 'lane', lane },
      stats: zeroStats(),
      link: null,
    }));
  }

  async start(): Promise<void> {
    await this.#guard.start();
    const accept = (stream: Stream, connection: Connection) => this.#accept(stream, connection);
    await this.#host.node.handle(this.#protocol, accept, {
      maxInboundStreams: 1,
      maxOutboundStreams: 1,
    });
    this.#host.node.addEventListener('connection:open', this.#onConnection);
  }

  async stop(): Promise<void> {
    this.#host.node.removeEventListener('connection:open', this.#onConnection);
    await this.#host.node.unhandle(this.#protocol);
    await this.#guard.stop();
    for (const peer of this.#peers()) peer.link?.close('stopped');
    for (const link of [...this.#unchosen.keys()]) link.close('stopped');
  }

  send(to: PeerId | 'all', bytes: Uint8Array): void {
    if (to === 'all') {
      for (const peer of this.#peers()) peer.link?.send(bytes);
      return;
    }
    const link = this.#find(to)?.link;
    if (link) link.send(bytes);
    else this.#undelivered += 1;
  }

  queuedBytes(peer: PeerId): number | null {
    return this.#find(peer)?.link?.queuedBytes ?? null;
  }

  pause(peer: PeerId): void {
    this.#paused.add(keyOf(peer));
    this.#find(peer)?.link?.pause();
  }

  resume(peer: PeerId): void {
    this.#paused.delete(keyOf(peer));
    this.#find(peer)?.link?.resume();
  }

  disconnect(peer: PeerId): void {
    this.#find(peer)?.link?.close('disconnected');
  }

  stats(): TransportStats {
    const lanes = this.#lanes.map((peer, lane) => ({
      ...peer.stats,
      lane,
      connected: peer.link !== null,
      queuedBytes: peer.link?.queuedBytes ?? 0,
    }));
    const observers = { ...this.#observerStats, connected: this.#observers.size };
    return { lanes, observers, undelivered: this.#undelivered };
  }

  readonly #onConnection = ({ detail: connection }: CustomEvent<Connection>): void => {
    // One that broke while it was made is announced as well, and never as closed.
    if (connection.status !== 'open') return;
    const remote = connection.remotePeer.toString();
    const timer = setTimeout(() => {
      if (!this.#carriesLink(connection)) this.#host.abort(connection, 'no block stream');
    }, this.#options.linklessMs ?? NETWORK_LIMITS.linklessMs.value);
    timer.unref();
    connection.addEventListener('close', () => clearTimeout(timer));
    const isMember = this.#host.laneOf(remote) !== undefined;
    if (isMember) void this.#onMember(connection);
  };

  /** Whoever dialled opens the stream, once the other side has not seen this key elsewhere. */
  async #onMember(connection: Connection): Promise<void> {
    const peer = this.#idOf(connection);
    const hasTwin = await this.#guard.hasTwin(connection);
    this.#handlers.onTwin?.(peer, hasTwin);
    if (hasTwin) this.#host.abort(connection, 'another process has this key');
    else if (connection.direction === 'outbound') await this.#openStream(connection);
  }

  #carriesLink(connection: Connection): boolean {
    const peer = this.#find(this.#idOf(connection));
    return peer?.link?.connection === connection;
  }

  async #openStream(connection: Connection): Promise<void> {
    try {
      const signal = AbortSignal.timeout(NETWORK_LIMITS.handshakeMs.value);
      const stream = await connection.newStream(this.#protocol, { signal });
      this.#admit(stream, connection);
    } catch (error) {
      if ((error as Error).name === UNSUPPORTED) await this.#tellForeign(connection);
      this.#host.abort(connection, `no block stream: ${String(error)}`);
    }
  }

  async #tellForeign(connection: Connection): Promise<void> {
    const protocols = await this.#host.protocolsOf(connection);
    this.#handlers.onForeign?.(this.#idOf(connection), protocols);
  }

  #accept(stream: Stream, connection: Connection): void {
    if (connection.direction === 'inbound') {
      this.#admit(stream, connection);
      return;
    }
    const peer = this.#peer(this.#idOf(connection));
    this.#host.abort(connection, 'the side that dialled opens the block stream');
    this.#report(peer, 'unexpected-stream');
  }

  #admit(stream: Stream, connection: Connection): void {
    const peer = this.#peer(this.#idOf(connection));
    const link = new Link(connection, stream, this.#linkOptions(peer), {
      onFrame: (from, bytes) => this.#onFrame(peer, from, bytes),
      onDirty: (dirty) => this.#scheduleFlush(dirty),
      onClosed: (closed, reason) => this.#onClosed(peer, closed, reason),
    });
    if (this.#host.peerId < connection.remotePeer.toString()) {
      link.send(CHOSEN);
      this.#choose(peer, link);
    } else {
      this.#unchosen.set(link, peer);
    }
    link.open();
  }

  #linkOptions(peer: Peer) {
    const delayMs = peer.id.kind === 'lane' ? (this.#options.delayMs?.(peer.id.lane) ?? 0) : 0;
    return {
      frameBytesMax: this.#options.frameBytesMax ?? WIRE_LIMITS.frameBytesMax.value,
      queueBytesMax: this.#options.queueBytesMax ?? NODE_LIMITS.peerQueueBytesMax.value,
      now: () => performance.now(),
      delayMs,
      counters: peer.stats,
    };
  }

  #choose(peer: Peer, link: Link): void {
    this.#find(peer.id)?.link?.close('replaced');
    if (peer.id.kind === 'observer') this.#observers.set(peer.id.id, peer);
    peer.link = link;
    peer.stats.links += 1;
    if (this.#paused.has(keyOf(peer.id))) link.pause();
    this.#handlers.onConnected(peer.id);
  }

  #onFrame(peer: Peer, link: Link, bytes: Uint8Array): void {
    const isChoice = this.#unchosen.delete(link);
    if (bytes.length === 0 && isChoice) {
      this.#choose(peer, link);
    } else if (bytes.length === 0 || isChoice) {
      link.close('disconnected');
      this.#report(peer, 'empty-frame');
    } else if (peer.link === link) {
      this.#handlers.onMessage(peer.id, bytes);
    }
  }

  #onClosed(peer: Peer, link: Link, reason: CloseReason): void {
    this.#unchosen.delete(link);
    this.#dirty.delete(link);
    if (reason === 'overflow') peer.stats.overflows += 1;
    if (peer.link === link) {
      peer.link = null;
      if (peer.id.kind === 'observer') this.#observers.delete(peer.id.id);
      this.#handlers.onDisconnected(peer.id);
    }
    if (reason === 'frame-too-long') this.#report(peer, reason);
  }

  #report(peer: Peer, detail: Misbehaviour): void {
    peer.stats.misbehaviours += 1;
    this.#handlers.onMisbehaviour(peer.id, detail);
  }

  /** Frames queued in one turn of the event loop leave together, after its input has been handled. */
  #scheduleFlush(link: Link): void {
    this.#dirty.add(link);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      const links = [...this.#dirty];
      this.#dirty.clear();
      for (const each of links) each.flush();
    });
  }

  *#peers(): Iterable<Peer> {
    yield* this.#lanes;
    yield* [...this.#observers.values()];
  }

  #idOf(connection: Connection): PeerId {
    const id = connection.remotePeer.toString();
    const lane = this.#host.laneOf(id);
    return lane === undefined ? { kind: 'observer', id } : { kind: 'lane', lane };
  }

  #find(id: PeerId): Peer | undefined {
    return id.kind === 'lane' ? this.#lanes[id.lane] : this.#observers.get(id.id);
  }

  /** An observer is kept only while it has a link. */
  #peer(id: PeerId): Peer {
    return this.#find(id) ?? { id, stats: this.#observerStats, link: null };
  }
}

function keyOf(peer: PeerId): string {
  return peer.kind === 'lane' ? `lane ${peer.lane}` : peer.id;
}

function zeroStats(): PeerStats {
  return {
    framesIn: 0,
    framesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    sends: 0,
    links: 0,
    overflows: 0,
    misbehaviours: 0,
  };
}
