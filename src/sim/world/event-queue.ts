import { Heap } from '../../std/heap.ts';

type Event = { readonly atUs: number; readonly order: number; readonly run: () => void };

/** What happens, in the order of simulated time; of two things at one time the one planned first. */
export class EventQueue {
  readonly #events = new Heap<Event>(
    (a, b) => a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order),
  );
  #nowUs = 0;
  #order = 0;

  get nowUs(): number {
    return this.#nowUs;
  }

  after(delayUs: number, run: () => void): void {
    const atUs = this.#nowUs + Math.max(0, Math.round(delayUs));
    this.#events.push({ atUs, order: this.#order++, run });
  }

  /** Runs what is next; false, and the time is `untilUs`, when nothing happens until then. */
  runNext(untilUs: number): boolean {
    const next = this.#events.peek();
    if (next === undefined || next.atUs > untilUs) {
      this.#nowUs = Math.max(this.#nowUs, untilUs);
      return false;
    }
    this.#events.pop();
    this.#nowUs = next.atUs;
    next.run();
    return true;
  }
}
