import { toHex } from '../../codec/hex.ts';
import type { BlockArchive } from '../../replica/ports.ts';
import { assert } from '../../std/assert.ts';
import type { Prng } from '../../std/prng.ts';
import { FIRST_LINK } from '../../storage/journal/journal-recovery.ts';
import { encodeRecord, linkAfter } from '../../storage/journal/record.ts';
import type { StopState } from '../../storage/stop-file.ts';
import { SavepointShelf } from './savepoint-shelf.ts';

/** A stop state and its pages, as they are on the disk. */
export type KeptStop = {
  readonly state: Omit<StopState, 'pages'>;
  readonly pages: readonly Uint8Array[];
};

/** What survives a crash: the journal's records up to the last sync, and by luck some more. */
export class Disk implements BlockArchive {
  #records: Uint8Array[] = [];
  #synced = 0;
  readonly savepoint = new SavepointShelf();
  /** With which everything begins; null: with genesis. */
  stop: KeptStop | null = null;
  /** The first so many records are gone. */
  #dropped = 0;
  /** No space left, or an input/output error: nothing is written until it is repaired. */
  failing = false;

  get length(): number {
    return this.#records.length;
  }

  get synced(): number {
    return this.#synced;
  }

  /** Those that are there, behind the dropped ones. */
  get records(): readonly Uint8Array[] {
    return this.#records.slice(this.#dropped);
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** The first so many records go. */
  drop(count: number): void {
    this.#dropped = Math.max(this.#dropped, count);
  }

  read(ordinal: number): Uint8Array {
    assert(ordinal > this.#dropped, `record ${ordinal} was dropped`);
    return this.#records[ordinal - 1]!;
  }

  /** The journal's hash chain behind the first `count` records, as they are now. */
  linkLater(count: number): () => string {
    // What is appended stands behind them; whatever else happens to records makes another array.
    const records = this.#records;
    return () => {
      let link: Uint8Array = FIRST_LINK;
      for (let i = 0; i < count; i++) link = linkAfter(encodeRecord(i + 1, link, records[i]!));
      return toHex(link);
    };
  }

  append(record: Uint8Array): void {
    this.#records.push(record);
  }

  /** The first `count` records are durable. */
  sync(count: number): void {
    this.#synced = Math.max(this.#synced, count);
  }

  /**
   * Loses the records after the last sync but for a random number of the first of them: a record that
   * was torn is found by its checksum and cut off, which is the same. A disk that lies loses some that
   * it called synced. Returns how many are lost.
   */
  crash(prng: Prng, lies: boolean): number {
    const safe = lies ? Math.max(0, this.#synced - prng.below(6)) : this.#synced;
    const kept = safe + prng.below(this.#records.length - safe + 1);
    const lost = this.#records.length - kept;
    this.#keep(kept);
    this.#synced = kept;
    return lost;
  }

  /** The records after the first `kept` are gone, synced or not: an older copy was put back. */
  rollBack(kept: number): void {
    this.#keep(kept);
    this.#synced = Math.min(this.#synced, kept);
    // That copy had what was dropped since.
    if (this.stop === null || this.stop.state.records <= kept) return;
    this.stop = null;
    this.#dropped = 0;
  }

  /** One bit of one record is not what was written. */
  flip(prng: Prng): void {
    const at = prng.between(this.#dropped, this.#records.length - 1);
    const damaged = Uint8Array.from(this.#records[at]!);
    damaged[prng.below(damaged.length)]! ^= 1 << prng.below(8);
    this.#records = this.#records.map((record, i) => (i === at ? damaged : record));
  }

  #keep(count: number): void {
    this.#records = this.#records.slice(0, count);
  }
}
