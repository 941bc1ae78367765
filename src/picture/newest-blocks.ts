import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { decodeBlock } from '../codec/block.ts';
import { parseSegmentFileName, segmentPath } from '../storage/journal/segment.ts';
import { readSegmentHeader, SegmentReader } from '../storage/journal/segment-reader.ts';
import type { Block } from '../types/block.ts';
import type { TxId } from '../types/ids.ts';

/** Share of the blocks that stand before the one that carries the wanted payment. */
const BEFORE = 1 / 4;

/**
 * The last `count` blocks of a data folder's journal, or so many around the block that carries `payment`;
 * none: no block carries it. Reads the newest segments alone, while the node writes them if need be, and
 * holds no signature against its key. Throws what the disk says.
 */
export async function newestBlocks(
  data: string,
  count: number,
  payment: TxId | null,
): Promise<Block[]> {
  const folder = path.join(data, 'journal');
  const ordinals = (await readdir(folder)).flatMap((name) => parseSegmentFileName(name) ?? []);
  let later: Uint8Array[] = [];
  for (const ordinal of ordinals.sort((a, b) => b - a)) {
    const records = await recordsOf(segmentPath(folder, ordinal), ordinal);
    const all = [...records, ...later];
    if (payment === null) {
      if (all.length >= count) return all.slice(-count).map(blockOf);
      later = all;
      continue;
    }
    const at = records.findIndex((bytes) => carries(blockOf(bytes), payment));
    const first = Math.max(0, at - Math.ceil(count * BEFORE));
    if (at >= 0) return all.slice(first, first + count).map(blockOf);
    later = all.slice(0, count);
  }
  return payment === null ? later.map(blockOf) : [];
}

/** Encoded blocks, up to the segment's end or to what is being written there. */
async function recordsOf(file: string, ordinal: number): Promise<Uint8Array[]> {
  const header = await readSegmentHeader(file);
  if (header === null) return [];
  const reader = await SegmentReader.open({ path: file, ordinal, link: header.link });
  const records: Uint8Array[] = [];
  try {
    for (let entry = await reader.next(); entry.kind === 'record'; entry = await reader.next()) {
      records.push(new Uint8Array(entry.payload));
    }
    return records;
  } finally {
    await reader.close();
  }
}

function blockOf(bytes: Uint8Array): Block {
  const block = decodeBlock(bytes);
  if (block.ok) return block.value;
  throw new Error(`a record of the journal is no block: ${block.error}`);
}

function carries({ txs }: Block, payment: TxId): boolean {
  return txs.some(({ txid }) => txid === payment);
}
