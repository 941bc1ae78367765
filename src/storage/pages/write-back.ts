import { entryBytes } from '../level/staged.ts';

/**
 * Entries that are rewritten again and again wait here for their next version: what is kept back for as long
 * as there is room is written once instead of many times. Two generations, as in RecentMap: what is put goes to
 * the young one; while it fills its half of the room, the old one leaves, an entry for each that comes, so that
 * what leaves never comes as a flood.
 */
export class WriteBack {
  readonly #generationMax: number;
  readonly #leave: (key: string, value: Uint8Array) => void;
  #young = new Map<string, Uint8Array>();
  #youngBytes = 0;
  #old = new Map<string, Uint8Array>();
  #leaving = this.#old.entries();

  /** `leave` is handed what is not kept back any longer. */
  constructor(bytesMax: number, leave: (key: string, value: Uint8Array) => void) {
    this.#generationMax = bytesMax / 2;
    this.#leave = leave;
  }

  get(key: string): Uint8Array | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  put(key: string, value: Uint8Array): void {
    this.delete(key);
    this.#young.set(key, value);
    this.#youngBytes += entryBytes(key, value);
    this.#leaveNext();
    if (this.#youngBytes > this.#generationMax) this.#age();
  }

  /** The entry does not leave any more. */
  delete(key: string): void {
    const young = this.#young.get(key);
    if (young !== undefined) {
      this.#young.delete(key);
      this.#youngBytes -= entryBytes(key, young);
    }
    this.#old.delete(key);
  }

  /** All of it leaves. */
  clear(): void {
    this.#age();
    this.#age();
  }

  /** The old ones have left; the young ones are the old ones now. */
  #age(): void {
    while (this.#leaveNext());
    this.#old = this.#young;
    this.#leaving = this.#old.entries();
    this.#young = new Map();
    this.#youngBytes = 0;
  }

  /** False: none is left. */
  #leaveNext(): boolean {
    const next = this.#leaving.next();
    if (next.done === true) return false;
    const [key, value] = next.value;
    this.#old.delete(key);
    this.#leave(key, value);
    return true;
  }
}
