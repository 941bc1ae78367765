import { hex2, hex8 } from '../codec/hex.ts';
import { readList, writeList } from '../codec/list.ts';
import { decodeStored, type Reader } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import type { Table } from '../replica/ports.ts';
import { defined } from '../std/assert.ts';
import type { Dag, NodeId } from '../types/dag.ts';
import type { Copy } from '../types/entry.ts';
import type { LaneId, OutpointKey, TxId } from '../types/ids.ts';
import { COPY_BYTES, readCopy, writeCopy } from './entry-record.ts';

/**
 * A copy on top of those that its chain had before. `jump`: one further down, so that the way to any is logarithmic
 * (E. W. Myers, An applicative random-access stack, 1983).
 */
type Link = {
  readonly copy: Copy;
  readonly txid: TxId;
  /** How many it stands on, and itself. */
  readonly height: number;
  readonly below: Copy | null;
  readonly jump: Copy | null;
};

/**
 * Copies by output and chain, one on top of the other. Whoever forks has chains with as many on them as he likes, and
 * may go on below all of them: what a chain has is found without a walk down another one.
 */
export class ChainStacks {
  readonly #table: Table;
  readonly #dag: Pick<Dag, 'node' | 'ancestor'>;

  constructor(table: Table, dag: Pick<Dag, 'node' | 'ancestor'>) {
    this.#table = table;
    this.#dag = dag;
  }

  /** Unless it is there. One that comes after what stands above it in its chain has a top of its own. */
  add(key: OutpointKey, copy: Copy, txid: TxId): void {
    if (this.#table.get(linkKey(key, copy)) !== undefined) return;
    const below = this.#lastBefore(key, copy);
    const height = (below?.height ?? 0) + 1;
    const link = { copy, txid, height, below: below?.copy ?? null, jump: this.#jumpOf(key, below) };
    this.#table.put(linkKey(key, copy), encodeLink(link));
    const { lane } = this.#dag.node(copy.block);
    const tops = this.#tops(key, lane).filter((top) => !isSame(top, below?.copy));
    this.#table.put(topsKey(key, lane), encodeTops([...tops, copy]));
  }

  /** The last one in the chain that ends in this block; null: there is none. */
  last(key: OutpointKey, tip: NodeId): TxId | null {
    if (tip === 0) return null;
    return this.#lastBefore(key, { block: tip, index: Number.POSITIVE_INFINITY })?.txid ?? null;
  }

  #lastBefore(key: OutpointKey, place: Copy): Link | null {
    const { lane } = this.#dag.node(place.block);
    let last: Link | null = null;
    for (const top of this.#tops(key, lane)) {
      const found = this.#find(key, top, place);
      if (found === null) continue;
      if (last === null || this.#isBefore(last.copy, found.copy)) last = found;
    }
    return last;
  }

  /** The first one from `top` down that stands before the place in its chain: so do all below it. */
  #find(key: OutpointKey, top: Copy, place: Copy): Link | null {
    let link = this.#link(key, top);
    while (link !== null && !this.#isBefore(link.copy, place)) {
      const jump = this.#link(key, link.jump);
      const isBeyond = jump === null || this.#isBefore(jump.copy, place);
      link = isBeyond ? this.#link(key, link.below) : jump;
    }
    return link;
  }

  #isBefore(copy: Copy, { block, index }: Copy): boolean {
    if (copy.block === block) return copy.index < index;
    const { seq } = this.#dag.node(copy.block);
    return this.#dag.ancestor(block, seq) === copy.block;
  }

  #jumpOf(key: OutpointKey, below: Link | null): Copy | null {
    if (below === null) return null;
    const jump = this.#link(key, below.jump);
    const further = this.#link(key, jump?.jump ?? null);
    const [first, second] = [jump?.height ?? 0, further?.height ?? 0];
    return below.height - first === first - second ? (further?.copy ?? null) : below.copy;
  }

  #tops(key: OutpointKey, lane: LaneId): Copy[] {
    const bytes = this.#table.get(topsKey(key, lane));
    return bytes === undefined ? [] : decodeStored(bytes, readCopies);
  }

  #link(key: OutpointKey, copy: Copy | null): Link | null {
    if (copy === null) return null;
    const bytes = defined(this.#table.get(linkKey(key, copy)), 'what stands in a stack is kept');
    return decodeStored(bytes, (reader) => {
      const txid = reader.digest() as string as TxId;
      const height = reader.u32();
      const [below = null, jump = null] = readCopies(reader);
      return { copy, txid, height, below, jump };
    });
  }
}

function topsKey(key: OutpointKey, lane: LaneId): string {
  return `s${key}${hex2(lane)}`;
}

function linkKey(key: OutpointKey, { block, index }: Copy): string {
  return `s${key}${hex8(block)}${hex8(index)}`;
}

function isSame(a: Copy, b: Copy | undefined): boolean {
  return a.block === b?.block && a.index === b.index;
}

function encodeTops(tops: readonly Copy[]): Uint8Array {
  const writer = new Writer();
  writeCopies(writer, tops);
  return writer.finish();
}

/** Where there is one below, there may be none to jump to. */
function encodeLink({ txid, height, below, jump }: Link): Uint8Array {
  const writer = new Writer();
  writer.digest(txid);
  writer.u32(height);
  writeCopies(
    writer,
    [below, jump].filter((copy) => copy !== null),
  );
  return writer.finish();
}

function writeCopies(writer: Writer, copies: readonly Copy[]): void {
  writeList(writer, copies, writeCopy);
}

function readCopies(reader: Reader): Copy[] {
  return readList(reader, COPY_BYTES, readCopy);
}
