import { readList, readU32, writeList, writeU32 } from '../codec/list.ts';
import type { Reader } from '../codec/reader.ts';
import type { Writer } from '../codec/writer.ts';
import type { Member } from '../execution/resolve.ts';
import { assert } from '../std/assert.ts';
import type { NodeId } from '../types/dag.ts';
import type { Entry } from '../types/entry.ts';
import type { Epoch, TxId } from '../types/ids.ts';
import type { Outcome } from '../types/ledger.ts';

/** What a decided cut does, computed but not applied. */
export type Resolution = {
  readonly epoch: Epoch;
  readonly cut: NodeId;
  /** New in P(epoch). */
  readonly fresh: readonly { readonly entry: Entry; readonly member: Member }[];
  /** In an order of execution. */
  readonly outcomes: ReadonlyMap<TxId, Outcome>;
};

/** The decided blocks by epoch, and what the ledger says as of an epoch. */
export class CutLog {
  readonly #cuts: NodeId[] = [];
  /** Epochs before the generation. */
  readonly #before: Epoch;

  constructor(before: Epoch) {
    this.#before = before;
  }

  /** Epochs whose ledger is applied. */
  get applied(): Epoch {
    return this.#before + this.#cuts.length;
  }

  /** 0 for epochs before the generation, and while the epoch is not applied. */
  cut(epoch: Epoch): NodeId {
    return this.#cuts[epoch - this.#before - 1] ?? 0;
  }

  append(epoch: Epoch, cut: NodeId): void {
    assert(epoch === this.applied + 1, 'epochs are applied in order');
    this.#cuts.push(cut);
  }

  /** What the ledgers of epochs <= `epoch` say. */
  outcome(entry: Entry, epoch: Epoch): Outcome | null {
    return entry.ledger !== null && entry.ledger.epoch <= epoch ? entry.ledger.outcome : null;
  }

  save(writer: Writer): void {
    writeList(writer, this.#cuts, writeU32);
  }

  load(reader: Reader): void {
    this.#cuts.push(...readList(reader, 4, readU32));
  }
}
