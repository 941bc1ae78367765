import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { initialStance } from '../../src/consensus/rules.ts';
import { Archive } from '../../src/dag/archive.ts';
import { Graph } from '../../src/dag/graph.ts';
import { Acks } from '../../src/dependency/acks.ts';
import { Settlement } from '../../src/dependency/settlement.ts';
import { TxIndex } from '../../src/dependency/tx-index.ts';
import { Bits } from '../../src/sim/reference/bits.ts';
import { cleanVerdictLanes } from '../../src/sim/reference/model.ts';
import { sketchTransaction } from '../../src/sim/reference/sketch.ts';
import { createPrng, type Prng } from '../../src/std/prng.ts';
import { MemoryStore } from '../../src/storage/memory-store.ts';
import type { Block } from '../../src/types/block.ts';
import type { NodeId } from '../../src/types/dag.ts';
import type { Transaction } from '../../src/types/transaction.ts';
import { COMMITTEE, Drawing, N } from './drawing.ts';

/** The same of parts of a validator (7.1): what left its memory, or has its outcome, answers as what is new. */

/** Blocks in the journal are drawn ones here. */
class DrawnArchive extends Archive {
  readonly drawn: Block[] = [];

  override block(id: NodeId): Block {
    return this.drawn[id - 1]!;
  }
}

/** What admission asks of a validator whose window holds `window` blocks. */
class Memory {
  readonly graph: Graph;
  readonly index: TxIndex;
  readonly settlement: Settlement;
  readonly #archive: DrawnArchive;
  #epoch = 0;

  constructor(window: number) {
    const table = new MemoryStore();
    this.#archive = new DrawnArchive(table, { read: () => assert.fail('blocks are drawn') });
    this.graph = new Graph(N, COMMITTEE.quorum, this.#archive, window);
    const truth = { isOpen: () => false, isSound: () => true };
    this.index = new TxIndex(this.graph, table, () => null, truth);
    const acks = new Acks(this.graph, (txid) => this.index.get(txid));
    this.settlement = new Settlement(this.graph, this.index, acks, truth);
  }

  take(block: Block): void {
    const { graph, index } = this;
    const { lane, seq, timeMs } = block.header;
    const { digest, votes, txs } = block;
    const words = { lane, seq, digest, timeMs, votes, txCount: txs.length };
    const prev = seq === 1 ? 0 : graph.find(block.header.prev);
    const refs = block.header.refs.map((ref) => graph.find(ref.digest));
    graph.form(words, prev, refs, {
      epoch: 0,
      stance: initialStance({ start: 0, stop: Infinity }),
    });
    const { node, equivocates } = graph.admit(block);
    this.#archive.drawn.push(block);
    graph.trim();
    index.add(node, block, 0);
    if (equivocates) index.trackFork(index.blocksFrom(lane, graph.forkSeq(lane)));
    else if (seq >= graph.forkSeq(lane)) index.trackFork([node.id]);
  }

  /** The ledger of a further epoch takes in what it may: nothing of this is in the drawn histories. */
  settle(txs: readonly Transaction[]): void {
    this.#epoch++;
    for (const { txid } of txs) {
      const entry = this.index.get(txid)!;
      if (entry.cutEpoch > 0) continue;
      this.index.classify(entry, this.#epoch);
      this.index.recordOutcome(entry, { txid, accepted: true }, this.#epoch);
    }
    this.index.forget(this.#epoch);
  }
}

function drawForked(prng: Prng): { drawing: Drawing; order: Block[] } {
  const drawing = new Drawing();
  const branches = new Map<number, Block[]>();
  let count = 0;
  for (let i = 0; i < 60; i++) {
    const lane = prng.below(N);
    const own = branches.get(lane) ?? [];
    const forks = lane === 0 && own.length > 0 && prng.chance(0.3);
    const prev = forks ? prng.pick([null, ...own.slice(0, 3)]) : (own.at(-1) ?? null);
    const refs: Block[] = [];
    for (const [other, theirs] of branches) {
      if (other !== lane && prng.chance(0.6)) refs.push(prng.pick(theirs.slice(-2)));
    }
    const seen = drawing.blocks.flatMap((block) => block.txs);
    const txs: Transaction[] = [];
    if (prng.chance(0.5)) txs.push(sketchTransaction(`t${count}`, [count++]));
    if (seen.length > 0 && prng.chance(0.2)) txs.push(prng.pick(seen));
    const drawn = drawing.last(lane, { prev, refs, txs });
    if (drawn.answer !== 'admitted') continue;
    drawing.blocks.push(drawn.block);
    branches.set(lane, [...own, drawn.block]);
  }
  return { drawing, order: drawing.blocks };
}

describe('old entries and old blocks are judged as new ones are (7.1, 7.5)', () => {
  it('clean verdicts, whether or not the ledger had the transaction before its copies came', () => {
    let [clean, copies] = [0, 0];
    for (let seed = 1; seed <= 25; seed++) {
      const prng = createPrng(`purity/${seed}`);
      const { drawing, order } = drawForked(prng);
      const { model } = drawing.reference;
      const memory = new Memory(12);
      const all = new Bits();
      for (const block of order) {
        memory.take(block);
        if (prng.chance(0.4)) memory.settle(block.txs);
        const { history, index } = model.byDigest.get(block.digest)!;
        all.add(index);
        const node = memory.graph.node(memory.graph.find(block.digest));
        for (const { txid } of model.transactions.values()) {
          const entry = memory.index.get(txid);
          if (entry === undefined) continue;
          const expected = cleanVerdictLanes(model, txid, history).size >= COMMITTEE.quorum;
          if (expected) clean++;
          if (entry.copies.length > 1) copies++;
          const what = `seed ${seed}, ${txid.slice(0, 6)} at ${block.digest.slice(0, 12)}`;
          assert.equal(memory.settlement.isClean(entry, node), expected, what);
        }
        for (const other of order.slice(0, order.indexOf(block) + 1)) {
          const inside = history.has(model.byDigest.get(other.digest)!.index);
          const found = memory.graph.contains(node, memory.graph.find(other.digest));
          assert.equal(found, inside, `seed ${seed}: contains`);
        }
      }
    }
    assert.ok(clean > 0 && copies > 0, 'the histories have clean transactions and copies');
  });

  it('a second copy that comes after the ledger counts with the first', () => {
    const drawing = new Drawing();
    const t = sketchTransaction('t', [1]);
    const x = drawing.draw(0, { txs: [t] });
    const y = drawing.draw(3, { txs: [t] });
    const verdicts = [
      drawing.draw(1, { refs: [x, y] }),
      drawing.draw(2, { refs: [x, y] }),
      drawing.draw(0, { refs: [y] }),
    ];
    const more = [drawing.draw(1, { refs: verdicts.filter((b) => b.header.lane === 2) })];
    const end = drawing.draw(3, { refs: [...verdicts.slice(1), ...more] });
    const { history } = drawing.reference.model.byDigest.get(end.digest)!;
    const memory = new Memory(1000);
    memory.take(x);
    memory.settle([t]);
    for (const block of drawing.blocks.slice(1)) memory.take(block);
    const entry = memory.index.get(t.txid)!;
    const expected = cleanVerdictLanes(drawing.reference.model, t.txid, history).size;
    const node = memory.graph.node(memory.graph.find(end.digest));
    assert.equal(memory.settlement.isClean(entry, node), expected >= COMMITTEE.quorum);
  });
});
