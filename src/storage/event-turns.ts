/**
 * One after the other, each in a turn of the event loop of its own: however many there are, other work waits for one
 * of them at most.
 */
export class EventTurns {
  readonly #busy: () => Promise<void> | null;
  readonly #waiting: (() => void)[] = [];

  /** `busy`: until when nobody can use a turn; null: it can be used now. */
  constructor(busy: () => Promise<void> | null = () => null) {
    this.#busy = busy;
  }

  /** Resolves in one of the turns that come. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) this.#schedule();
    });
  }

  #schedule(): void {
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    const busy = this.#busy();
    if (busy !== null) return void busy.then(() => this.#turn());
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) this.#schedule();
  }
}
