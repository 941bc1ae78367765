import type { Level } from './level.ts';

/** Written at a time: a millisecond or two of the event loop. */
const BATCH_ENTRIES = 256;
const BATCH_BYTES = 262_144;

/** Writes entries to LevelDB, in slices between which others have their turn; an atomic one all at once. */
export class LevelBatches {
  readonly #level: Level;
  readonly #atomic: boolean;
  #batch: ReturnType<Level['batch']>;
  #entries = 0;
  #bytes = 0;

  constructor(level: Level, atomic: boolean) {
    this.#level = level;
    this.#atomic = atomic;
    this.#batch = level.batch();
  }

  get isFull(): boolean {
    return !this.#atomic && (this.#entries >= BATCH_ENTRIES || this.#bytes >= BATCH_BYTES);
  }

  /** `value` null: it is deleted. */
  add(key: Uint8Array, value: Uint8Array | null): void {
    if (value === null) this.#batch.del(key);
    else this.#batch.put(key, value);
    this.#bytes += key.length + (value?.length ?? 0);
    this.skip();
  }

  /** Counts what was dealt with otherwise, for others want their turn after that too. */
  skip(): void {
    this.#entries += 1;
  }

  async next(): Promise<void> {
    if (this.#batch.length === 0) await new Promise(setImmediate);
    else {
      await this.#batch.write();
      this.#batch = this.#level.batch();
    }
    this.#entries = 0;
    this.#bytes = 0;
  }

  /** The last one; that of an atomic flush is durable when it resolves. */
  async end(): Promise<void> {
    await this.#batch.write({ sync: this.#atomic });
  }
}
