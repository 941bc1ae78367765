import type { Block, Witnesses } from '../types/block.ts';
import type { Digest, LaneId } from '../types/ids.ts';
import { NODE_LIMITS } from '../types/limits.ts';
import type { Verified } from '../types/transaction.ts';
import type { PeerId } from './effects.ts';

/** A block that a peer sent, and what was found out about its witnesses. */
export type Arrival = {
  readonly block: Verified<Block>;
  readonly from: PeerId;
  readonly witnesses: Witnesses;
};

type Waiting = Arrival & { readonly missing: Set<Digest> };
/** `lane`: whose it is, null if that is not known. */
export type Wanted = {
  readonly digest: Digest;
  readonly lane: LaneId | null;
  readonly from: PeerId;
};

/**
 * Blocks that wait for blocks which they name. Bounded per lane: a flooding lane evicts only its own
 * (PROTOCOL.md section 2); what is evicted is pulled again when somebody names it.
 */
export class WaitingRoom {
  readonly #waiting = new Map<Digest, Waiting>();
  readonly #waitersFor = new Map<Digest, Set<Digest>>();
  /** Named by a peer, and by whom. */
  readonly #told = new Map<Digest, PeerId>();
  /** Per lane, oldest first. */
  readonly #lanes: readonly Set<Digest>[];
  readonly #bytes: number[];

  constructor(n: number) {
    this.#lanes = Array.from({ length: n }, () => new Set<Digest>());
    this.#bytes = new Array<number>(n).fill(0);
  }

  /** Nobody waits any more. */
  clear(): void {
    for (const held of [this.#waiting, this.#waitersFor, this.#told, ...this.#lanes]) held.clear();
    this.#bytes.fill(0);
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
    for (const digest of this.#lanes[lane] as Set<Digest>) {
      const { block } = this.#waiting.get(digest) as Waiting;
      if (newest === null || block.header.seq > newest.header.seq) newest = block;
    }
    return newest;
  }

  has(digest: Digest): boolean {
    return this.#waiting.has(digest);
  }

  /** Does some waiting block name it, or did a peer? */
  isWanted(digest: Digest): boolean {
    return this.#waitersFor.has(digest) || this.#told.has(digest);
  }

  /** A peer names a block that is not known here. */
  tell(digest: Digest, from: PeerId): void {
    if (!this.#told.has(digest)) this.#told.set(digest, from);
  }

  /**
   * Named, neither admitted nor waiting themselves; with the peer that named it, or sent a block naming it. In turns by
   * the lane whose blocks wait: one whose blocks name what does not exist keeps nobody else's from being asked for.
   */
  *wanted(): Generator<Wanted> {
    const given = new Set<Digest>();
    let turns = this.#lanes.map((waiters) => this.#lackedBy(waiters, given));
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

  *#lackedBy(waiters: Iterable<Digest>, given: Set<Digest>): Generator<Wanted> {
    for (const waiter of waiters) {
      const { block, from, missing } = this.#waiting.get(waiter) as Waiting;
      for (const digest of missing) {
        if (this.#isLacked(digest, given)) yield { digest, lane: laneNamed(block, digest), from };
      }
    }
  }

  *#toldOf(given: Set<Digest>): Generator<Wanted> {
    for (const [digest, from] of this.#told) {
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
    this.#waiting.set(block.digest, { ...arrival, missing: new Set(missing) });
    (this.#lanes[lane] as Set<Digest>).add(block.digest);
    this.#bytes[lane] = (this.#bytes[lane] as number) + block.bytes.length;
    for (const digest of missing) {
      const waiters = this.#waitersFor.get(digest);
      if (waiters === undefined) this.#waitersFor.set(digest, new Set([block.digest]));
      else waiters.add(block.digest);
    }
    this.#evict(lane);
  }

  /** This block was admitted: those that waited for nothing else leave the room. */
  admitted(digest: Digest): Arrival[] {
    return this.#release(digest, (waiting) => waiting.missing.size === 0);
  }

  /** This block was refused for ever, and with it whatever names it. */
  refused(digest: Digest): Arrival[] {
    return this.#release(digest, () => true);
  }

  #release(digest: Digest, leaves: (waiting: Waiting) => boolean): Waiting[] {
    const released: Waiting[] = [];
    this.#told.delete(digest);
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

  #remove({ block, missing }: Waiting): void {
    const { lane } = block.header;
    if (!this.#waiting.delete(block.digest)) return;
    this.#lanes[lane]?.delete(block.digest);
    this.#bytes[lane] = (this.#bytes[lane] as number) - block.bytes.length;
    for (const digest of missing) {
      const waiters = this.#waitersFor.get(digest);
      waiters?.delete(block.digest);
      if (waiters?.size === 0) this.#waitersFor.delete(digest);
    }
  }

  #evict(lane: LaneId): void {
    const digests = this.#lanes[lane] as Set<Digest>;
    for (const digest of digests) {
      const full =
        digests.size > NODE_LIMITS.waitingBlocksPerLaneMax.value ||
        (this.#bytes[lane] as number) > NODE_LIMITS.waitingBytesPerLaneMax.value;
      if (!full) return;
      const waiting = this.#waiting.get(digest);
      if (waiting !== undefined) this.#remove(waiting);
    }
  }
}

/** The lane of the block that `header` names by this digest. */
function laneNamed({ header }: Block, digest: Digest): LaneId {
  return header.refs.find((ref) => ref.digest === digest)?.lane ?? header.lane;
}
