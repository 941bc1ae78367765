import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { segmentPath, segmentsAmong } from '../storage/journal/segment.ts';
import type { SegmentPart } from '../storage/journal/segment-reader.ts';
import type { Block } from '../types/block.ts';
import { type Most, newestOf } from './newest-blocks.ts';
import { beginningOf, recordsOf } from './segment-records.ts';

/** The newest blocks of a journal that a node goes on writing: each look reads what has come since the last one. */
export class JournalTail {
  readonly #folder: string;
  readonly #most: Most;
  /** Where to read on; null: no segment has been found yet. */
  #next: SegmentPart | null = null;
  #records: readonly Uint8Array[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(data: string, most: Most) {
    this.#folder = path.join(data, 'journal');
    this.#most = most;
  }

  /** One after the other. Rejects with a StorageFault for damage, and with what the disk says. */
  look(): Promise<Block[]> {
    const looked = this.#last.then(
      () => this.#look(),
      () => this.#look(),
    );
    this.#last = looked;
    return looked;
  }

  async #look(): Promise<Block[]> {
    this.#next ??= await this.#firstSegment();
    while (this.#next !== null) {
      const { blocks } = this.#most;
      const { records, next, isSealed } = await recordsOf(this.#next, blocks);
      this.#records = [...this.#records, ...records].slice(-blocks);
      const following = isSealed ? await this.#segmentAt(next.ordinal) : null;
      this.#next = following ?? next;
      if (following === null) break;
    }
    return newestOf(this.#records, this.#most);
  }

  /** The last one with so many records behind its beginning that the newest blocks are among them. */
  async #firstSegment(): Promise<SegmentPart | null> {
    const { ordinals } = segmentsAmong(await readdir(this.#folder));
    const enough = (ordinals.at(-1) ?? 0) - this.#most.blocks;
    const first = ordinals.findLast((ordinal) => ordinal <= enough) ?? ordinals[0];
    return first === undefined ? null : this.#segmentAt(first);
  }

  #segmentAt(ordinal: number): Promise<SegmentPart | null> {
    return beginningOf(segmentPath(this.#folder, ordinal), ordinal);
  }
}
