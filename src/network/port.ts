import type { PeerId } from '../replica/effects.ts';
import type { LinkCounters } from './link.ts';

export type TransportHandlers = {
  /** One message, in the order in which the peer sent it. The bytes are the receiver's own. */
  onMessage(peer: PeerId, bytes: Uint8Array): void;
  /** A new link: nothing sent before arrives on it. After a change of links onDisconnected comes first. */
  onConnected(peer: PeerId): void;
  onDisconnected(peer: PeerId): void;
  /** The peer broke the rules of the stream, and its connection has been closed. */
  onMisbehaviour(peer: PeerId, detail: Misbehaviour): void;
  /** A peer has no block stream for us: of another version, or of another ledger. What it has instead. */
  onForeign?(peer: PeerId, protocols: readonly string[]): void;
  /** A member said, before it was linked, whether another process with our key is connected to it. */
  onTwin?(peer: PeerId, isSeen: boolean): void;
};

export type Misbehaviour = 'frame-too-long' | 'empty-frame' | 'unexpected-stream';

export type TransportOptions = {
  readonly frameBytesMax?: number;
  readonly queueBytesMax?: number;
  readonly linklessMs?: number;
  /** Holds messages to this lane back, to emulate a wide area. Asked once per link. */
  readonly delayMs?: (lane: number) => number;
};

export type PeerStats = LinkCounters & {
  /** How many links there have been. */
  links: number;
  overflows: number;
  misbehaviours: number;
};

export type TransportStats = {
  readonly lanes: readonly (PeerStats & {
    readonly lane: number;
    readonly connected: boolean;
    readonly queuedBytes: number;
  })[];
  /** All observers together, those gone included. */
  readonly observers: PeerStats & { readonly connected: number };
  /** Messages to a peer without a link. */
  readonly undelivered: number;
};

export type Transport = {
  /** Before `host.start()`, so that no early peer finds the protocol missing. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Queues a message (at least one byte). Without a link it is dropped: the peers compare heads when one comes. */
  send(to: PeerId | 'all', bytes: Uint8Array): void;
  /** Of what was sent to the peer, what it has not taken yet; null: it is not here. */
  queuedBytes(peer: PeerId): number | null;
  /** Stops reading from the peer until `resume`, on a later link as well. Idempotent; each needs its `resume`. */
  pause(peer: PeerId): void;
  resume(peer: PeerId): void;
  /** Closes the connection; the peer may come back. */
  disconnect(peer: PeerId): void;
  stats(): TransportStats;
};
