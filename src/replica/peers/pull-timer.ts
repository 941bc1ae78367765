import type { Digest } from '../../types/ids.ts';
import type { PeerId } from '../effects.ts';
import { peerName } from './peer-name.ts';

/** Somebody is asked, or was. `whole`: for everything that he has, else only for what waiting blocks name. */
type Turn = {
  readonly peer: string;
  readonly number: number;
  readonly atMs: number;
  readonly whole: boolean;
  /** How many blocks were admitted here then. */
  readonly admitted: number;
  /** When the answer ended; before that when it is given up. */
  untilMs: number;
};

/** An answer, or more of it, is expected within so many resync beats and a grace; then another peer is asked. */
const PATIENCE_BEATS = 2;
/** The whole of it within so many. */
const ANSWER_BEATS = 20;
/** Blocks mostly arrive a little after those that name them: so long nobody is asked for them. */
const GRACE_MS = 50;
/**
 * A busy machine waits so many of its own blocks' spacings longer: what it lacks then mostly stands in its
 * own queues, and asking for it would make it busier still.
 */
const GRACE_SPACINGS = 12;
/**
 * So often everybody is asked for what nobody may have, first for lanes and then for everything; from then on
 * once a beat, until something comes in or something else is missing.
 */
const VAIN_ROUNDS = 2;

/**
 * When peers are asked for blocks. One pull is under way at a time: several would bring the same blocks. What
 * waiting blocks name is asked for after a grace, and ever more rarely while nothing comes in. Peers are asked in
 * turns, and who took long rests for as long as the others together might: whoever trickles has no more of the time
 * than anybody else (docs/adr/0028).
 */
export class PullTimer {
  readonly #resyncMs: number;
  /** The blocks admitted here: a pull that adds none was in vain. */
  readonly #graph: { readonly size: number };
  #pulls = 0;
  /** The one whose answer is awaited. */
  #pull: Turn | null = null;
  #last: Turn | null = null;
  /** The last one of each peer. */
  readonly #turns = new Map<string, Turn>();
  /** When somebody is asked for what the waiting blocks name; null: none waits. */
  #dueAtMs: number | null = null;
  #graceMs = GRACE_MS;
  /** What was wanted first when somebody was asked last for what waiting blocks name. */
  #wanted: Digest | null = null;
  /** Questions for it since anything came in. */
  #inVain = 0;
  #isBarren = false;

  constructor(resyncMs: number, graph: { readonly size: number }) {
    this.#resyncMs = resyncMs;
    this.#graph = graph;
  }

  /** So many were sent. */
  get pulls(): number {
    return this.#pulls;
  }

  /**
   * The last answer let nothing in. Who is far behind gets the parents of blocks that he cannot take in
   * either: what has to come first is above his frontier.
   */
  get isBarren(): boolean {
    return this.#isBarren;
  }

  /** When somebody is to be asked for what waiting blocks name; Infinity: none waits. */
  get dueAtMs(): number {
    if (this.#dueAtMs === null) return Number.POSITIVE_INFINITY;
    return Math.max(this.#dueAtMs, this.#pull?.untilMs ?? 0);
  }

  /** Nobody is asked while an answer is awaited. */
  isAwaiting(nowMs: number): boolean {
    return this.#pull !== null && nowMs < this.#pull.untilMs;
  }

  /** `spacingMs`: of the own blocks, if longer than the policy's. */
  paced(spacingMs: number): void {
    this.#graceMs = GRACE_MS + GRACE_SPACINGS * spacingMs;
  }

  /** A block waits for others that it names. */
  waits(nowMs: number): void {
    this.#dueAtMs = Math.min(this.#dueAtMs ?? Number.POSITIVE_INFINITY, nowMs + this.#graceMs);
  }

  /**
   * Once it is due: who of so many peers is asked for what waiting blocks name, `wanted` first? Who sent such a
   * block comes first, then the others in turn: who names a block and withholds it may answer all the same.
   */
  turn(wanted: Digest | null, peers: number, nowMs: number): 'sender' | 'next' | 'nobody' {
    const isAgain = wanted === this.#wanted && this.#isVain;
    this.#inVain = isAgain ? this.#inVain + 1 : 0;
    const waitMs = this.#inVain < VAIN_ROUNDS * peers ? this.#graceMs : this.#resyncMs;
    this.#dueAtMs = wanted === null ? null : nowMs + waitMs;
    if (wanted === null || peers === 0) return 'nobody';
    const isNew = this.#pull === null && wanted !== this.#wanted;
    this.#wanted = wanted;
    return isNew ? 'sender' : 'next';
  }

  /**
   * What was asked for brought nothing: asking again at once would go round for ever. A beat passes, in which all
   * tell what they have.
   */
  isTooSoon(nowMs: number): boolean {
    return this.#last !== null && this.#isVain && nowMs < this.#last.atMs + this.#resyncMs;
  }

  /**
   * Of these, whose rest ended longest ago, that is who was asked longest ago, unless somebody took long: who claims
   * much and gives nothing would otherwise be asked for ever, by speaking first. Who was of use does not come before
   * others: what comes in meanwhile need not be by him.
   */
  next(peers: readonly PeerId[]): PeerId | undefined {
    let best: PeerId | undefined;
    for (const peer of peers) {
      if (best === undefined || this.#precedes(peer, best, peers.length)) best = peer;
    }
    return best;
  }

  /** Of so many peers others should be asked before him: he took long when he was asked last. */
  isResting(peer: PeerId, peers: number, nowMs: number): boolean {
    return nowMs < this.#restsUntilMs(this.#turnOf(peer), peers);
  }

  asked(peer: PeerId, whole: boolean, nowMs: number): void {
    this.#pulls++;
    const turn = {
      peer: peerName(peer),
      number: this.#pulls,
      atMs: nowMs,
      whole,
      admitted: this.#graph.size,
      untilMs: nowMs + this.#patienceMs,
    };
    this.#turns.set(turn.peer, turn);
    this.#last = turn;
    this.#pull = turn;
  }

  /**
   * The peer brought what it was asked for: as long as it goes on, nobody else is asked for the same.
   */
  brought(peer: PeerId, nowMs: number): void {
    const pull = this.#pull;
    if (pull === null || pull.peer !== peerName(peer)) return;
    const lastMs = pull.atMs + ANSWER_BEATS * this.#resyncMs;
    const untilMs = Math.min(nowMs + this.#patienceMs, lastMs);
    pull.untilMs = Math.max(pull.untilMs, untilMs);
  }

  /** The peer's heads end its answer, if it was asked; says what was asked for. */
  answered(peer: PeerId, nowMs: number): 'everything' | 'named' | 'nothing' {
    const pull = this.#pull;
    if (pull === null || pull.peer !== peerName(peer)) return 'nothing';
    this.#isBarren = this.#isVain;
    this.#pull = null;
    pull.untilMs = Math.min(pull.untilMs, nowMs);
    return pull.whole ? 'everything' : 'named';
  }

  /** Is an answer of this peer under way, which its heads would end? */
  isAnswering(peer: PeerId): boolean {
    return this.#pull?.peer === peerName(peer);
  }

  /** From a peer that is gone no answer is awaited. A validator that comes again is the one that it was. */
  gone(peer: PeerId): void {
    if (this.isAnswering(peer)) this.#pull = null;
    if (peer.kind === 'observer') this.#turns.delete(peerName(peer));
  }

  get #patienceMs(): number {
    return PATIENCE_BEATS * this.#resyncMs + this.#graceMs;
  }

  #turnOf(peer: PeerId): Turn | undefined {
    return this.#turns.get(peerName(peer));
  }

  #precedes(a: PeerId, b: PeerId, peers: number): boolean {
    const [x, y] = [this.#turnOf(a), this.#turnOf(b)];
    const [xMs, yMs] = [this.#restsUntilMs(x, peers), this.#restsUntilMs(y, peers)];
    return xMs === yMs ? (x?.number ?? 0) < (y?.number ?? 0) : xMs < yMs;
  }

  /** Who takes a beat does not rest: so long nobody is asked after a pull in vain, either. */
  #restsUntilMs(turn: Turn | undefined, peers: number): number {
    if (turn === undefined) return Number.NEGATIVE_INFINITY;
    const longMs = Math.max(0, turn.untilMs - turn.atMs - this.#resyncMs);
    return turn.untilMs + (peers - 1) * longMs;
  }

  /** Nothing has come in since somebody was asked. */
  get #isVain(): boolean {
    return this.#last?.admitted === this.#graph.size;
  }
}
