import type {
  ConnectionGater,
  Libp2p,
  PeerId as Libp2pPeerId,
  MultiaddrConnection,
} from '@libp2p/interface';
import type { LaneId } from '../types/ids.ts';
import { NETWORK_LIMITS } from '../types/limits.ts';

/** Who may connect: members always, observers up to their bound, nobody with ever more connections. */
export class Gate {
  readonly #laneOf: (peerId: string) => LaneId | undefined;
  readonly #reachable: (peerId: string) => boolean;
  readonly #observersMax: number;
  #node: Libp2p | null = null;

  constructor(
    laneOf: (peerId: string) => LaneId | undefined,
    reachable: (peerId: string) => boolean,
    observersMax: number,
  ) {
    this.#laneOf = laneOf;
    this.#reachable = reachable;
    this.#observersMax = observersMax;
  }

  bind(node: Libp2p): void {
    this.#node = node;
    // What libp2p noted about a passer-by goes with it: anybody can make up peer ids without end.
    node.addEventListener('peer:disconnect', ({ detail }) => {
      if (this.#laneOf(detail.toString()) !== undefined) return;
      node.peerStore.delete(detail).catch(() => undefined);
    });
  }

  gater(): ConnectionGater {
    const admit = (peer: Libp2pPeerId, connection: MultiaddrConnection): boolean => {
      connection.maxWriteBufferLength = NETWORK_LIMITS.connectionWriteBytesMax.value;
      return !this.#reachable(peer.toString()) || this.#isFull(peer);
    };
    return {
      denyDialPeer: (peer) => !this.#reachable(peer.toString()),
      denyInboundEncryptedConnection: admit,
      denyOutboundEncryptedConnection: admit,
      denyInboundUpgradedConnection: (peer) => this.#isFull(peer),
    };
  }

  #isFull(peer: Libp2pPeerId): boolean {
    const all = this.#node?.getConnections() ?? [];
    const connections = all.filter((each) => each.status === 'open');
    const own = connections.filter((each) => each.remotePeer.equals(peer)).length;
    if (own >= NETWORK_LIMITS.connectionsPerPeerMax.value) return true;
    if (this.#laneOf(peer.toString()) !== undefined) return false;
    const isObserver = (id: string) => this.#laneOf(id) === undefined;
    const observers = connections.filter((each) => isObserver(each.remotePeer.toString()));
    return observers.length >= this.#observersMax;
  }
}
