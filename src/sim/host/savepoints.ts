import { STATE_LAYOUT } from '../../replica/savepoint.ts';
import type { Misfit, SavepointPlace } from '../../storage/savepoint/savepoint-head.ts';
import type { LaneId, LedgerId } from '../../types/ids.ts';
import type { HostDefect } from '../traits.ts';
import type { Disk } from './disk.ts';
import type { Machine, Saved } from './machine.ts';

export type SavepointsParts = {
  readonly disk: Disk;
  readonly lane: LaneId;
  readonly ledgerId: LedgerId;
  /** One is due when so many blocks are behind the last; 0: never. */
  readonly everyBlocks: number;
  readonly defect: HostDefect | null;
  /** When the disk has done something, unless the host crashes before. */
  readonly afterDisk: (run: () => void) => void;
};

/** What a start made of the savepoint at hand: blocks that it takes in, or why there is none to continue from. */
export type Continued = { readonly blocks: number; readonly misfit: Misfit | null };

/** When a host writes savepoints, and how it continues from one, as the node does it (docs/adr/0019). */
export class Savepoints {
  readonly #parts: SavepointsParts;
  /** Blocks in the newest one. */
  #blocks = 0;
  #isWriting = false;

  constructor(parts: SavepointsParts) {
    this.#parts = parts;
  }

  /** Between two steps: one is taken if it is due, and if it can be. */
  look(machine: Machine): void {
    const { disk, everyBlocks } = this.#parts;
    if (everyBlocks === 0 || this.#isWriting) return;
    if (disk.length - this.#blocks < everyBlocks) return;
    const saved = machine.save();
    if (saved === null) return;
    this.#isWriting = true;
    this.#settle(saved);
  }

  /** First the journal is durable as far as it goes: else it could be ahead after a crash. */
  #settle(saved: Saved): void {
    const { disk, defect, afterDisk } = this.#parts;
    const isBacked = saved.blocks <= disk.synced;
    if (defect === 'savepoint-ahead') this.#place(saved);
    else afterDisk(() => (isBacked ? this.#place(saved) : this.#settle(saved)));
  }

  #place(saved: Saved): void {
    const { disk } = this.#parts;
    const { blocks } = saved;
    this.#isWriting = false;
    if (disk.failing) return;
    const link = this.#linkLater(blocks);
    disk.savepoint.write(() => ({ ...this.#writer(), blocks, link: link() }), saved);
    this.#blocks = blocks;
  }

  /** Brings a fresh machine to where the newest savepoint is, if that fits the journal's first records. */
  resume(machine: Machine, nowMs: number, records: number): Continued {
    const { disk, defect } = this.#parts;
    const found = disk.savepoint.read(this.#fitting(records), defect === 'savepoint-unchecked');
    this.#isWriting = false;
    this.#blocks = found.ok ? found.value.blocks : 0;
    if (found.ok) machine.resume(nowMs, found.value);
    else disk.savepoint.clear();
    return { blocks: this.#blocks, misfit: found.ok ? null : found.error };
  }

  #fitting(records: number): SavepointPlace {
    const blocks = this.#parts.defect === 'savepoint-ahead' ? Number.MAX_SAFE_INTEGER : records;
    return { ...this.#writer(), blocks, link: (count) => this.#linkLater(count)() };
  }

  #linkLater(blocks: number): () => string {
    const { disk, defect } = this.#parts;
    return defect === 'savepoint-ahead' ? () => '' : disk.linkLater(blocks);
  }

  #writer() {
    const { lane, ledgerId } = this.#parts;
    return { version: 'simulated', layout: STATE_LAYOUT, ledgerId, lane };
  }
}
