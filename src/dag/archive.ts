import { decodeBlock } from '../codec/block.ts';
import { hex2, hex8 } from '../codec/hex.ts';
import { decodeOrdinals, encodeOrdinals } from '../codec/ordinals.ts';
import type { BlockArchive, Table } from '../replica/ports.ts';
import { assert, defined } from '../std/assert.ts';
import { RecentMap } from '../std/recent-map.ts';
import type { Block } from '../types/block.ts';
import type { DagNode, NodeId } from '../types/dag.ts';
import type { Digest, LaneId, Seq } from '../types/ids.ts';
import { decodeNode, encodeNode } from './node-record.ts';

/** How many nodes that left the window are kept at hand once they were asked for. */
const RECALLED_MAX = 512;
/** The same of blocks, in bytes. */
const RECALLED_BYTES = 16_777_216;
/** Nodes, where there are many archives and none is of use but to those who are late. */
const CLOSED_MAX = 64;

/** All admitted nodes, in the store; their blocks are in the journal. Read back on demand. */
export class Archive {
  readonly #table: Table;
  readonly #journal: BlockArchive;
  #nodes = new RecentMap<NodeId, DagNode>(RECALLED_MAX);
  #blocks = recentBlocks(RECALLED_BYTES);

  constructor(table: Table, journal: BlockArchive) {
    this.#table = table;
    this.#journal = journal;
  }

  /** `siblings`: all admitted blocks of its (lane, seq). */
  keep(node: DagNode, siblings: readonly NodeId[]): void {
    this.#table.put(nodeKey(node.id), encodeNode(node));
    this.#table.put(digestKey(node.digest), encodeOrdinals([node.id]));
    this.#table.put(laneKey(node.lane, node.seq), encodeOrdinals(siblings));
  }

  /** Nothing more comes, and no memory is to be kept for who asks. */
  close(): void {
    this.#nodes = new RecentMap(CLOSED_MAX);
    this.#blocks = recentBlocks(0);
  }

  node(id: NodeId): DagNode {
    const recalled = this.#nodes.get(id);
    if (recalled !== undefined) return recalled;
    const node = decodeNode(defined(this.#table.get(nodeKey(id)), `node ${id} is stored`));
    this.#nodes.set(id, node);
    return node;
  }

  block(id: NodeId): Block {
    const recalled = this.#blocks.get(id);
    if (recalled !== undefined) return recalled;
    const decoded = decodeBlock(this.#journal.read(id));
    assert(decoded.ok, `block ${id} was encoded by us`);
    this.#blocks.set(id, decoded.value);
    return decoded.value;
  }

  find(digest: Digest): NodeId {
    return decodeOrdinals(this.#table.get(digestKey(digest)))[0] ?? 0;
  }

  at(lane: LaneId, seq: Seq): readonly NodeId[] {
    return decodeOrdinals(this.#table.get(laneKey(lane, seq)));
  }
}

function recentBlocks(most: number): RecentMap<NodeId, Block> {
  return new RecentMap(most, (_, { bytes }) => bytes.length);
}

function nodeKey(id: NodeId): string {
  return `b${hex8(id)}`;
}

function digestKey(digest: Digest): string {
  return `d${digest}`;
}

function laneKey(lane: LaneId, seq: Seq): string {
  return `l${hex2(lane)}${hex8(seq)}`;
}
