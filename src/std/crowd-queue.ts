import { FairQueue } from './fair-queue.ts';

/** The source that stands for the crowd. */
const CROWD = 'crowd';

/** `item` null: the next one of the crowd. */
type Entry<T> = { readonly item: T | null; readonly cost: number };

/**
 * A fair queue in which the sources of a crowd together have the turns of one, and take turns among themselves:
 * anybody can be as many strangers as there is room for, and nobody more than one validator.
 */
export class CrowdQueue<T> {
  readonly #costOf: (item: T) => number;
  readonly #all: FairQueue<Entry<T>>;
  readonly #crowd: FairQueue<T>;

  constructor(quantum: number, costOf: (item: T) => number) {
    this.#costOf = costOf;
    this.#all = new FairQueue(quantum, ({ cost }) => cost);
    this.#crowd = new FairQueue(quantum, costOf);
  }

  get length(): number {
    return this.#all.length;
  }

  costOf(source: string): number {
    return this.#all.costOf(source) + this.#crowd.costOf(source);
  }

  push(source: string, isOfCrowd: boolean, item: T): void {
    const cost = this.#costOf(item);
    if (isOfCrowd) this.#crowd.push(source, item);
    this.#all.push(isOfCrowd ? CROWD : source, { item: isOfCrowd ? null : item, cost });
  }

  shift(): T | undefined {
    const entry = this.#all.shift();
    return entry?.item === null ? this.#crowd.shift() : entry?.item;
  }
}
