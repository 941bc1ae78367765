import { encodeMessage } from '../../codec/message.ts';
import type { Host } from '../../network/host.ts';
import {
  createTransport,
  type Misbehaviour,
  type Transport,
  type TransportHandlers,
} from '../../network/transport.ts';
import type { Outbound, PeerId } from '../../replica/effects.ts';
import { failpoint } from '../../storage/failpoint.ts';
import { NODE_LIMITS } from '../../types/limits.ts';
import type { Ingress } from './ingress.ts';
import { PeerFlow } from './peer-flow.ts';
import type { Silence } from './silence.ts';
import type { Traffic } from './traffic.ts';

export type PeerLinkParts = {
  readonly host: Host;
  readonly ingress: Ingress;
  readonly traffic: Traffic;
  /** By which messages to each validator are kept back; one number is for all. */
  readonly delaysMs: readonly number[];
  /** What waits for its step of what this peer sent, about in bytes. */
  readonly waiting: (peer: PeerId) => number;
  readonly misbehaved: (peer: PeerId, detail: Misbehaviour) => void;
  /** A peer of another version or ledger, and what it speaks. */
  readonly foreign: (peer: PeerId, protocols: readonly string[]) => void;
  /** Told which validators can be heard. */
  readonly silence: Pick<Silence, 'listen' | 'heard' | 'ignore'>;
  /** The link to a validator is there, or is gone. */
  readonly linked: (peer: PeerId, isUp: boolean) => void;
  /** So many members see another process with our key now. */
  readonly twinSeen: (members: number) => void;
};

/** The transport with the replica's messages on one side and bytes on the other. */
export class PeerLink {
  readonly transport: Transport;
  readonly #parts: PeerLinkParts;
  readonly #flow: PeerFlow;
  readonly #lanes = new Set<number>();
  /** Those who last said that they see another process with our key. */
  readonly #twinSeenBy = new Set<number>();
  #observers = 0;

  constructor(parts: PeerLinkParts) {
    this.#parts = parts;
    const handlers: TransportHandlers = {
      onMessage: (peer, bytes) => void this.#receive(peer, bytes),
      onConnected: (peer) => this.#onConnected(peer),
      onDisconnected: (peer) => this.#onDisconnected(peer),
      onMisbehaviour: parts.misbehaved,
      onForeign: parts.foreign,
      onTwin: (peer, isSeen) => this.#onTwin(peer, isSeen),
    };
    const [delayMs = 0] = parts.delaysMs;
    this.transport = createTransport(parts.host, handlers, {
      delayMs: (lane) => parts.delaysMs[lane] ?? delayMs,
    });
    this.#flow = new PeerFlow({
      pause: (peer) => {
        if (peer.kind === 'lane') parts.silence.ignore(peer.lane);
        this.transport.pause(peer);
      },
      resume: (peer) => {
        if (peer.kind === 'lane' && this.#lanes.has(peer.lane)) parts.silence.listen(peer.lane);
        this.transport.resume(peer);
      },
      waiting: parts.waiting,
    });
  }

  async stop(): Promise<void> {
    await this.transport.stop();
    this.#flow.close();
  }

  /** Lanes of other validators with a link. */
  get connectedLanes(): number {
    return this.#lanes.size;
  }

  get connectedPeers(): number {
    return this.#lanes.size + this.#observers;
  }

  /** Is it here, and has it taken so much of what it was sent that an answer to it does not pile up on others? */
  isTaking(peer: PeerId): boolean {
    const queued = this.transport.queuedBytes(peer);
    return queued !== null && queued < NODE_LIMITS.syncBatchBytesMax.value;
  }

  send({ to, message }: Outbound): void {
    const bytes = encodeMessage(message);
    const copies = to === 'all' ? this.connectedPeers : 1;
    this.#parts.traffic.count('out', message.kind, copies, bytes.length);
    failpoint('before-send');
    this.transport.send(to, bytes);
    failpoint('after-send');
  }

  async #receive(peer: PeerId, bytes: Uint8Array): Promise<void> {
    if (peer.kind === 'lane') this.#parts.silence.heard(peer.lane);
    this.#flow.begin(peer, bytes.length);
    const kind = await this.#parts.ingress.message(peer, bytes);
    this.#parts.traffic.count('in', kind, 1, bytes.length);
    this.#flow.end(peer, bytes.length);
  }

  #onTwin(peer: PeerId, isSeen: boolean): void {
    if (peer.kind !== 'lane') return;
    if (!isSeen) this.#twinSeenBy.delete(peer.lane);
    else this.#parts.twinSeen(this.#twinSeenBy.add(peer.lane).size);
  }

  #onConnected(peer: PeerId): void {
    if (peer.kind === 'lane') {
      this.#lanes.add(peer.lane);
      this.#parts.silence.listen(peer.lane);
      this.#parts.linked(peer, true);
    } else this.#observers += 1;
    void this.#parts.ingress.linked(peer, 'connected');
  }

  #onDisconnected(peer: PeerId): void {
    if (peer.kind === 'lane') {
      this.#lanes.delete(peer.lane);
      this.#parts.silence.ignore(peer.lane);
      this.#parts.linked(peer, false);
    } else this.#observers -= 1;
    void this.#parts.ingress.linked(peer, 'disconnected');
  }
}
