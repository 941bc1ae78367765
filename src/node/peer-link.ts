import { encodeMessage } from '../codec/message.ts';
import type { Host } from '../network/host.ts';
import { createTransport, type Misbehaviour, type Transport } from '../network/transport.ts';
import type { Input, Outbound, PeerId } from '../replica/effects.ts';
import { failpoint } from '../storage/failpoint.ts';
import type { Intake } from './intake.ts';
import { PeerFlow } from './peer-flow.ts';
import type { Traffic } from './traffic.ts';

export type PeerLinkParts = {
  readonly host: Host;
  readonly intake: Intake;
  readonly traffic: Traffic;
  readonly input: (input: Input) => void;
  /** Inputs that wait for their step. */
  readonly depth: () => number;
  readonly misbehaved: (peer: PeerId, detail: Misbehaviour) => void;
};

/** The transport with the replica's messages on one side and bytes on the other. */
export class PeerLink {
  readonly transport: Transport;
  readonly #parts: PeerLinkParts;
  readonly #flow: PeerFlow;
  readonly #lanes = new Set<number>();
  #observers = 0;

  constructor(parts: PeerLinkParts) {
    this.#parts = parts;
    this.transport = createTransport(parts.host, {
      onMessage: (peer, bytes) => void this.#receive(peer, bytes),
      onConnected: (peer) => this.#onConnected(peer),
      onDisconnected: (peer) => this.#onDisconnected(peer),
      onMisbehaviour: parts.misbehaved,
    });
    this.#flow = new PeerFlow({
      pause: (peer) => this.transport.pause(peer),
      resume: (peer) => this.transport.resume(peer),
      depth: parts.depth,
    });
  }

  /** Lanes of other validators with a link. */
  get connectedLanes(): number {
    return this.#lanes.size;
  }

  get connectedPeers(): number {
    return this.#lanes.size + this.#observers;
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
    this.#flow.begin(peer, bytes.length);
    const kind = await this.#parts.intake.message(peer, bytes);
    this.#parts.traffic.count('in', kind, 1, bytes.length);
    this.#flow.end(peer, bytes.length);
  }

  #onConnected(peer: PeerId): void {
    if (peer.kind === 'lane') this.#lanes.add(peer.lane);
    else this.#observers += 1;
    this.#parts.input({ kind: 'connected', peer });
  }

  #onDisconnected(peer: PeerId): void {
    if (peer.kind === 'lane') this.#lanes.delete(peer.lane);
    else this.#observers -= 1;
    this.#parts.input({ kind: 'disconnected', peer });
  }
}
