import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { decodeBlock } from '../codec/block.ts';
import { segmentPath, segmentsAmong } from '../storage/journal/segment.ts';
import type { Block } from '../types/block.ts';
import type { TxId } from '../types/ids.ts';
import { beginningOf, recordsOf } from './segment-records.ts';

/** Share of the blocks that stand before the one that carries the wanted payment. */
const BEFORE = 1 / 4;

export type Most = { readonly blocks: number; readonly payments: number };

/**
 * The last blocks of a data folder's journal, or those around the block that carries `payment`; none: no block
 * carries it. Reads the newest segments alone, while the node writes them if need be, and holds no signature
 * against its key. Throws a StorageFault for damage, and what the disk says.
 */
export async function newestBlocks(
  data: string,
  most: Most,
  payment: TxId | null,
): Promise<Block[]> {
  const folder = path.join(data, 'journal');
  const { ordinals } = segmentsAmong(await readdir(folder));
  let later: Uint8Array[] = [];
  for (const ordinal of ordinals.toReversed()) {
    const part = await beginningOf(segmentPath(folder, ordinal), ordinal);
    if (part === null) continue;
    const { records } = await recordsOf(part, payment === null ? most.blocks : Infinity);
    const all = [...records, ...later];
    if (payment === null) {
      later = all.slice(-most.blocks);
      if (later.length === most.blocks) break;
      continue;
    }
    const at = records.findIndex((bytes) => carries(blockOf(bytes), payment));
    if (at >= 0) {
      const first = Math.max(0, at - Math.ceil(most.blocks * BEFORE));
      const around = all.slice(first, first + most.blocks).map(blockOf);
      return lightest(around, at - first, most.payments);
    }
    later = all.slice(0, most.blocks);
  }
  return payment === null ? newestOf(later, most) : [];
}

/** Of these records, the last ones. */
export function newestOf(records: readonly Uint8Array[], most: Most): Block[] {
  const blocks = records.slice(-most.blocks).map(blockOf);
  return lightest(blocks, blocks.length - 1, most.payments);
}

/** With less before the one at `at`, then less behind it, until they carry so many payments or it is alone. */
function lightest(blocks: readonly Block[], at: number, payments: number): Block[] {
  let [first, end] = [0, blocks.length];
  let sum = blocks.reduce((all, { txs }) => all + txs.length, 0);
  while (sum > payments && end - first > 1) {
    const left = first < at ? blocks[first++] : blocks[--end];
    sum -= left?.txs.length ?? 0;
  }
  return blocks.slice(first, end);
}

function blockOf(bytes: Uint8Array): Block {
  const block = decodeBlock(bytes);
  if (block.ok) return block.value;
  throw new Error(`a record of the journal is no block: ${block.error}`);
}

function carries({ txs }: Block, payment: TxId): boolean {
  return txs.some(({ txid }) => txid === payment);
}
