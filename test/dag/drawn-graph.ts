import { Archive } from '../../src/dag/archive.ts';
import { Graph } from '../../src/dag/graph.ts';
import { Acks } from '../../src/dependency/acks.ts';
import { Settlement } from '../../src/dependency/settlement.ts';
import { type Soundness, TxIndex } from '../../src/dependency/tx-index.ts';
import { Sketch, type Stroke } from '../../src/sim/reference/sketch.ts';
import { defined } from '../../src/std/assert.ts';
import type { Block } from '../../src/types/block.ts';
import type { DagNode, History, NodeId, Stance } from '../../src/types/dag.ts';
import type { Entry } from '../../src/types/entry.ts';
import type { OutpointKey, TxId } from '../../src/types/ids.ts';
import type { Transaction } from '../../src/types/transaction.ts';

export class MapTable {
  readonly rows = new Map<string, Uint8Array>();
  reads = 0;

  get(key: string): Uint8Array | undefined {
    this.reads += 1;
    return this.rows.get(key);
  }

  put(key: string, value: Uint8Array): void {
    this.rows.set(key, value);
  }
}

const STANCE: Stance = {
  epoch: 1,
  view: 0,
  proposed: false,
  prepared: false,
  committed: false,
  checkpointed: 0,
  ended: false,
};

const ALL_SOUND: Soundness = { isOpen: () => false, isSound: () => true };

/** The real graph and indexes over blocks drawn by hand; no rule of admission is asked. */
export class DrawnGraph {
  readonly graph: Graph;
  readonly index: TxIndex;
  readonly acks: Acks;
  readonly settlement: Settlement;
  readonly table = new MapTable();
  /** Who spent what in the ledger. */
  readonly spent = new Map<OutpointKey, TxId>();
  readonly #sketch = new Sketch();

  constructor(n = 4, window = 1000, soundness: Soundness = ALL_SOUND) {
    const journal = { read: (): Uint8Array => new Uint8Array() };
    const quorum = Math.floor((n + Math.floor((n - 1) / 3)) / 2) + 1;
    this.graph = new Graph(n, quorum, new Archive(new MapTable(), journal), window);
    this.index = new TxIndex(
      this.graph,
      this.table,
      (key) => this.spent.get(key) ?? null,
      soundness,
    );
    this.acks = new Acks(this.graph, (txid) => this.index.get(txid));
    this.settlement = new Settlement(this.graph, this.index, this.acks, soundness);
  }

  /** Draws a block and admits it as a replica does, forks included. `ended`: it says END, or one before did. */
  draw(lane: number, stroke: Stroke = {}, ended = false): Block {
    const block = this.#sketch.draw(lane, stroke);
    this.#form(block, ended);
    const { node, equivocates } = this.graph.admit(block);
    this.index.add(node, block, 0);
    if (equivocates) {
      this.index.trackFork(this.index.blocksFrom(lane, this.graph.forkSeq(lane)));
    } else if (node.seq >= this.graph.forkSeq(lane)) this.index.trackFork([node.id]);
    return block;
  }

  /** A block that the graph only judges: it is drawn apart, and the lane goes on without it. */
  candidate(lane: number, prev: Block | null, refs: readonly Block[]): DagNode {
    return this.#form(new Sketch().draw(lane, { prev, refs }));
  }

  #form({ header, digest, txs, votes }: Block, ended = false): DagNode {
    const { lane, seq, timeMs } = header;
    const prev = seq === 1 ? 0 : this.graph.find(header.prev);
    const refs = header.refs.map((ref) => this.graph.find(ref.digest));
    const words = { lane, seq, digest, timeMs, votes, txCount: txs.length };
    return this.graph.form(words, prev, refs, {
      epoch: header.epoch,
      stance: { ...STANCE, ended },
    });
  }

  /** Every lane references the last blocks of all others. */
  round(lanes: readonly number[], last: readonly Block[]): Block[] {
    const newest = new Map(last.map((block) => [block.header.lane, block]));
    return lanes.map((lane) =>
      this.draw(lane, { refs: [...newest.values()].filter(({ header }) => header.lane !== lane) }),
    );
  }

  id(block: Block): NodeId {
    return this.graph.find(block.digest);
  }

  history(...blocks: readonly Block[]): History {
    return this.graph.unionOf(blocks.map((block) => this.id(block)));
  }

  entry({ txid }: Transaction): Entry {
    return defined(this.index.get(txid), 'it is indexed');
  }
}
