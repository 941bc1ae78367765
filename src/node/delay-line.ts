import { Fifo } from './fifo.ts';

/** Hands things on in their order, each a fixed time after it came; at once if that time is 0. */
export class DelayLine<T> {
  readonly #delayMs: number;
  readonly #deliver: (item: T) => void;
  readonly #items = new Fifo<{ readonly item: T; readonly dueMs: number }>();
  #timer: NodeJS.Timeout | null = null;

  constructor(delayMs: number, deliver: (item: T) => void) {
    this.#delayMs = delayMs;
    this.#deliver = deliver;
  }

  push(item: T): void {
    if (this.#delayMs === 0) {
      this.#deliver(item);
      return;
    }
    this.#items.push({ item, dueMs: performance.now() + this.#delayMs });
    this.#wait();
  }

  /** What is under way is lost. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    while (this.#items.length > 0) this.#items.shift();
  }

  #wait(): void {
    const next = this.#items.peek();
    if (this.#timer !== null || next === undefined) return;
    const waitMs = Math.max(1, Math.ceil(next.dueMs - performance.now()));
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#deliverDue();
      this.#wait();
    }, waitMs);
  }

  #deliverDue(): void {
    const nowMs = performance.now();
    for (let next = this.#items.peek(); next !== undefined && next.dueMs <= nowMs; ) {
      this.#items.shift();
      this.#deliver(next.item);
      next = this.#items.peek();
    }
  }
}
