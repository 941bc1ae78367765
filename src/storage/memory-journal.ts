import type { BlockArchive } from '../replica/ports.ts';
import { assert } from '../std/assert.ts';

export type Crash = {
  /** How many of the newest unsynced records never reached the disk. More than there are: all. */
  readonly lose: number;
  /** The first of the lost records was cut off in the middle; the next start removes what is left of it. */
  readonly torn?: boolean;
};

/**
 * The journal as the simulator's disk holds it: records up to the last sync survive every crash, of
 * those behind it a crash may take any suffix. Pure and deterministic.
 */
export class MemoryJournal implements BlockArchive {
  readonly #records: Uint8Array[] = [];
  #durable = 0;
  #truncatedBytes = 0;

  get lastOrdinal(): number {
    return this.#records.length;
  }

  get durableOrdinal(): number {
    return this.#durable;
  }

  /** Bytes that the last crash left of a torn record, removed since. */
  get truncatedBytes(): number {
    return this.#truncatedBytes;
  }

  append(payloads: readonly Uint8Array[]): void {
    for (const payload of payloads) {
      assert(payload.length > 0, 'an empty payload cannot be journalled');
      this.#records.push(payload.slice());
    }
  }

  /** Makes everything appended so far durable. */
  sync(): void {
    this.#durable = this.#records.length;
  }

  /**
   * The process or the machine stops, and the journal is opened again: what is found then is durable.
   * Returns how many records are gone.
   */
  crash(crash: Crash): number {
    const unsynced = this.#records.length - this.#durable;
    // A torn record is lost, so a torn end loses at least one if any was unsynced.
    const wanted = crash.torn === true ? Math.max(1, crash.lose) : crash.lose;
    const lost = this.#records.splice(this.#records.length - Math.min(unsynced, wanted));
    const first = lost[0];
    this.#truncatedBytes = crash.torn === true && first !== undefined ? first.length >>> 1 : 0;
    this.sync();
    return lost.length;
  }

  read(ordinal: number): Uint8Array {
    const record = this.#records[ordinal - 1];
    assert(record !== undefined, `the journal has no record ${ordinal}`);
    return record;
  }

  /** All records, the unsynced ones too, from ordinal 1 on. */
  records(): readonly Uint8Array[] {
    return this.#records;
  }
}
