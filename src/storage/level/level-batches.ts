import type { Level } from './level.ts';
import { encodeValue } from './level-value.ts';

/** Written at a time: a millisecond or two of the event loop. */
const BATCH_ENTRIES = 256;
const BATCH_BYTES = 262_144;
/**
 * Of more than so many, each is larger. Every batch waits for a turn of the event loop: where turns are slow, many
 * of them would take longer than what is to be written next needs to come.
 */
const BATCHES_MAX = 32;

/** Writes entries to LevelDB, in slices between which others have their turn; an atomic one all at once. */
export class LevelBatches {
  readonly #level: Level;
  readonly #atomic: boolean;
  readonly #entriesMax: number;
  readonly #bytesMax: number;
  #batch: ReturnType<Level['batch']>;
  #entries = 0;
  #bytes = 0;

  /** `entries`: how many will come, about. */
  constructor(level: Level, atomic: boolean, entries: number) {
    const scale = Math.max(1, entries / (BATCH_ENTRIES * BATCHES_MAX));
    this.#level = level;
    this.#atomic = atomic;
    this.#entriesMax = BATCH_ENTRIES * scale;
    this.#bytesMax = BATCH_BYTES * scale;
    this.#batch = level.batch();
  }

  get isFull(): boolean {
    if (this.#atomic) return false;
    return this.#entries >= this.#entriesMax || this.#bytes >= this.#bytesMax;
  }

  /** `value` null: it is deleted. */
  add(key: Uint8Array, value: Uint8Array | null): void {
    if (value === null) this.#batch.del(key);
    else this.#batch.put(key, encodeValue(key, value));
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

  /** The last one; it and all before it are durable when this resolves, if that is asked for or the flush is atomic. */
  async end(isDurable: boolean): Promise<void> {
    await this.#batch.write({ sync: isDurable || this.#atomic });
  }
}
