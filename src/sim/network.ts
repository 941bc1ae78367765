import type { Prng } from '../std/prng.ts';
import type { LaneId } from '../types/ids.ts';
import type { EventQueue } from './event-queue.ts';
import { delayUs, type Region } from './latency-table.ts';

export type NetworkTraits = {
  /** Mean of the exponential jitter, as a share of the link's delay. */
  readonly jitter: number;
  readonly lossRate: number;
  readonly duplicateRate: number;
  /** Messages of one link keep their order (a stream); otherwise each goes its own way. */
  readonly inOrder: boolean;
  /** What happens to messages on a cut link: lost, or held until it heals. */
  readonly cutLoses: boolean;
};

export type Deliver = (from: LaneId, to: LaneId, bytes: Uint8Array) => void;

/** Links between lanes, each direction on its own: delay, loss, duplication, reordering, cuts. */
export class Network {
  readonly #events: EventQueue;
  readonly #regions: readonly Region[];
  readonly #prng: Prng;
  readonly #deliver: Deliver;
  #traits: NetworkTraits;
  /** Cut links; the value says until when, in microseconds. */
  readonly #cuts = new Map<string, number>();
  readonly #lastUs = new Map<string, number>();

  constructor(
    events: EventQueue,
    regions: readonly Region[],
    traits: NetworkTraits,
    prng: Prng,
    deliver: Deliver,
  ) {
    this.#events = events;
    this.#regions = regions;
    this.#traits = traits;
    this.#prng = prng;
    this.#deliver = deliver;
  }

  send(from: LaneId, to: LaneId, bytes: Uint8Array): void {
    if (this.#prng.chance(this.#traits.lossRate)) return;
    this.#sendOnce(from, to, bytes);
    if (this.#prng.chance(this.#traits.duplicateRate)) this.#sendOnce(from, to, bytes);
  }

  /** Cuts the link in this direction for a time. */
  cut(from: LaneId, to: LaneId, forUs: number): void {
    this.#cuts.set(`${from}>${to}`, this.#events.nowUs + forUs);
  }

  isCut(from: LaneId, to: LaneId): boolean {
    return (this.#cuts.get(`${from}>${to}`) ?? 0) > this.#events.nowUs;
  }

  /** From now on every message arrives, once. */
  heal(): void {
    this.#cuts.clear();
    this.#traits = { ...this.#traits, lossRate: 0, duplicateRate: 0 };
  }

  #sendOnce(from: LaneId, to: LaneId, bytes: Uint8Array): void {
    const link = `${from}>${to}`;
    const { nowUs } = this.#events;
    const base = delayUs(this.#regions[from]!, this.#regions[to]!);
    let wait = base - Math.log(1 - this.#prng.float()) * base * this.#traits.jitter;
    if (this.isCut(from, to)) {
      if (this.#traits.cutLoses) return;
      wait += this.#cuts.get(link)! - nowUs;
    }
    if (this.#traits.inOrder) {
      const atUs = Math.max(nowUs + wait, this.#lastUs.get(link) ?? 0);
      this.#lastUs.set(link, atUs);
      wait = atUs - nowUs;
    }
    this.#events.after(wait, () => this.#deliver(from, to, bytes));
  }
}
