import { defined } from '../../std/assert.ts';
import type { Sliced } from '../../std/slices.ts';
import type { BlockHeader } from '../../types/block.ts';
import type { NodeId } from '../../types/dag.ts';
import type { Digest, LaneId, Seq } from '../../types/ids.ts';
import { WIRE_LIMITS } from '../../types/limits.ts';
import type { WaitingRoom, Wanted } from '../blocks/waiting-room.ts';
import { type Core, isOutcast } from '../core.ts';
import type { Outbound, PeerId } from '../effects.ts';
import { Answer, type Branches } from './answer.ts';
import { peerName } from './peer-name.ts';
import { PullTimer } from './pull-timer.ts';

type Place = Pick<BlockHeader, 'lane' | 'seq'>;
type Peer = {
  readonly id: PeerId;
  /** Its frontier as it last told; empty until it has. */
  last: readonly Seq[];
  /** As it told before that: what it had then should have come. */
  before: readonly Seq[];
  readonly branches: Branches;
};

/** Above the frontier of any lane: nothing of that lane is asked for. */
const NOTHING_ABOVE: Seq = 0xffff_ffff;

/**
 * Moves blocks between validators whatever the links lose: frontiers are compared on connect and at a
 * slow beat, missing blocks asked for, old ones served from the journal in the order of admission.
 */
export class Peers {
  readonly #core: Core;
  readonly #room: WaitingRoom;
  readonly #peers = new Map<string, Peer>();
  readonly #timer: PullTimer;
  /** What there was of each lane when somebody was asked last: so far an answer goes. */
  #expected: readonly Seq[] = [];
  #beatMs = 0;
  /** Lanes that have named the blocks that decide the stop cut: each may do so once. */
  readonly #told = new Set<LaneId>();
  /** Our own frontier at the last beat, and at the one before. */
  #atBeat: readonly Seq[] = [];
  #atBeatBefore: readonly Seq[] = [];

  constructor(core: Core, room: WaitingRoom) {
    this.#core = core;
    this.#room = room;
    this.#timer = new PullTimer(core.options.policy.resyncMs, core.graph);
  }

  get pulls(): number {
    return this.#timer.pulls;
  }

  /** When `tick` has something to do. */
  get wakeAtMs(): number {
    return Math.min(this.#beatMs, this.#timer.dueAtMs);
  }

  /** Has everything that `count` validators had on connect, and since then a beat ago, been admitted? */
  isCaughtUpWith(count: number): boolean {
    let peers = 0;
    for (const { id, before } of this.#peers.values()) {
      if (id.kind === 'lane' && before.length > 0 && !this.#isBehind(before)) peers++;
    }
    return peers >= count;
  }

  connected(id: PeerId): Outbound[] {
    this.#peers.set(peerName(id), { id, last: [], before: [], branches: new Map() });
    return [this.#heads(id)];
  }

  disconnected(id: PeerId): void {
    this.#peers.delete(peerName(id));
    this.#timer.gone(id);
  }

  /**
   * The peer told its frontier. Asked at once is one that just connected, and after an answer whoever has more, also
   * who did not give it: one that brings a little of each lane would otherwise be asked for ever. Else peers are asked
   * only for what they had a beat ago of a lane of which nothing has come since: while blocks of a lane come they come
   * in order, however late, and pulling them too makes them come later.
   */
  heads(from: PeerId, frontier: readonly Seq[], nowMs: number): Outbound[] {
    const peer = this.#peers.get(peerName(from));
    if (peer === undefined) return [];
    const goesOn = this.#timer.answered(from, nowMs) === 'everything';
    const isNew = peer.last.length === 0;
    const overdue = this.#isOverdue(peer);
    peer.before = isNew ? frontier : peer.last;
    peer.last = frontier;
    const isBehind = this.#isBehind(frontier);
    if (!goesOn && !(isBehind && (isNew || overdue))) return [];
    if (this.#timer.isTooSoon(nowMs) && !isNew) return [];
    const hasMore = goesOn
      ? (each: Peer) => this.#isBehind(each.before)
      : (each: Peer) => this.#isOverdue(each);
    const able = this.#able().filter((each) => (each === peer ? isBehind : hasMore(each)));
    const asked = this.#timer.next(able.map(({ id }) => id));
    // Above a frontier there may be nothing that can come in without what the waiting blocks name.
    return asked === undefined ? [] : this.#ask(asked, this.#wanted(), true, nowMs);
  }

  /** Would `heads` neither change anything nor ask for anything? Such are all that come while nothing happens. */
  isOldNews(from: PeerId, frontier: readonly Seq[]): boolean {
    const peer = this.#peers.get(peerName(from));
    if (peer === undefined || this.#timer.isAnswering(from)) return false;
    const isTold = (told: readonly Seq[]) =>
      told.length === frontier.length && told.every((seq, lane) => seq === frontier[lane]);
    return isTold(peer.last) && isTold(peer.before) && !this.#isBehind(frontier);
  }

  /**
   * Of a generation that is over: a peer that is still in it tells its frontier, and learns what it lacks. Its
   * frontier does not say whether it has that branch of a forking lane whose COMMIT decides the stop cut: the
   * blocks that do are named.
   */
  late(from: PeerId): Outbound[] {
    const { graph, book, span, start } = this.#core;
    const commits = book.deciding(span.stop, graph.all).map((id) => graph.node(id).digest);
    const { generation } = start;
    return [this.#heads(from), { to: from, message: { kind: 'decided', generation, commits } }];
  }

  /** A peer for which the generation is over names what decides its stop cut (PROTOCOL.md rule 9.6). */
  decided(from: PeerId, commits: readonly Digest[], nowMs: number): void {
    if (from.kind !== 'lane' || this.#told.has(from.lane)) return;
    this.#told.add(from.lane);
    const lacks = commits.filter((digest) => this.#core.graph.find(digest) === 0);
    for (const digest of lacks) this.#room.tell(digest, from);
    if (lacks.length > 0) this.waits(nowMs);
  }

  #wanted(): Wanted[] {
    const wanted: Wanted[] = [];
    for (const each of this.#room.wanted()) {
      if (wanted.push(each) === WIRE_LIMITS.wantDigestsMax.value) break;
    }
    return wanted;
  }

  /**
   * The blocks that the asker lacks, as many as one answer may hold: those that it names and the oldest above its
   * frontier; then our heads. Either may be of no use without the other.
   */
  *serve(
    from: PeerId,
    frontier: readonly Seq[],
    digests: readonly Digest[],
  ): Sliced<readonly Outbound[]> {
    const answer = new Answer(this.#core.graph);
    yield* answer.named(digests, this.#peers.get(peerName(from))?.branches ?? new Map());
    yield* answer.above(frontier);
    const sends: Outbound[] = [];
    for (const bytes of answer.blocks) sends.push({ to: from, message: { kind: 'block', bytes } });
    sends.push(this.#heads(from));
    return sends;
  }

  /**
   * The peer brought a block that was not known. No part of an answer are its own blocks and what was said after it had
   * been asked, which come anyway, and those of a lane that can make up any number of them.
   */
  brought(from: PeerId, { lane, seq }: Place, nowMs: number): void {
    if ((from.kind === 'lane' && from.lane === lane) || isOutcast(this.#core, lane)) return;
    if (seq <= (this.#expected[lane] ?? 0)) this.#timer.brought(from, nowMs);
  }

  /** A block waits for others that it names. */
  waits(nowMs: number): void {
    this.#timer.waits(nowMs);
  }

  /** At the slow beat tells everybody our heads; asks for what has been missing for a while. */
  tick(nowMs: number, spacingMs = 0): Outbound[] {
    const sends: Outbound[] = [];
    this.#timer.paced(spacingMs);
    if (nowMs >= this.#beatMs) {
      this.#beatMs = nowMs + this.#core.options.policy.resyncMs;
      this.#atBeatBefore = this.#atBeat;
      this.#atBeat = this.#frontier();
      for (const peer of this.#peers.values()) sends.push(this.#heads(peer.id));
    }
    if (nowMs >= this.#timer.dueAtMs) sends.push(...this.#askWanted(nowMs));
    return sends;
  }

  #askWanted(nowMs: number): Outbound[] {
    const wanted = this.#wanted();
    const [first] = wanted;
    const able = this.#able();
    const turn = this.#timer.turn(first?.digest ?? null, able.length, nowMs);
    if (first === undefined || turn === 'nobody') return [];
    const ids = able.map(({ id }) => id);
    const isSender = (id: PeerId) =>
      peerName(id) === peerName(first.from) && !this.#timer.isResting(id, ids.length, nowMs);
    const sender = turn === 'sender' ? ids.find(isSender) : undefined;
    const asked = defined(sender ?? this.#timer.next(ids), 'somebody');
    return this.#ask(asked, wanted, this.#timer.isBarren, nowMs);
  }

  /** Who may be asked: validators; strangers only where there are none, or they could keep one waiting for ever. */
  #able(): Peer[] {
    const all = [...this.#peers.values()];
    const lanes = all.filter(({ id }) => id.kind === 'lane');
    return lanes.length > 0 ? lanes : all;
  }

  #ask(to: PeerId, wanted: readonly Wanted[], whole: boolean, nowMs: number): Outbound[] {
    if (this.#timer.isAwaiting(nowMs)) return [];
    this.#timer.asked(to, whole, nowMs);
    this.#expected = this.#vouched();
    const frontier = whole ? this.#frontier() : this.#frontierOf(wanted);
    const digests = wanted.map(({ digest }) => digest);
    this.#room.asked(digests);
    const { generation } = this.#core.start;
    return [{ to, message: { kind: 'want', generation, frontier, digests } }];
  }

  /** Of each lane as much as f + 1 peers tell, one of which is correct; where so many have not told, what one does. */
  #vouched(): Seq[] {
    const { f } = this.#core.options.committee;
    const told = this.#able().flatMap(({ last }) => (last.length === 0 ? [] : [last]));
    return this.#frontier().map((_, lane) => {
      const seqs = told.map((frontier) => frontier[lane] ?? 0).sort((a, b) => b - a);
      return seqs[Math.min(f, seqs.length - 1)] ?? 0;
    });
  }

  /** Asks for what is new of the lanes of these blocks, and of no other. */
  #frontierOf(wanted: readonly Wanted[]): Seq[] {
    const lanes = new Set(wanted.map(({ lane }) => lane));
    return this.#frontier().map((seq, lane) => (lanes.has(lane) ? seq : NOTHING_ABOVE));
  }

  /** Does it have something of a lane of which nothing comes? */
  #isOverdue({ last }: Peer): boolean {
    return this.#isBehind(last, (lane) => this.#isStill(lane));
  }

  /** Have no blocks of the lane come in for a whole beat? */
  #isStill(lane: LaneId): boolean {
    return this.#atBeatBefore[lane] === this.#core.graph.all.frontier[lane];
  }

  #isBehind(frontier: readonly Seq[], counts: (lane: LaneId) => boolean = () => true): boolean {
    const own = this.#core.graph.all.frontier;
    return frontier.some(
      (seq, lane) => seq > (own[lane] ?? 0) && !isOutcast(this.#core, lane) && counts(lane),
    );
  }

  #heads(to: PeerId): Outbound {
    const yours = to.kind === 'lane' ? this.#newestUnknownTo(to, to.lane) : null;
    const { generation } = this.#core.start;
    return { to, message: { kind: 'heads', generation, frontier: this.#frontier(), yours } };
  }

  /**
   * The newest block of the peer's own lane, admitted or still waiting for what it names, until the peer
   * has told that it has it. In every message, not in the first alone: that one may get lost, and the peer
   * takes any for all that is known of its lane.
   */
  #newestUnknownTo(to: PeerId, lane: LaneId): Uint8Array | null {
    const { graph } = this.#core;
    const told = this.#peers.get(peerName(to))?.last[lane] ?? 0;
    const tip = graph.all.tips[lane] as NodeId;
    const admitted = tip === 0 ? 0 : graph.node(tip).seq;
    const waiting = this.#room.newestOf(lane);
    if (waiting !== null && waiting.header.seq > Math.max(admitted, told)) return waiting.bytes;
    return admitted > told ? graph.block(tip).bytes : null;
  }

  #frontier(): Seq[] {
    return Array.from(this.#core.graph.all.frontier);
  }
}
