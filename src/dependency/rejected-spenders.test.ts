import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DrawnGraph } from '../../test/dag/drawn-graph.ts';
import { GENESIS_TX, sketchTransaction as sketch } from '../sim/reference/sketch.ts';
import { createPrng, type Prng } from '../std/prng.ts';
import type { Block } from '../types/block.ts';
import type { DagNode } from '../types/dag.ts';
import { outpointKey } from '../types/ids.ts';
import type { Transaction } from '../types/transaction.ts';

const OUTPUT = outpointKey(GENESIS_TX, 1);
const LANES = 4;
const BLOCKS = 48;

function reject(drawn: DrawnGraph, tx: Transaction, epoch = 1): void {
  const why = { accepted: false, reason: 'input-spent', winner: GENESIS_TX } as const;
  drawn.index.recordOutcome(drawn.entry(tx), { txid: tx.txid, ...why }, epoch);
}

/** The same history twice: in one, ledgers reject rivals, the other knows of no ledger and compares all with all. */
class Pair {
  readonly real = new DrawnGraph(LANES);
  readonly plain = new DrawnGraph(LANES);
  readonly blocks: { readonly real: Block; readonly plain: Block }[] = [];
  readonly rivals: Transaction[] = [];
  readonly rejected = new Set<Transaction>();

  draw(lane: number, stroke: { refs?: number[]; prev?: number; txs?: Transaction[] }): void {
    const side = (name: 'real' | 'plain') => {
      const refs = (stroke.refs ?? []).map((at) => this.blocks[at]?.[name] as Block);
      const before = stroke.prev === undefined ? undefined : this.blocks[stroke.prev]?.[name];
      const prev = before === undefined ? {} : { prev: before };
      return this[name].draw(lane, { refs, txs: stroke.txs ?? [], ...prev });
    };
    this.blocks.push({ real: side('real'), plain: side('plain') });
    for (const tx of stroke.txs ?? []) if (!this.rivals.includes(tx)) this.rivals.push(tx);
  }

  lastOf(lane: number): number {
    return this.blocks.findLastIndex(({ real }) => real.header.lane === lane);
  }
}

/** Rivals of one output and copies of them, in blocks that see much or little; ledgers reject some now and then. */
function history(random: Prng): Pair {
  const pair = new Pair();
  for (let at = 0; at < BLOCKS; at += 1) {
    const lane = random.below(LANES);
    const others = [0, 1, 2, 3].filter((other) => other !== lane && random.chance(0.3));
    const refs = others.map((other) => pair.lastOf(other)).filter((last) => last >= 0);
    const own = pair.blocks.flatMap(({ real }, i) => (real.header.lane === lane ? [i] : []));
    const forks = own.length > 0 && random.chance(0.08) ? { prev: random.pick(own) } : {};
    const seen = random.chance(0.5) ? [...pair.rejected] : pair.rivals;
    const known = random.chance(0.4) && seen.length > 0 ? [random.pick(seen)] : [];
    const fresh = random.chance(0.3) ? [sketch(`r${at}`, [1])] : [];
    pair.draw(lane, { refs, ...forks, txs: [...known, ...fresh] });
    if (!random.chance(0.6)) continue;
    const standing = pair.rivals.filter((tx) => !pair.rejected.has(tx));
    if (standing.length === 0) continue;
    const tx = random.pick(standing);
    pair.rejected.add(tx);
    reject(pair.real, tx, pair.rejected.size);
    // Older ones are read back from the store, and know nothing of their rivals then.
    if (random.chance(0.3)) pair.real.index.forget(pair.rejected.size);
  }
  return pair;
}

/** What all chains say of the transaction. */
function factsOf(drawn: DrawnGraph, tx: Transaction): unknown {
  const entry = drawn.entry(tx);
  drawn.index.track(entry);
  const nodes = Array.from({ length: BLOCKS }, (_, i) => drawn.graph.node(i + 1));
  return nodes.map(({ id }) => [drawn.acks.ack(entry, id), drawn.acks.verdict(entry, id)]);
}

describe('7.4.1: rejected rivals that others cover', () => {
  it('change no ack and no verdict, of whichever transaction', () => {
    let covered = 0;
    for (let seed = 0; seed < 60; seed += 1) {
      const { real, plain, rivals, rejected } = history(createPrng(`covered ${seed}`));
      covered += rejected.size - real.index.spenders(OUTPUT).filter(isIn(rejected)).length;
      for (const tx of rivals) {
        const facts = factsOf(plain, tx);
        assert.deepEqual(factsOf(real, tx), facts, `seed ${seed}, ${tx.txid}`);
        // As after a restart, or read back.
        real.entry(tx).tracking = null;
        assert.deepEqual(factsOf(real, tx), facts, `seed ${seed}, ${tx.txid} again`);
      }
    }
    assert.ok(covered > 60, `${covered} covered`);
  });

  it('are found again in their chains: the last of each, or one after it that was covered once', () => {
    let found = 0;
    for (let seed = 0; seed < 60; seed += 1) {
      const { real, rejected } = history(createPrng(`chains ${seed}`));
      const open = real.index.spenders(OUTPUT);
      const covered = [...rejected].filter(({ txid }) => !open.includes(txid));
      for (let id = 1; id <= BLOCKS; id += 1) {
        const tip = real.graph.node(id);
        const last = Math.max(0, ...covered.flatMap((tx) => seqsIn(real, tip, tx)));
        const txid = real.index.lastCovered(OUTPUT, id);
        const tx = [...rejected].find((one) => one.txid === txid);
        const seqs = tx === undefined ? [0] : seqsIn(real, tip, tx);
        assert.ok(Math.max(...seqs) >= last, `seed ${seed}, block ${id}`);
        if (last > 0) found += 1;
      }
    }
    assert.ok(found > 200, `${found} found`);
  });

  it('are covered by any copy of another one, wherever else that stands', () => {
    const drawn = new DrawnGraph(LANES);
    const [h, r] = [sketch('h', [1]), sketch('r', [1])];
    const first = drawn.draw(0, { txs: [h] });
    drawn.draw(1, { refs: [first], txs: [r] });
    drawn.draw(2, { txs: [h] });
    for (const tx of [h, r]) reject(drawn, tx);
    assert.deepEqual(drawn.index.spenders(OUTPUT), [h.txid]);
  });

  it('are rivals again by a copy that comes later and that nothing covers', () => {
    const drawn = new DrawnGraph(LANES);
    const [h, r, t] = [sketch('h', [1]), sketch('r', [1]), sketch('t', [1])];
    const first = drawn.draw(0, { txs: [h] });
    drawn.draw(1, { refs: [first], txs: [r] });
    for (const tx of [h, r]) reject(drawn, tx);
    assert.deepEqual(drawn.index.spenders(OUTPUT), [h.txid]);
    const late = drawn.draw(2, { txs: [t] });
    drawn.draw(3, { txs: [r] });
    const acker = drawn.draw(3, { refs: [late] });
    assert.deepEqual(drawn.index.spenders(OUTPUT), [t.txid, h.txid, r.txid]);
    assert.equal(drawn.acks.ack(drawn.entry(t), drawn.id(acker))?.clean, false);
  });

  it('are as many as there are epochs, and one for each lane is asked for', () => {
    const drawn = new DrawnGraph(LANES);
    let last: Block[] = [];
    for (let round = 0; round < 50; round += 1) {
      const txs = [0, 1, 2, 3].map((lane) => sketch(`${round} ${lane}`, [1]));
      last = txs.map((tx, lane) => drawn.draw(lane, { refs: last.filter(isOf(lane)), txs: [tx] }));
      for (const tx of txs) reject(drawn, tx, round + 1);
      drawn.index.forget(round + 1);
    }
    const first = [0, 1, 2, 3].map((lane) => sketch(`0 ${lane}`, [1]).txid);
    assert.deepEqual([...drawn.index.spenders(OUTPUT)].sort(), first.sort());
    const tx = sketch('late', [1]);
    const before = drawn.table.reads;
    drawn.draw(0, { refs: last.filter(isOf(0)), txs: [tx] });
    assert.equal(drawn.entry(tx).tracking?.rivals.size, LANES);
    assert.ok(drawn.table.reads - before < 20, `${drawn.table.reads - before} reads`);
  });

  it('cost no walk down another branch, whoever forks, and however far below', () => {
    const drawn = new DrawnGraph(LANES);
    const lane = Array.from({ length: 1000 }, (_, i) => {
      const tx = sketch(`${i}`, [1]);
      const block = drawn.draw(0, { txs: [tx] });
      reject(drawn, tx, i + 1);
      drawn.index.forget(i + 1);
      return { tx, block };
    });
    const readsOf = (work: () => void): number => {
      const before = drawn.table.reads;
      work();
      return drawn.table.reads - before;
    };
    for (const seq of [900, 500, 3, 2, 1]) {
      const fork = drawn.id(drawn.draw(0, { prev: lane[seq - 1]!.block }));
      let last: string | null = null;
      const reads = readsOf(() => {
        last = drawn.index.lastCovered(OUTPUT, fork);
      });
      // The first one of the lane is not covered.
      assert.equal(last, seq === 1 ? null : lane[seq - 1]!.tx.txid);
      assert.ok(reads < 40, `${reads} reads`);
    }
    const tx = sketch('late', [1]);
    drawn.draw(0, { prev: lane[4]!.block, txs: [tx] });
    const reads = readsOf(() => reject(drawn, tx, 2000));
    assert.ok(reads < 80, `${reads} reads`);
    const tip = drawn.id(drawn.draw(0));
    assert.equal(drawn.index.lastCovered(OUTPUT, tip), tx.txid);
  });
});

/** Where copies of it stand in the chain that ends in `tip`. */
function seqsIn(drawn: DrawnGraph, { id, lane }: DagNode, tx: Transaction): number[] {
  return drawn
    .entry(tx)
    .copies.map(({ block }) => drawn.graph.node(block))
    .filter((copy) => copy.lane === lane && drawn.graph.ancestor(id, copy.seq) === copy.id)
    .map(({ seq }) => seq);
}

function isIn(rejected: ReadonlySet<Transaction>) {
  const txids = new Set([...rejected].map(({ txid }) => txid));
  return (txid: Transaction['txid']) => txids.has(txid);
}

/** Blocks of other lanes. */
function isOf(lane: number) {
  return ({ header }: Block) => header.lane !== lane;
}
