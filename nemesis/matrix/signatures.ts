import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { decodeBlock } from '../../src/codec/block.ts';
import { FIRST_LINK } from '../../src/storage/journal/journal-recovery.ts';
import {
  decodeSegmentHeader,
  SEGMENT_HEADER_BYTES,
  segmentPath,
  segmentsAmong,
} from '../../src/storage/journal/segment.ts';
import { type SegmentPart, SegmentReader } from '../../src/storage/journal/segment-reader.ts';
import type { Digest } from '../../src/types/ids.ts';
import type { Stop } from '../cluster/orders.ts';

/**
 * Every block that was ever seen outside of the process that signed it: in its journal, in somebody's
 * copy of that, or in another validator's journal. Two digests for one slot are the one thing that must
 * never be.
 */
export class Signatures {
  readonly #bySlot = new Map<string, { readonly digest: Digest; readonly source: string }>();
  readonly #digests = new Set<Digest>();
  readonly conflicts: string[] = [];

  get slots(): number {
    return this.#bySlot.size;
  }

  has(block: Digest): boolean {
    return this.#digests.has(block);
  }

  /**
   * Reads a journal, which nobody may be writing, as far as it is whole; of a process that was stopped, as
   * far as it was synced: nothing behind that has left it, and if it is lost it may be signed anew. The
   * source is for people: whose journal, and when.
   */
  async read(journalFolder: string, source: string, stop: Stop | null = null): Promise<void> {
    if (!existsSync(journalFolder)) return;
    const { ordinals } = segmentsAmong(readdirSync(journalFolder));
    let link = firstLink(journalFolder, ordinals[0]);
    for (const ordinal of ordinals) {
      const file = segmentPath(journalFolder, ordinal);
      const isOpen = stop?.segment != null && path.basename(stop.segment) === path.basename(file);
      const { size } = statSync(file);
      const bytes = isOpen ? Math.min(size, stop.durableBytes) : size;
      link = await this.#segment({ path: file, ordinal, link, size: bytes }, source);
    }
  }

  async #segment(segment: SegmentPart, source: string): Promise<Uint8Array> {
    const reader = await SegmentReader.open(segment);
    try {
      for (;;) {
        const entry = await reader.next();
        if (entry.kind !== 'record') return reader.link;
        this.#note(entry.payload, source);
      }
    } finally {
      await reader.close();
    }
  }

  #note(bytes: Uint8Array, source: string): void {
    const block = decodeBlock(bytes);
    if (!block.ok) return;
    const { header, digest } = block.value;
    this.#digests.add(digest);
    const generation = header.generation > 0 ? ` of generation ${header.generation}` : '';
    const slot = `lane ${header.lane} seq ${header.seq}${generation}`;
    const known = this.#bySlot.get(slot);
    if (known === undefined) this.#bySlot.set(slot, { digest, source });
    else if (known.digest !== digest) {
      this.conflicts.push(`${slot}: ${known.digest} (${known.source}) and ${digest} (${source})`);
    }
  }
}

/** Where the oldest records were dropped, the segment that is the first now says what it follows. */
function firstLink(folder: string, ordinal = 1): Uint8Array {
  if (ordinal === 1) return FIRST_LINK;
  const header = readFileSync(segmentPath(folder, ordinal)).subarray(0, SEGMENT_HEADER_BYTES);
  return decodeSegmentHeader(header)?.link ?? FIRST_LINK;
}
