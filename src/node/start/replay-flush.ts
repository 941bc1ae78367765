import { setImmediate as turn } from 'node:timers/promises';
import type { LevelStore } from '../../storage/level/level-store.ts';
import { STORAGE_LIMITS } from '../../types/limits.ts';
import { FLUSH_BYTES } from './data.ts';

/**
 * Writes what a replay puts into the store while the replay goes on: a flush waits for LevelDB's threads as long as it
 * works itself, and longer where cores are short.
 */
export class ReplayFlush {
  readonly #store: Pick<LevelStore, 'backlogBytes' | 'flush'>;
  #running: Promise<void> | null = null;

  constructor(store: Pick<LevelStore, 'backlogBytes' | 'flush'>) {
    this.#store = store;
  }

  /** After each block: what is being written has its turn. Rejects when it cannot be. */
  async look(): Promise<void> {
    const { backlogBytes } = this.#store;
    if (this.#running !== null) {
      const isBehind = backlogBytes > STORAGE_LIMITS.backlogBytesMax.value;
      await (isBehind ? this.#running : Promise.race([this.#running, turn()]));
    } else if (backlogBytes > FLUSH_BYTES) this.#begin();
  }

  /** After the last block: what has begun is written. */
  async end(): Promise<void> {
    await this.#running;
  }

  #begin(): void {
    const running = this.#store.flush().then(() => {
      this.#running = null;
    });
    // Told to whoever looks next, or waits for the end.
    running.catch(() => {});
    this.#running = running;
  }
}
