import { hex8 } from '../codec/hex.ts';
import { decode } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { assert } from '../std/assert.ts';
import type { Dag, DagNode } from '../types/dag.ts';
import type { Copy } from '../types/entry.ts';
import type { LaneId, OutpointKey, TxId } from '../types/ids.ts';
import type { Table } from './spenders.ts';

const TXID_DIGITS = 64;

/** A copy of a covered transaction, in the list of its lane. */
type Link = Copy & { readonly txid: TxId };

/**
 * The transactions that spend an output and were rejected in the ledger. An output that is never spent can collect
 * any number of them. One is *covered* when the history of each of its copies holds a copy of another one: whoever
 * acked it had acked another one before, so whether a transaction is before all its rivals does not depend on it
 * (lemma 7.4.1), and it is asked for no more. At most one for each branch of each lane is not covered.
 *
 * Rule A3 asks of a chain whether all rivals in it are rejected, which is so if the last one is. Covered ones stand
 * in one list for each lane, the last ones first.
 */
export class RejectedSpenders {
  readonly #table: Table;
  readonly #dag: Pick<Dag, 'node' | 'contains' | 'ancestor'>;
  readonly #copies: (txid: TxId) => readonly Copy[];

  constructor(
    table: Table,
    dag: Pick<Dag, 'node' | 'contains' | 'ancestor'>,
    copies: (txid: TxId) => readonly Copy[],
  ) {
    this.#table = table;
    this.#dag = dag;
    this.#copies = copies;
  }

  /** Those that are not covered. None: none was rejected. */
  of(key: OutpointKey): TxId[] {
    const bytes = this.#table.get(`s${key}`);
    if (bytes === undefined) return [];
    const text = new TextDecoder().decode(bytes);
    return Array.from(
      { length: text.length / TXID_DIGITS },
      (_, i) => text.slice(TXID_DIGITS * i, TXID_DIGITS * (i + 1)) as TxId,
    );
  }

  /** It was rejected, or has one more copy since. */
  add(key: OutpointKey, txid: TxId): void {
    const all = [...new Set([...this.of(key), txid])];
    const open = all.filter((one) => !this.#isCovered(one, all));
    for (const one of all) if (!open.includes(one)) this.#list(key, one);
    this.#table.put(`s${key}`, new TextEncoder().encode(open.join('')));
  }

  /** The last covered one in the chain that ends in this block; null: there is none. */
  lastInChain(key: OutpointKey, { id, lane }: Pick<DagNode, 'id' | 'lane'>): TxId | null {
    const isInChain = ({ block }: Link) =>
      this.#dag.ancestor(id, this.#dag.node(block).seq) === block;
    let link = this.#next(key, lane, null);
    while (link !== null && !isInChain(link)) link = this.#next(key, lane, link);
    return link?.txid ?? null;
  }

  #isCovered(txid: TxId, all: readonly TxId[]): boolean {
    const others = all.filter((other) => other !== txid).map(this.#copies);
    return this.#copies(txid).every(({ block }) => {
      const history = this.#dag.node(block);
      return others.some((copies) =>
        copies.some((copy) => copy.block !== block && this.#dag.contains(history, copy.block)),
      );
    });
  }

  /** Puts each copy into the list of its lane, unless it is there. */
  #list(key: OutpointKey, txid: TxId): void {
    for (const { block, index } of this.#copies(txid)) {
      const link: Link = { block, index, txid };
      const { lane } = this.#dag.node(block);
      let above: Link | null = null;
      let below = this.#next(key, lane, above);
      while (below !== null && this.#isLater(below, link)) {
        above = below;
        below = this.#next(key, lane, above);
      }
      if (below?.block === block && below.index === index) continue;
      if (below !== null) this.#table.put(linkKey(key, lane, link), encodeLink(below));
      this.#table.put(linkKey(key, lane, above), encodeLink(link));
    }
  }

  #isLater(a: Link, b: Link): boolean {
    const [seqA, seqB] = [this.#dag.node(a.block).seq, this.#dag.node(b.block).seq];
    if (seqA !== seqB) return seqA > seqB;
    return a.block === b.block ? a.index > b.index : a.block > b.block;
  }

  /** Who follows `link` in the list of the lane; null: the first. */
  #next(key: OutpointKey, lane: LaneId, link: Link | null): Link | null {
    const bytes = this.#table.get(linkKey(key, lane, link));
    return bytes === undefined ? null : decodeLink(bytes);
  }
}

/** Of the one that follows `link`. */
function linkKey(key: OutpointKey, lane: LaneId, link: Link | null): string {
  const list = `s${key}${lane.toString(16).padStart(2, '0')}`;
  return link === null ? list : list + hex8(link.block) + hex8(link.index);
}

function encodeLink({ block, index, txid }: Link): Uint8Array {
  const writer = new Writer();
  writer.u32(block);
  writer.u16(index);
  writer.digest(txid);
  return writer.finish();
}

function decodeLink(bytes: Uint8Array): Link {
  const decoded = decode(bytes, (reader) => {
    return { block: reader.u32(), index: reader.u16(), txid: reader.digest() as string as TxId };
  });
  assert(decoded.ok, 'the store returns what was put');
  return decoded.value;
}
