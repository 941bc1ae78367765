import type { Digest } from '../../types/ids.ts';
import { NODE_LIMITS } from '../../types/limits.ts';
import type { PeerId } from '../effects.ts';
import { type Lanes, NOBODY } from './lanes.ts';

/** An evicted block, and who sent it. */
type Gone = readonly [digest: Digest, from: PeerId];
type Name = { readonly from: PeerId; readonly sponsors: Lanes };

/**
 * The names of a lane's blocks that are needed and found no room. Whoever lacks a branch gets it from its end
 * downwards; where it is longer than the room, its upper part has gone when the lower one can come in. It is asked for
 * from below then, and not from the end once more.
 */
export class Evicted {
  /** Those at the end went last. */
  #order: Digest[] = [];
  readonly #names = new Map<Digest, Name>();

  has(digest: Digest): boolean {
    return this.#names.has(digest);
  }

  /** Who needed it. */
  sponsorsOf(digest: Digest): Lanes {
    return this.#names.get(digest)?.sponsors ?? NOBODY;
  }

  /** In the order in which they are to be asked for. */
  *next(): Generator<Gone> {
    for (const digest of this.#order.toReversed()) {
      const name = this.#names.get(digest);
      if (name !== undefined) yield [digest, name.from];
    }
  }

  add(digest: Digest, { from, sponsors }: Name): void {
    this.#order.push(digest);
    this.#names.set(digest, { from, sponsors });
    const { value: most } = NODE_LIMITS.evictedPerLaneMax;
    if (this.#order.length <= 2 * most) return;
    this.#order = this.#order.filter((each) => this.#names.has(each));
    for (const oldest of this.#order.splice(0, this.#order.length - most)) {
      this.#names.delete(oldest);
    }
  }

  /** They were asked for: those that do not come wait until all others have been. */
  asked(digests: ReadonlySet<Digest>): void {
    if (!this.#order.some((digest) => digests.has(digest))) return;
    const others = this.#order.filter((digest) => !digests.has(digest) && this.has(digest));
    this.#order = [...this.#order.filter((digest) => digests.has(digest)), ...others];
  }

  delete(digest: Digest): void {
    this.#names.delete(digest);
  }

  clear(): void {
    this.#order = [];
    this.#names.clear();
  }
}
