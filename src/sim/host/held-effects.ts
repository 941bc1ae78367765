import type { Effects } from '../../replica/effects.ts';
import type { HostDefect } from '../traits.ts';
import type { Disk } from './disk.ts';

export type HeldEffectsParts = {
  readonly disk: Disk;
  readonly defect: HostDefect | null;
  /** Runs when a sync that begins now is over; not after a crash. */
  readonly afterDisk: (run: () => void) => void;
  readonly appended: (record: Uint8Array) => void;
  readonly synced: (count: number) => void;
  /** A write failed: the process ends, and nothing that rests on it has left. */
  readonly diskFailed: () => void;
  readonly release: (effects: Effects) => void;
};

/** What the steps of a host give: written to its disk, and released when everything before it is durable. */
export class HeldEffects {
  readonly #parts: HeldEffectsParts;
  #held: { readonly upTo: number; readonly effects: Effects }[] = [];
  #syncing = false;

  constructor(parts: HeldEffectsParts) {
    this.#parts = parts;
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  /** False: the disk has failed. */
  take(effects: Effects): boolean {
    const { disk, defect, appended } = this.#parts;
    if (effects.persist.length > 0 && this.#fails()) return false;
    for (const record of effects.persist) {
      disk.append(record);
      appended(record);
    }
    const upTo = defect === 'hasty-driver' ? 0 : disk.length;
    this.#held.push({ upTo, effects });
    this.#releaseDurable();
    this.#sync();
    return true;
  }

  /** The process is gone, and what was held with it. */
  clear(): void {
    this.#held = [];
    this.#syncing = false;
  }

  /** Is there an error of the disk, and does it end the process? */
  #fails(): boolean {
    const { disk, defect, diskFailed } = this.#parts;
    if (!disk.failing || defect === 'failed-sync-believed') return false;
    diskFailed();
    return true;
  }

  /** One sync at a time covers everything appended before it began. */
  #sync(): void {
    const { disk, afterDisk, synced } = this.#parts;
    if (this.#syncing || disk.length === disk.synced) return;
    this.#syncing = true;
    const count = disk.length;
    afterDisk(() => {
      this.#syncing = false;
      if (this.#fails()) return;
      const isDone = !disk.failing;
      disk.sync(count);
      if (isDone) synced(count);
      this.#releaseDurable();
      this.#sync();
    });
  }

  #releaseDurable(): void {
    while ((this.#held[0]?.upTo ?? Infinity) <= this.#parts.disk.synced) {
      this.#parts.release(this.#held.shift()!.effects);
    }
  }
}
