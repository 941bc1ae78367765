import type { Prng } from '../../std/prng.ts';
import type { EventQueue } from './event-queue.ts';
import type { FaultTally } from './faults.ts';
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

export type Deliver = (from: number, to: number, bytes: Uint8Array) => void;

type NetworkPorts = {
  readonly events: EventQueue;
  readonly faults: FaultTally;
  readonly prng: Prng;
  /** What goes from one seat to another now goes into this stream, and comes out of no other. */
  readonly stream: (from: number, to: number) => string;
};

/** Links between seats, each direction on its own: delay, loss, duplication, reordering, cuts. */
export class Network {
  readonly #events: EventQueue;
  readonly #seats: number;
  readonly #faults: FaultTally;
  readonly #stream: (from: number, to: number) => string;
  readonly #prng: Prng;
  readonly #deliver: Deliver;
  #traits: NetworkTraits;
  /** By link: the delay, without jitter. */
  readonly #baseUs: readonly number[];
  /** By link: until when it is cut, and when the last message sent arrives; in microseconds. */
  readonly #cutUs: number[];
  readonly #lastUs: number[];

  constructor(
    { events, faults, prng, stream }: NetworkPorts,
    regions: readonly Region[],
    traits: NetworkTraits,
    deliver: Deliver,
  ) {
    this.#events = events;
    this.#faults = faults;
    this.#stream = stream;
    this.#baseUs = regions.flatMap((a) => regions.map((b) => delayUs(a, b)));
    this.#cutUs = this.#baseUs.map(() => 0);
    this.#lastUs = this.#baseUs.map(() => 0);
    this.#seats = regions.length;
    this.#traits = traits;
    this.#prng = prng;
    this.#deliver = deliver;
  }

  send(from: number, to: number, bytes: Uint8Array): void {
    if (this.#prng.chance(this.#traits.lossRate)) {
      this.#faults.lost++;
      return;
    }
    this.#sendOnce(from, to, bytes);
    if (!this.#prng.chance(this.#traits.duplicateRate)) return;
    this.#faults.duplicated++;
    this.#sendOnce(from, to, bytes);
  }

  /** Cuts the link in this direction for a time, or longer if it is cut for longer. */
  cut(from: number, to: number, forUs: number): void {
    const link = this.#link(from, to);
    this.#faults.cuts++;
    this.#cutUs[link] = Math.max(this.#cutUs[link]!, this.#events.nowUs + forUs);
  }

  isCut(from: number, to: number): boolean {
    return this.#cutUs[this.#link(from, to)]! > this.#events.nowUs;
  }

  /** From now on every message arrives, once, but on links that are cut after this. */
  heal(): void {
    this.#cutUs.fill(0);
    this.#traits = { ...this.#traits, lossRate: 0, duplicateRate: 0 };
  }

  #link(from: number, to: number): number {
    return from * this.#seats + to;
  }

  #sendOnce(from: number, to: number, bytes: Uint8Array): void {
    const link = this.#link(from, to);
    const { nowUs } = this.#events;
    const base = this.#baseUs[link]!;
    let wait = base - Math.log(1 - this.#prng.float()) * base * this.#traits.jitter;
    if (this.isCut(from, to)) {
      this.#faults.blocked++;
      if (this.#traits.cutLoses) return;
      wait += this.#cutUs[link]! - nowUs;
    }
    if (this.#traits.inOrder) {
      const atUs = Math.max(nowUs + wait, this.#lastUs[link]!);
      this.#lastUs[link] = atUs;
      wait = atUs - nowUs;
    }
    const stream = this.#stream(from, to);
    this.#events.after(wait, () => {
      if (this.#stream(from, to) === stream) this.#deliver(from, to, bytes);
    });
  }
}
