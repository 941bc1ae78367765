/** Milliseconds by part of the work, added up. */
export class Stopwatch {
  #spent = new Map<string, number>();
  #longest = new Map<string, number>();

  ms(part: string): number {
    return this.#spent.get(part) ?? 0;
  }

  /** What was measured since the last time. */
  take(): ReadonlyMap<string, number> {
    const taken = this.#spent;
    this.#spent = new Map();
    return taken;
  }

  /** The longest piece of each part since the last time. */
  takeLongest(): ReadonlyMap<string, number> {
    const taken = this.#longest;
    this.#longest = new Map();
    return taken;
  }

  time<T>(part: string, work: () => T): T {
    const start = performance.now();
    const result = work();
    const ms = performance.now() - start;
    this.#spent.set(part, this.ms(part) + ms);
    this.#longest.set(part, Math.max(this.#longest.get(part) ?? 0, ms));
    return result;
  }

  /** Times every call of a method of the real class. */
  timeCalls<T extends object>(prototype: T, name: keyof T & string, part: string): void {
    const watch = this;
    const method = prototype[name] as (...args: unknown[]) => unknown;
    const timed = function (this: T, ...args: unknown[]): unknown {
      return watch.time(part, () => method.apply(this, args));
    };
    Object.defineProperty(prototype, name, { value: timed });
  }

  /** The same of a generator: each of its slices. */
  timeSlices<T extends object>(prototype: T, name: keyof T & string, part: string): void {
    const watch = this;
    const method = prototype[name] as (...args: unknown[]) => Generator<void, unknown>;
    const timed = function* (this: T, ...args: unknown[]): Generator<void, unknown> {
      const slices = method.apply(this, args);
      for (;;) {
        const next = watch.time(part, () => slices.next());
        if (next.done) return next.value;
        yield;
      }
    };
    Object.defineProperty(prototype, name, { value: timed });
  }
}
