import type { PeerId } from '../replica/effects.ts';
import { peerName } from '../replica/peer-name.ts';
import { NODE_LIMITS } from '../types/limits.ts';

const PAUSE_BYTES = NODE_LIMITS.peerBytesMax.value;
const RESUME_BYTES = PAUSE_BYTES / 4;
const LOOK_AGAIN_MS = 10;

export type FlowControls = {
  pause(peer: PeerId): void;
  resume(peer: PeerId): void;
  /** What waits for its step of what this peer sent, about in bytes. */
  waiting(peer: PeerId): number;
};

type Flow = { readonly peer: PeerId; bytes: number; isPaused: boolean };

/** Stops reading from peers that send faster than this node can take. */
export class PeerFlow {
  readonly #controls: FlowControls;
  readonly #flows = new Map<string, Flow>();
  #timer: NodeJS.Timeout | null = null;

  constructor(controls: FlowControls) {
    this.#controls = controls;
  }

  /** A message has come in; call `end` when it is handed on. */
  begin(peer: PeerId, bytes: number): void {
    const flow = this.#flow(peer);
    flow.bytes += bytes;
    if (flow.isPaused || !this.#isTooMuch(flow, PAUSE_BYTES)) return;
    flow.isPaused = true;
    this.#controls.pause(peer);
  }

  end(peer: PeerId, bytes: number): void {
    const flow = this.#flow(peer);
    flow.bytes -= bytes;
    if (flow.isPaused) this.#tryResume(flow);
    else if (flow.bytes === 0) this.#flows.delete(peerName(peer));
  }

  #flow(peer: PeerId): Flow {
    const name = peerName(peer);
    let flow = this.#flows.get(name);
    if (flow === undefined) {
      flow = { peer, bytes: 0, isPaused: false };
      this.#flows.set(name, flow);
    }
    return flow;
  }

  #isTooMuch(flow: Flow, bytes: number): boolean {
    return flow.bytes + this.#controls.waiting(flow.peer) > bytes;
  }

  #tryResume(flow: Flow): void {
    if (this.#isTooMuch(flow, RESUME_BYTES)) {
      this.#lookAgain();
      return;
    }
    flow.isPaused = false;
    this.#controls.resume(flow.peer);
    if (flow.bytes === 0) this.#flows.delete(peerName(flow.peer));
  }

  /** The replica's backlog shrinks without telling. */
  #lookAgain(): void {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      for (const flow of [...this.#flows.values()]) if (flow.isPaused) this.#tryResume(flow);
    }, LOOK_AGAIN_MS);
  }
}
