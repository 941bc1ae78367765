import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MapTable } from '../../test/dag/drawn-graph.ts';
import { blockDigest, contentsOf, encodeBlock } from '../codec/block.ts';
import { decode, Reader } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { named } from '../sim/reference/sketch.ts';
import type { Block, BlockHeader, Vote } from '../types/block.ts';
import type { DagNode, Stance } from '../types/dag.ts';
import type { Digest } from '../types/ids.ts';
import { Archive } from './archive.ts';
import { Graph } from './graph.ts';
import { decodeNode, encodeNode } from './node-record.ts';

const LEDGER = named('ledger') as Digest;
const stances = [0, 1, 2, 3, 4, 5, 6, 7, 8, 15].map(
  (bits): Stance => ({
    epoch: 3 + bits,
    view: 5,
    checkpointed: 2,
    proposed: (bits & 1) !== 0,
    prepared: (bits & 2) !== 0,
    committed: (bits & 4) !== 0,
    ended: (bits & 8) !== 0,
  }),
);

/** A graph whose window holds few nodes; the journal has every block. */
function setUp(window: number, blockBytesMax?: number) {
  const blocks: Block[] = [];
  const table = new MapTable();
  const asked: string[] = [];
  const counted = {
    put: (key: string, value: Uint8Array) => table.put(key, value),
    get: (key: string) => {
      asked.push(key);
      return table.get(key);
    },
  };
  const read: number[] = [];
  const journal = {
    read: (id: number) => {
      read.push(id);
      return blocks[id - 1]!.bytes;
    },
  };
  const graph = new Graph(4, 3, new Archive(counted, journal), window, blockBytesMax);
  const admit = (lane: number, prev: DagNode | null, refs: readonly DagNode[] = []): DagNode => {
    const block = sealed(lane, prev, refs);
    const { seq, timeMs } = block.header;
    const words = { lane, seq, digest: block.digest, timeMs, votes: block.votes, txCount: 0 };
    const parts = { epoch: 1, stance: stances[blocks.length % 8]! };
    graph.form(
      words,
      prev?.id ?? 0,
      refs.map(({ id }) => id),
      parts,
    );
    blocks.push(block);
    const { node } = graph.admit(block);
    graph.trim();
    return node;
  };
  /** A graph that goes on from what this one saves. */
  const continued = (): Graph => {
    const writer = new Writer();
    graph.save(writer);
    const next = new Graph(4, 3, new Archive(counted, journal), window);
    assert.equal(decode(writer.finish(), (reader) => next.load(reader)).ok, true);
    return next;
  };
  return { graph, admit, blocks, asked, read, continued };
}

function sealed(lane: number, prev: DagNode | null, refs: readonly DagNode[]): Block {
  const votes: Vote[] = [{ kind: 'viewchange', epoch: 1, view: 1 }];
  const header: BlockHeader = {
    ledgerId: LEDGER,
    committee: 0,
    lane,
    generation: 0,
    seq: (prev?.seq ?? 0) + 1,
    prev: prev?.digest ?? LEDGER,
    epoch: 1,
    timeMs: 1_700_000_000_000,
    refs: refs.map((ref) => ({ lane: ref.lane, generation: 0, seq: ref.seq, digest: ref.digest })),
    ...contentsOf([], votes),
  };
  const signature = new Uint8Array(64);
  const bytes = encodeBlock(header, signature, [], votes);
  return { header, digest: blockDigest(header), signature, txs: [], votes, bytes };
}

describe('nodes that left the window', () => {
  it('come back as they were, with their votes, blocks and places', () => {
    const { graph, admit, blocks, asked } = setUp(2);
    const nodes = [admit(0, null)];
    nodes.push(admit(1, null, [nodes[0]!]));
    for (let i = 0; i < 8; i++) nodes.push(admit(i % 2, nodes.at(-2)!, [nodes.at(-1)!]));
    assert.equal(asked.length, 0, 'nothing old was needed yet');
    for (const [i, node] of nodes.entries()) {
      assert.deepEqual(graph.node(node.id), node);
      assert.equal(graph.node(node.id), graph.node(node.id), 'read once');
      assert.deepEqual(graph.block(node.id), blocks[i]);
      assert.equal(graph.find(node.digest), node.id);
      assert.deepEqual(graph.at(node.lane, node.seq), [node.id]);
    }
    assert.ok(
      asked.some((key) => key.startsWith('l')),
      'the lane forgot its old places',
    );
    assert.equal(graph.find(named('nobody') as Digest), 0);
    assert.throws(() => graph.node(0), /no node 0/);
    assert.throws(() => graph.node(99), /no node 99/);
  });

  it('keep their contents in memory for only so many bytes, however wide the window is', () => {
    const { graph, admit, blocks, read } = setUp(100, 1000);
    let last = admit(0, null);
    while (blocks.length < 20) last = admit(0, last);
    const fitting = Math.floor(1000 / blocks[19]!.bytes.length);
    for (let id = 20; id > 0; id--) assert.equal(graph.block(id).digest, blocks[id - 1]!.digest);
    assert.deepEqual(
      read,
      Array.from({ length: 20 - fitting }, (_, i) => 20 - fitting - i),
    );
    assert.equal(graph.node(1).seq, 1);
  });

  it('of a forked lane keep all blocks of their seq', () => {
    const { graph, admit } = setUp(2);
    const first = admit(0, null);
    const second = admit(0, first);
    const third = admit(0, second, []);
    const other = admit(1, null, [third]);
    const twin = admit(0, first, [other]);
    for (let last = other, i = 0; i < 4; i++) last = admit(1, last);
    assert.deepEqual(graph.at(0, 2), [second.id, twin.id]);
    assert.equal(graph.forkSeq(0), 2);
    assert.equal(graph.ancestor(third.id, 2), second.id);
    assert.equal(graph.ancestor(twin.id, 2), twin.id);
  });
});

describe('a graph that goes on from a savepoint', () => {
  it('has every block, place and fork that was saved, and admits the next one', () => {
    const { graph, admit, blocks, continued } = setUp(2);
    const first = admit(0, null);
    const second = admit(0, first);
    const other = admit(1, null, [second]);
    const twin = admit(0, first, [other]);
    const last = admit(1, other);
    const next = continued();
    assert.equal(next.size, 5);
    assert.deepEqual(next.all, graph.all);
    assert.deepEqual([next.height(0), next.height(1), next.height(2)], [2, 2, 0]);
    assert.deepEqual([next.forkSeq(0), next.forked(1)], [2, false]);
    for (const node of [first, second, other, twin, last]) {
      assert.deepEqual(next.node(node.id), node);
      assert.equal(next.find(node.digest), node.id);
    }
    assert.deepEqual(next.at(0, 2), [second.id, twin.id]);
    const block = sealed(1, last, []);
    const { header, digest, votes } = block;
    const words = { lane: 1, seq: 3, digest, votes, timeMs: header.timeMs, txCount: 0 };
    next.form(words, last.id, [], { epoch: 1, stance: stances[0]! });
    blocks.push(block);
    assert.equal(next.admit(block).node.id, 6);
    assert.deepEqual(next.at(1, 3), [6]);
    const admitted = next.node(6);
    next.close();
    assert.notEqual(next.node(6), admitted, 'read back');
    assert.deepEqual(next.node(6), admitted);
    assert.throws(() => next.load(new Reader(new Uint8Array())), /empty graph/);
  });
});

describe('the record of a node', () => {
  const node: DagNode = {
    id: 70_001,
    lane: 3,
    seq: 70_002,
    digest: named('digest') as Digest,
    prev: 70_003,
    refs: [70_004, 5],
    epoch: 70_006,
    timeMs: 1_700_000_000_007,
    payloads: 70_008,
    txCount: 1009,
    stance: stances[0]!,
    tips: Int32Array.from([70_010, 11, 12, 13]),
    frontier: Int32Array.from([70_014, 15, 16, 17]),
    certified: Int32Array.from([70_018, 19, 20, 21]),
    settled: Int32Array.from([70_022, 23, 24, 25]),
    forks: new Map([
      [0, [26, 70_027]],
      [2, Array.from({ length: 300 }, (_, i) => i)],
    ]),
    votes: [{ kind: 'viewchange', epoch: 3, view: 2 }],
  };

  it('has every field, and each stance of its own', () => {
    for (const stance of stances) {
      const stored = { ...node, stance };
      assert.deepEqual(decodeNode(encodeNode(stored)), stored);
    }
  });
});
