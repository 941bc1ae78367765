import { readList, writeList } from '../../codec/list.ts';
import type { Reader } from '../../codec/reader.ts';
import type { Writer } from '../../codec/writer.ts';
import type { Need } from '../../consensus/pacemaker.ts';
import type { Member } from '../../execution/resolve.ts';
import { assert } from '../../std/assert.ts';
import type { NodeId } from '../../types/dag.ts';
import type { Entry } from '../../types/entry.ts';
import type { Epoch, TxId } from '../../types/ids.ts';
import type { Outcome } from '../../types/ledger.ts';

/** What a decided cut does, computed but not applied. */
export type Resolution = {
  readonly epoch: Epoch;
  readonly cut: NodeId;
  /** New in P(epoch). */
  readonly fresh: readonly { readonly entry: Entry; readonly member: Member }[];
  /** In an order of execution. */
  readonly outcomes: ReadonlyMap<TxId, Outcome>;
};

/** `need`: of what is in its P, while that was in none. */
type Cut = { readonly block: NodeId; readonly need: Need };

/** A block and the number of a need. */
const CUT_BYTES = 5;

const NEEDS: readonly Need[] = ['none', 'checkpoint', 'resolution'];

/** The decided blocks by epoch, and what the ledger says as of an epoch. */
export class CutLog {
  readonly #cuts: Cut[] = [];
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
    return this.#at(epoch)?.block ?? 0;
  }

  /** Of a history that does not decide this epoch: what of its P waits for a cut there; none while it is not applied. */
  need(epoch: Epoch): Need {
    return this.#at(epoch)?.need ?? 'none';
  }

  append(epoch: Epoch, block: NodeId, need: Need): void {
    assert(epoch === this.applied + 1, 'epochs are applied in order');
    this.#cuts.push({ block, need });
  }

  /** What the ledgers of epochs <= `epoch` say. */
  outcome(entry: Entry, epoch: Epoch): Outcome | null {
    return entry.ledger !== null && entry.ledger.epoch <= epoch ? entry.ledger.outcome : null;
  }

  save(writer: Writer): void {
    writeList(writer, this.#cuts, (to, { block, need }) => {
      to.u32(block);
      to.u8(NEEDS.indexOf(need));
    });
  }

  load(reader: Reader): void {
    const cuts = readList(reader, CUT_BYTES, (from) => ({
      block: from.u32(),
      need: NEEDS[from.u8()] ?? from.fail('unknown need'),
    }));
    this.#cuts.push(...cuts);
  }

  #at(epoch: Epoch): Cut | undefined {
    return this.#cuts[epoch - this.#before - 1];
  }
}
