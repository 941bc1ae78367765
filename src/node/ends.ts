/** What has begun and must end, the newest first: each of them, whatever becomes of the others. */
export class Ends {
  readonly #ends: (() => Promise<void>)[] = [];

  push(end: () => Promise<void>): void {
    this.#ends.push(end);
  }

  /** Resolves when all have ended; rejects then with the first failure, if there was one. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) {
      await end().catch((cause: unknown) => failures.push(cause));
    }
    if (failures.length > 0) throw failures[0];
  }
}
