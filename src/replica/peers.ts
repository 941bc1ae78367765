import type { NodeId } from '../types/dag.ts';
import type { Digest, LaneId, Seq } from '../types/ids.ts';
import { NODE_LIMITS, WIRE_LIMITS } from '../types/limits.ts';
import type { Core } from './core.ts';
import type { Outbound, PeerId } from './effects.ts';
import type { WaitingRoom } from './waiting-room.ts';

type Peer = {
  readonly id: PeerId;
  /** Its frontier as it last told. */
  frontier: readonly Seq[];
  /** Until when an asked peer is left in peace; its heads end the wait earlier. */
  askedUntilMs: number;
};

/** An answer is expected within so many resync beats; then another peer is asked too. */
const PATIENCE_BEATS = 4;

/**
 * Moves blocks between validators whatever the links lose: frontiers are compared on connect and at a
 * slow beat, missing blocks asked for, old ones served from the journal in the order of admission.
 */
export class Peers {
  readonly #core: Core;
  readonly #room: WaitingRoom;
  readonly #peers = new Map<string, Peer>();
  #beatMs = 0;
  #pulls = 0;
  #turn = 0;

  constructor(core: Core, room: WaitingRoom) {
    this.#core = core;
    this.#room = room;
  }

  get pulls(): number {
    return this.#pulls;
  }

  /** Frontiers are compared again at this time. */
  get wakeAtMs(): number {
    return this.#beatMs;
  }

  connected(id: PeerId): Outbound[] {
    this.#peers.set(keyOf(id), { id, frontier: [], askedUntilMs: 0 });
    return [this.#heads(id, true)];
  }

  disconnected(id: PeerId): void {
    this.#peers.delete(keyOf(id));
  }

  /** The peer told its frontier: ask for what it has more. */
  heads(from: PeerId, frontier: readonly Seq[], nowMs: number): Outbound[] {
    const peer = this.#peers.get(keyOf(from));
    if (peer === undefined) return [];
    peer.frontier = frontier;
    peer.askedUntilMs = 0;
    return this.#ask(peer, [], nowMs);
  }

  /** The blocks that the asker lacks, oldest first, as many as one answer may hold; then our heads. */
  serve(from: PeerId, frontier: readonly Seq[], digests: readonly Digest[]): Outbound[] {
    const { graph } = this.#core;
    const named = digests.map((digest) => graph.find(digest)).filter((id) => id !== 0);
    const answer: Outbound[] = [];
    const sent = new Set<NodeId>();
    let bytes = 0;
    const send = (id: NodeId): boolean => {
      if (sent.has(id)) return true;
      const block = graph.block(id).bytes;
      bytes += block.length;
      if (answer.length > 0 && bytes > NODE_LIMITS.syncBatchBytesMax.value) return false;
      sent.add(id);
      answer.push({ to: from, message: { kind: 'block', bytes: block } });
      return true;
    };
    if (named.every(send)) {
      for (let id = this.#oldestAbove(frontier); id <= graph.size; id++) {
        const { lane, seq } = graph.node(id);
        if (seq > (frontier[lane] ?? 0) && !send(id)) break;
      }
    }
    return [...answer, this.#heads(from)];
  }

  /** A block that waits was sent by this peer: it has what the block names. */
  missing(from: PeerId, digests: readonly Digest[], nowMs: number): Outbound[] {
    const peer = this.#peers.get(keyOf(from));
    return peer === undefined ? [] : this.#ask(peer, digests, nowMs);
  }

  /** The slow beat: tell everybody our heads, ask somebody for what is still missing. */
  tick(nowMs: number): Outbound[] {
    if (nowMs < this.#beatMs) return [];
    this.#beatMs = nowMs + this.#core.options.policy.resyncMs;
    const sends: Outbound[] = [];
    for (const peer of this.#peers.values()) sends.push(this.#heads(peer.id));
    const wanted = [...this.#room.wanted()].slice(0, WIRE_LIMITS.wantDigestsMax.value);
    if (wanted.length === 0 || this.#peers.size === 0) return sends;
    const all = [...this.#peers.values()];
    const peer = all[this.#turn++ % all.length] as Peer;
    return [
      ...sends,
      ...this.#ask(
        peer,
        wanted.map(({ digest }) => digest),
        nowMs,
      ),
    ];
  }

  #ask(peer: Peer, digests: readonly Digest[], nowMs: number): Outbound[] {
    if (nowMs < peer.askedUntilMs) return [];
    const mine = this.#frontier();
    const behind = peer.frontier.some((seq, lane) => seq > (mine[lane] ?? 0));
    if (!behind && digests.length === 0) return [];
    this.#pulls++;
    peer.askedUntilMs = nowMs + PATIENCE_BEATS * this.#core.options.policy.resyncMs;
    const asked = digests.slice(0, WIRE_LIMITS.wantDigestsMax.value);
    return [{ to: peer.id, message: { kind: 'want', frontier: mine, digests: asked } }];
  }

  /** `withYours`: on connect, with the newest block of the peer's own lane. */
  #heads(to: PeerId, withYours = false): Outbound {
    const yours = withYours && to.kind === 'lane' ? this.#newest(to.lane) : null;
    return { to, message: { kind: 'heads', frontier: this.#frontier(), yours } };
  }

  #newest(lane: LaneId): Uint8Array | null {
    const { graph } = this.#core;
    const id = graph.all.tips[lane] as NodeId;
    return id === 0 ? null : graph.block(id).bytes;
  }

  #frontier(): Seq[] {
    return Array.from(this.#core.graph.all.frontier);
  }

  #oldestAbove(frontier: readonly Seq[]): NodeId {
    const { graph } = this.#core;
    let oldest = graph.size + 1;
    for (let lane = 0; lane < graph.n; lane++) {
      const first = graph.at(lane, (frontier[lane] ?? 0) + 1)[0];
      if (first !== undefined) oldest = Math.min(oldest, first);
    }
    return oldest;
  }
}

function keyOf(id: PeerId): string {
  return id.kind === 'lane' ? `lane ${id.lane}` : `observer ${id.id}`;
}
