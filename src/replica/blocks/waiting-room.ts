import type { Block } from '../../types/block.ts';
import type { Digest, LaneId } from '../../types/ids.ts';
import type { PeerId } from '../effects.ts';
import { type Arrival, LaneRoom, type Sponsored, type Waiting } from './lane-room.ts';
import { type Lanes, NOBODY, only } from './lanes.ts';

type LanePeer = Extract<PeerId, { kind: 'lane' }>;
type Told = { readonly from: PeerId; readonly sponsors: Lanes };

/** `lane`: whose it is, null if that is not known. */
export type Wanted = {
  readonly digest: Digest;
  readonly lane: LaneId | null;
  readonly from: PeerId;
};

/**
 * Blocks that wait for blocks which they name. Bounded per lane: a flooding lane evicts only its own
 * (PROTOCOL.md section 2), and of these first what nobody else needs; what is needed and evicted is pulled again.
 */
export class WaitingRoom {
  readonly #waiting = new Map<Digest, Waiting>();
  readonly #waitersFor = new Map<Digest, Set<Digest>>();
  /** Named by peers, the first of them, and all. */
  readonly #told = new Map<Digest, Told>();
  readonly #lanes: readonly LaneRoom[];
  readonly #isOutcast: (lane: LaneId) => boolean;

  /** `isOutcast`: what such a lane names is not needed for that alone. */
  constructor(n: number, isOutcast: (lane: LaneId) => boolean = () => false) {
    this.#lanes = Array.from({ length: n }, () => new LaneRoom());
    this.#isOutcast = isOutcast;
  }

  /** Nobody waits any more. */
  clear(): void {
    for (const held of [this.#waiting, this.#waitersFor, this.#told, ...this.#lanes]) held.clear();
  }

  get size(): number {
    return this.#waiting.size;
  }

  sizeOf(lane: LaneId): number {
    return this.#lanes[lane]?.size ?? 0;
  }

  /** Of this lane's, the one with the highest seq; null: none waits. */
  newestOf(lane: LaneId): Block | null {
    let newest: Block | null = null;
    for (const digest of this.#of(lane).all()) {
      const { block } = this.#waiting.get(digest) as Waiting;
      if (newest === null || block.header.seq > newest.header.seq) newest = block;
    }
    return newest;
  }

  has(digest: Digest): boolean {
    return this.#waiting.has(digest);
  }

  /** By whom is this block of the lane needed: by what waits of other ones, or by whom has named it? */
  sponsorsOf(digest: Digest, lane: LaneId): Lanes {
    const told = this.#told.get(digest)?.sponsors ?? NOBODY;
    let sponsors = told | this.#of(lane).evicted.sponsorsOf(digest);
    for (const waiter of this.#waitersFor.get(digest) ?? []) {
      sponsors |= this.#sponsorsBy(this.#waiting.get(waiter) as Waiting, lane);
    }
    return sponsors;
  }

  /** By whom this one makes those of the lane needed that it names. A lane's own blocks alone do not. */
  #sponsorsBy({ block, sponsors }: Waiting, lane: LaneId): Lanes {
    const by = block.header.lane;
    return by === lane || this.#isOutcast(by) ? sponsors : sponsors | only(by);
  }

  /** A peer names a block that is not admitted here. */
  tell(digest: Digest, from: LanePeer): void {
    const told = this.#told.get(digest);
    const sponsors = only(from.lane) | (told?.sponsors ?? NOBODY);
    this.#told.set(digest, { from: told?.from ?? from, sponsors });
    const waiting = this.#waiting.get(digest);
    if (waiting === undefined) return;
    this.#sponsor(waiting, sponsors);
    this.#spread(waiting);
  }

  /**
   * Named, neither admitted nor waiting themselves; with the peer that named it, or sent a block naming it. In turns by
   * the lane whose blocks wait: one whose blocks name what does not exist keeps nobody else's from being asked for.
   */
  *wanted(): Generator<Wanted> {
    const given = new Set<Digest>();
    let turns = this.#lanes.map((_, lane) => this.#lackedBy(lane, given));
    turns.push(this.#toldOf(given));
    while (turns.length > 0) {
      const left: typeof turns = [];
      for (const turn of turns) {
        const next = turn.next();
        if (next.done === true) continue;
        left.push(turn);
        yield next.value;
      }
      turns = left;
    }
  }

  *#lackedBy(lane: LaneId, given: Set<Digest>): Generator<Wanted> {
    const room = this.#of(lane);
    for (const waiter of room.all()) {
      const { block, from, missing } = this.#waiting.get(waiter) as Waiting;
      for (const digest of missing) {
        const named = laneNamed(block, digest);
        if (this.#lanes[named]?.evicted.has(digest) === true) continue;
        if (this.#isLacked(digest, given)) yield { digest, lane: named, from };
      }
    }
    if (!room.hasRoom) return;
    for (const [digest, from] of room.evicted.next()) {
      if (this.#isLacked(digest, given)) yield { digest, lane, from };
    }
  }

  /** Somebody is asked for these. */
  asked(digests: readonly Digest[]): void {
    const asked = new Set(digests);
    for (const { evicted } of this.#lanes) evicted.asked(asked);
  }

  *#toldOf(given: Set<Digest>): Generator<Wanted> {
    for (const [digest, { from }] of this.#told) {
      if (this.#lanes.some(({ evicted }) => evicted.has(digest))) continue;
      if (this.#isLacked(digest, given)) yield { digest, lane: null, from };
    }
  }

  #isLacked(digest: Digest, given: Set<Digest>): boolean {
    if (given.has(digest) || this.#waiting.has(digest)) return false;
    given.add(digest);
    return true;
  }

  add(arrival: Arrival, missing: readonly Digest[]): void {
    const { block } = arrival;
    const { lane } = block.header;
    const sponsors = this.sponsorsOf(block.digest, lane);
    const waiting = { ...arrival, missing: new Set(missing), sponsors };
    this.#waiting.set(block.digest, waiting);
    const room = this.#of(lane);
    room.evicted.delete(block.digest);
    room.add(waiting);
    for (const digest of missing) {
      const waiters = this.#waitersFor.get(digest);
      if (waiters === undefined) this.#waitersFor.set(digest, new Set([block.digest]));
      else waiters.add(block.digest);
    }
    this.#spread(waiting);
    for (let evicted = room.excess; evicted !== undefined; evicted = room.excess) {
      const gone = this.#waiting.get(evicted) as Waiting;
      this.#remove(gone);
      if (gone.sponsors !== NOBODY) room.evicted.add(evicted, gone);
    }
  }

  /** What it names, and waits here, may be needed from now on, and what that names. */
  #spread(waiting: Waiting): void {
    const open = [waiting];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const digest of next.missing) {
        const named = this.#waiting.get(digest);
        if (named === undefined) continue;
        const sponsors = this.#sponsorsBy(next, named.block.header.lane);
        if (this.#sponsor(named, sponsors)) open.push(named);
      }
    }
  }

  /** Are some of them new to it? */
  #sponsor(waiting: Waiting, sponsors: Lanes): boolean {
    const all = waiting.sponsors | sponsors;
    if (all === waiting.sponsors) return false;
    const room = this.#of(waiting.block.header.lane);
    const wasNeeded = waiting.sponsors !== NOBODY;
    if (!wasNeeded) room.remove(waiting);
    waiting.sponsors = all;
    if (!wasNeeded) room.add(waiting);
    return true;
  }

  /** This block was admitted: those that waited for nothing else leave the room. */
  admitted(digest: Digest): Sponsored[] {
    return this.#release(digest, (waiting) => waiting.missing.size === 0);
  }

  /** This block was refused for ever, and with it whatever names it. */
  refused(digest: Digest): Sponsored[] {
    return this.#release(digest, () => true);
  }

  #release(digest: Digest, leaves: (waiting: Waiting) => boolean): Waiting[] {
    const released: Waiting[] = [];
    this.#told.delete(digest);
    for (const { evicted } of this.#lanes) evicted.delete(digest);
    for (const waiter of this.#waitersFor.get(digest) ?? []) {
      const waiting = this.#waiting.get(waiter);
      if (waiting === undefined) continue;
      waiting.missing.delete(digest);
      if (leaves(waiting)) released.push(waiting);
    }
    this.#waitersFor.delete(digest);
    for (const waiting of released) this.#remove(waiting);
    return released;
  }

  #remove(waiting: Waiting): void {
    const { block, missing } = waiting;
    if (!this.#waiting.delete(block.digest)) return;
    this.#of(block.header.lane).remove(waiting);
    for (const digest of missing) {
      const waiters = this.#waitersFor.get(digest);
      waiters?.delete(block.digest);
      if (waiters?.size === 0) this.#waitersFor.delete(digest);
    }
  }

  #of(lane: LaneId): LaneRoom {
    return this.#lanes[lane] as LaneRoom;
  }
}

/** The lane of the block that `header` names by this digest. */
function laneNamed({ header }: Block, digest: Digest): LaneId {
  return header.refs.find((ref) => ref.digest === digest)?.lane ?? header.lane;
}
