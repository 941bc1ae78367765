import type { Block, Witnesses } from '../../types/block.ts';
import type { Digest } from '../../types/ids.ts';
import { NODE_LIMITS } from '../../types/limits.ts';
import type { Verified } from '../../types/transaction.ts';
import type { PeerId } from '../effects.ts';
import { Evicted } from './evicted.ts';
import { type Lanes, NOBODY } from './lanes.ts';

/** A block that a peer sent, and what was found out about its witnesses. */
export type Arrival = {
  readonly block: Verified<Block>;
  readonly from: PeerId;
  readonly witnesses: Witnesses;
};

/** `sponsors`: of whom something waits for it, be it for a later one of its own lane, and who named it. */
export type Sponsored = Arrival & { readonly sponsors: Lanes };
export type Waiting = Arrival & { readonly missing: Set<Digest>; sponsors: Lanes };

const BLOCKS_MAX = NODE_LIMITS.waitingBlocksPerLaneMax.value;
const BYTES_MAX = NODE_LIMITS.waitingBytesPerLaneMax.value;

/** The blocks of one lane that wait, by whether others need them, oldest first. */
export class LaneRoom {
  readonly evicted = new Evicted();
  readonly #needed = new Set<Digest>();
  readonly #others = new Set<Digest>();
  #bytes = 0;
  #neededBytes = 0;

  get size(): number {
    return this.#needed.size + this.#others.size;
  }

  /** Is half of it free for what is needed? */
  get hasRoom(): boolean {
    return 2 * this.#needed.size <= BLOCKS_MAX && 2 * this.#neededBytes <= BYTES_MAX;
  }

  /** What has to leave next; undefined: nothing. */
  get excess(): Digest | undefined {
    if (this.size <= BLOCKS_MAX && this.#bytes <= BYTES_MAX) return undefined;
    for (const digest of this.all(this.#others, this.#needed)) return digest;
    return undefined;
  }

  *all(first = this.#needed, then = this.#others): Generator<Digest> {
    yield* first;
    yield* then;
  }

  add({ block, sponsors }: Waiting): void {
    const isNeeded = sponsors !== NOBODY;
    (isNeeded ? this.#needed : this.#others).add(block.digest);
    this.#count(block.bytes.length, isNeeded);
  }

  remove({ block, sponsors }: Waiting): void {
    const isNeeded = sponsors !== NOBODY;
    (isNeeded ? this.#needed : this.#others).delete(block.digest);
    this.#count(-block.bytes.length, isNeeded);
  }

  clear(): void {
    for (const held of [this.evicted, this.#needed, this.#others]) held.clear();
    this.#bytes = 0;
    this.#neededBytes = 0;
  }

  #count(bytes: number, isNeeded: boolean): void {
    this.#bytes += bytes;
    if (isNeeded) this.#neededBytes += bytes;
  }
}
