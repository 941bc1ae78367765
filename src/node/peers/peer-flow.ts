import type { PeerId } from '../../replica/effects.ts';
import { peerName } from '../../replica/peers/peer-name.ts';
import { NODE_LIMITS } from '../../types/limits.ts';

const PAUSE_BYTES = NODE_LIMITS.peerBytesMax.value;
const RESUME_BYTES = PAUSE_BYTES / 4;
const LOOK_AGAIN_MS = 10;
/** What a message counts for at least: to read one takes time, whatever it holds. */
const MESSAGE_BYTES_MIN = 1024;
const TURN_BYTES = NODE_LIMITS.peerTurnBytesMax.value;
const STRANGERS = 'strangers';

export type FlowControls = {
  pause(peer: PeerId): void;
  resume(peer: PeerId): void;
  /** What waits for its step of what this peer sent, about in bytes. */
  waiting(peer: PeerId): number;
};

/** `isFull`: too much of it is under way, which lasts until little is left. */
type Flow = { readonly peer: PeerId; bytes: number; isFull: boolean; isPaused: boolean };

/**
 * Stops reading from peers that send faster than this node can take; and until the next turn of the event loop from
 * those that have had theirs: what comes in one piece may be thousands of messages, while others wait.
 */
export class PeerFlow {
  readonly #controls: FlowControls;
  readonly #flows = new Map<string, Flow>();
  /** What each has had in this turn. */
  readonly #turns = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(controls: FlowControls) {
    this.#controls = controls;
  }

  /** A message has come in; call `end` when it is handed on. */
  begin(peer: PeerId, bytes: number): void {
    if (this.#turns.size === 0) setImmediate(() => this.#nextTurn());
    const turn = turnOf(peer);
    this.#turns.set(turn, (this.#turns.get(turn) ?? 0) + Math.max(MESSAGE_BYTES_MIN, bytes));
    const flow = this.#flow(peer);
    flow.bytes += bytes;
    this.#look(flow);
  }

  end(peer: PeerId, bytes: number): void {
    const flow = this.#flow(peer);
    flow.bytes -= bytes;
    this.#look(flow);
  }

  /** Nothing is read any more, and what waits for its step will not have it: nobody looks again. */
  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #flow(peer: PeerId): Flow {
    const name = peerName(peer);
    let flow = this.#flows.get(name);
    if (flow === undefined) {
      flow = { peer, bytes: 0, isFull: false, isPaused: false };
      this.#flows.set(name, flow);
    }
    return flow;
  }

  /** Pauses or resumes it, if that is due. */
  #look(flow: Flow): void {
    const { peer, isPaused } = flow;
    const underWay = flow.bytes + this.#controls.waiting(peer);
    flow.isFull = underWay > (flow.isFull ? RESUME_BYTES : PAUSE_BYTES);
    flow.isPaused = flow.isFull || (this.#turns.get(turnOf(peer)) ?? 0) > TURN_BYTES;
    if (flow.isFull) this.#lookAgain();
    else if (!flow.isPaused && flow.bytes === 0) this.#flows.delete(peerName(peer));
    if (flow.isPaused && !isPaused) this.#controls.pause(peer);
    // What has come meanwhile is read before this returns.
    else if (!flow.isPaused && isPaused) this.#controls.resume(peer);
  }

  #lookAtAll(): void {
    for (const flow of [...this.#flows.values()]) if (flow.isPaused) this.#look(flow);
  }

  #nextTurn(): void {
    this.#turns.clear();
    this.#lookAtAll();
  }

  /** The replica's backlog shrinks without telling. */
  #lookAgain(): void {
    if (this.#timer !== null || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#lookAtAll();
    }, LOOK_AGAIN_MS);
  }
}

function turnOf(peer: PeerId): string {
  return peer.kind === 'lane' ? peerName(peer) : STRANGERS;
}
