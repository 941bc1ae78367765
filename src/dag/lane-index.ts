import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import type { NodeId } from '../types/dag.ts';
import type { Seq } from '../types/ids.ts';

const NONE: readonly NodeId[] = [];

/** The admitted blocks of one lane by seq. Usually one each; an equivocating lane has several. */
export class LaneIndex {
  /** Up to here everything is in the store. */
  #base = 0;
  /** Above the base. */
  readonly #entries = new Map<Seq, readonly NodeId[]>();
  /** Forks below the base: the store knew of one block there. */
  readonly #reopened = new Map<Seq, readonly NodeId[]>();
  #forkSeq = Number.POSITIVE_INFINITY;
  #height: Seq = 0;

  get forkSeq(): Seq {
    return this.#forkSeq;
  }

  /** Highest admitted seq. */
  get height(): Seq {
    return this.#height;
  }

  /** undefined: so old that it has been moved to the store. */
  at(seq: Seq): readonly NodeId[] | undefined {
    if (seq <= 0) return NONE;
    if (seq <= this.#base) return this.#reopened.get(seq);
    return this.#entries.get(seq) ?? NONE;
  }

  /** `earlier`: what `at` or the store has for this seq. */
  add(seq: Seq, id: NodeId, earlier: readonly NodeId[]): readonly NodeId[] {
    const ids = [...earlier, id];
    if (ids.length > 1) this.#forkSeq = Math.min(this.#forkSeq, seq);
    if (seq > this.#base) this.#entries.set(seq, ids);
    else this.#reopened.set(seq, ids);
    this.#height = Math.max(this.#height, seq);
    return ids;
  }

  /** Forgets everything up to and with `seq`, which the caller has put into the store. */
  forget(seq: Seq): void {
    while (this.#base < seq) this.#entries.delete(++this.#base);
  }

  /** Of blocks that all are in the store. */
  save(writer: Writer): void {
    writer.u32(this.#height);
    writer.u32(this.#forkSeq === Number.POSITIVE_INFINITY ? 0 : this.#forkSeq);
  }

  load(reader: Reader): void {
    this.#height = reader.u32();
    this.#base = this.#height;
    this.#forkSeq = reader.u32() || Number.POSITIVE_INFINITY;
  }
}
