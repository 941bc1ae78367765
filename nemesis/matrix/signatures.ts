import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { decodeBlock } from '../../src/codec/block.ts';
import { FIRST_LINK } from '../../src/storage/journal-recovery.ts';
import { parseSegmentFileName } from '../../src/storage/segment.ts';
import { SegmentReader } from '../../src/storage/segment-reader.ts';
import type { Digest } from '../../src/types/ids.ts';
import type { Stop } from '../cluster/orders.ts';

/**
 * Every block that was ever seen outside of the process that signed it: in its journal, in somebody's
 * copy of that, or in another validator's journal. Two digests for one slot are the one thing that must
 * never be.
 */
export class Signatures {
  readonly #bySlot = new Map<string, Digest>();
  readonly conflicts: string[] = [];

  get slots(): number {
    return this.#bySlot.size;
  }

  /**
   * Reads a journal, which nobody may be writing, as far as it is whole; of a process that was stopped, as
   * far as it was synced: nothing behind that has left it, and if it is lost it may be signed anew.
   */
  async read(journalFolder: string, stop: Stop | null = null): Promise<void> {
    if (!existsSync(journalFolder)) return;
    const ordinals = readdirSync(journalFolder)
      .flatMap((name) => parseSegmentFileName(name) ?? [])
      .sort((a, b) => a - b);
    let link: Uint8Array = FIRST_LINK;
    for (const ordinal of ordinals) {
      const file = path.join(journalFolder, `${String(ordinal).padStart(10, '0')}.segment`);
      const isOpen = stop?.segment != null && path.basename(stop.segment) === path.basename(file);
      const { size } = statSync(file);
      const bytes = isOpen ? Math.min(size, stop.durableBytes) : size;
      link = await this.#segment(file, ordinal, link, bytes);
    }
  }

  async #segment(
    file: string,
    ordinal: number,
    link: Uint8Array,
    bytes: number,
  ): Promise<Uint8Array> {
    const reader = await SegmentReader.open({ path: file, ordinal, link, size: bytes });
    try {
      for (;;) {
        const entry = await reader.next();
        if (entry.kind !== 'record') return reader.link;
        this.#note(entry.payload);
      }
    } finally {
      await reader.close();
    }
  }

  #note(bytes: Uint8Array): void {
    const block = decodeBlock(bytes);
    if (!block.ok) return;
    const { header, digest } = block.value;
    const slot = `lane ${header.lane} seq ${header.seq}`;
    const known = this.#bySlot.get(slot);
    if (known === undefined) this.#bySlot.set(slot, digest);
    else if (known !== digest) this.conflicts.push(`${slot}: ${known} and ${digest}`);
  }
}
