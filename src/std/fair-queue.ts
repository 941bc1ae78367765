import { Fifo } from './fifo.ts';

type Source<T> = { readonly name: string; readonly items: Fifo<T>; credit: number; cost: number };

/**
 * Items of several sources, those of one in their order, sources in turn by what their items cost (deficit round
 * robin): who brings much delays its own and not the little of others.
 */
export class FairQueue<T> {
  readonly #quantum: number;
  readonly #costOf: (item: T) => number;
  readonly #sources = new Map<string, Source<T>>();
  /** Sources with items, the next one first. */
  readonly #turns = new Fifo<Source<T>>();
  #length = 0;

  /** `quantum`: what a source may take before it is the next one's turn. */
  constructor(quantum: number, costOf: (item: T) => number) {
    this.#quantum = quantum;
    this.#costOf = costOf;
  }

  get length(): number {
    return this.#length;
  }

  /** Of all that waits of this source. */
  costOf(source: string): number {
    return this.#sources.get(source)?.cost ?? 0;
  }

  push(name: string, item: T): void {
    let source = this.#sources.get(name);
    if (source === undefined) {
      source = { name, items: new Fifo(), credit: this.#quantum, cost: 0 };
      this.#sources.set(name, source);
      this.#turns.push(source);
    }
    source.items.push(item);
    source.cost += this.#costOf(item);
    this.#length += 1;
  }

  shift(): T | undefined {
    for (let source = this.#turns.peek(); source !== undefined; source = this.#turns.peek()) {
      const cost = this.#costOf(source.items.peek() as T);
      if (source.credit >= cost || this.#turns.length === 1) return this.#take(source, cost);
      source.credit += this.#quantum;
      this.#turns.push(this.#turns.shift() as Source<T>);
    }
    return undefined;
  }

  /** Of the source whose turn it is. */
  #take(source: Source<T>, cost: number): T {
    const item = source.items.shift() as T;
    source.credit = Math.max(0, source.credit - cost);
    source.cost -= cost;
    this.#length -= 1;
    if (source.items.length > 0) return item;
    this.#turns.shift();
    this.#sources.delete(source.name);
    return item;
  }
}
