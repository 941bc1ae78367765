import type { LaneId, Seq } from '../../types/ids.ts';
import { NODE_LIMITS } from '../../types/limits.ts';
import type { Arrival } from '../blocks/lane-room.ts';
import type { PeerId } from '../effects.ts';

type Told = { readonly from: PeerId; readonly frontier: readonly Seq[] };

/**
 * What comes of the next generation while this one is not over here: kept for a moment, bounded per lane, so
 * that the beginning need not be asked for. What does not fit is pulled later.
 */
export class Ahead {
  readonly #blocks = new Map<LaneId, Arrival[]>();
  readonly #heads = new Map<LaneId, Told>();

  block(arrival: Arrival): void {
    const { lane } = arrival.block.header;
    const held = this.#blocks.get(lane) ?? [];
    this.#blocks.set(lane, held);
    if (held.length < NODE_LIMITS.aheadMax.value) held.push(arrival);
  }

  heads(from: PeerId, frontier: readonly Seq[]): void {
    if (from.kind === 'lane') this.#heads.set(from.lane, { from, frontier });
  }

  /** All of it, in the order in which each lane's came; nothing is left. */
  take(): { readonly blocks: readonly Arrival[]; readonly heads: readonly Told[] } {
    const blocks = [...this.#blocks.values()].flat();
    const heads = [...this.#heads.values()];
    this.#blocks.clear();
    this.#heads.clear();
    return { blocks, heads };
  }
}
