import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCommittee } from '../src/committee/committee.ts';
import { initialStance } from '../src/consensus/rules.ts';
import { keyLock } from '../src/crypto/locks.ts';
import { Archive } from '../src/dag/archive.ts';
import { Graph } from '../src/dag/graph.ts';
import { Acks } from '../src/dependency/acks.ts';
import { Settlement } from '../src/dependency/settlement.ts';
import { TxIndex } from '../src/dependency/tx-index.ts';
import { feeTxid } from '../src/ledger/fees.ts';
import { trust } from '../src/replica/ingress.ts';
import { Replica } from '../src/replica/replica.ts';
import { DEFAULT_POLICY } from '../src/replica/replica-options.ts';
import { mockKey } from '../src/sim/mock-signatures.ts';
import { type Answer, Reference } from '../src/sim/reference/admission.ts';
import { Bits } from '../src/sim/reference/bits.ts';
import { cleanVerdictLanes } from '../src/sim/reference/model.ts';
import {
  GENESIS_TX,
  Sketch,
  type Stroke,
  sketchSetting,
  sketchTransaction,
} from '../src/sim/reference/sketch.ts';
import { createPrng, type Prng } from '../src/std/prng.ts';
import { runToEnd } from '../src/std/slices.ts';
import { MemoryStore } from '../src/storage/memory-store.ts';
import { type Block, refOf, type Vote } from '../src/types/block.ts';
import type { NodeId } from '../src/types/dag.ts';
import { outpointKey } from '../src/types/ids.ts';
import { inputOf, type Transaction } from '../src/types/transaction.ts';

/**
 * Lemma 7.1: the answer to a block is a function of the block and its history, whatever else a validator
 * knows and however long ago that was. Each case is one in which it once was not.
 */

const N = 4;
const MEMBERS = Array.from({ length: N }, (_, i) => ({
  name: `${i}`,
  publicKey: Buffer.from(mockKey(1, i)).toString('hex'),
}));
const COMMITTEE = createCommittee(MEMBERS);
const SETTING = sketchSetting(N, {
  payoutLocks: MEMBERS.map((_, i) => keyLock(COMMITTEE.publicKey(i))),
  feeTxid: (epoch) => feeTxid(sketchSetting(N).ledgerId, epoch),
});

/** An observer over the product's own parts; it takes drawn blocks. */
class Observer {
  readonly #replica: Replica;
  #nowMs = 0;

  constructor() {
    const params = {
      minFee: 1n,
      laneWindowMax: 8,
      blockTxsMax: 100,
      blockBytesMax: 100_000,
    };
    this.#replica = new Replica({
      genesis: {
        format: 1,
        name: 'drawn',
        addressPrefix: 'drawn',
        committee: MEMBERS,
        params,
        outputs: [],
      },
      ledgerId: SETTING.ledgerId,
      committee: COMMITTEE,
      lane: null,
      signer: null,
      store: new MemoryStore(),
      archive: { read: () => assert.fail('nothing leaves the window') },
      policy: DEFAULT_POLICY,
      tamper({ coins }) {
        const spent = { acceptedEpoch: 0, spentBy: null, spentEpoch: 0 };
        coins.loadGenesis([...SETTING.genesis].map(([key, coin]) => [key, { ...coin, ...spent }]));
        runToEnd(coins.flush());
      },
    });
  }

  /** 'admitted', or the code of the refusal. */
  take(block: Block): string {
    const from = { kind: 'lane', lane: block.header.lane } as const;
    const input = { kind: 'block', from, block: trust(block) } as const;
    const { rejected, persist } = this.#replica.step(this.#nowMs++, input);
    if (rejected[0] !== undefined) return rejected[0].code;
    return persist.length === 1 ? 'admitted' : 'waiting';
  }
}

function outcome(answer: Answer): string {
  return answer.kind === 'refused' ? answer.code : answer.kind;
}

class Drawing {
  readonly reference = new Reference(SETTING);
  readonly blocks: Block[] = [];
  readonly #sketch = new Sketch();

  draw(lane: number, stroke: Stroke = {}): Block {
    const block = this.#sketch.draw(lane, stroke);
    assert.equal(outcome(this.reference.admit(block)), 'admitted');
    this.blocks.push(block);
    return block;
  }

  /** Drawn, but not taken: what the definitions say of it. */
  last(lane: number, stroke: Stroke): { block: Block; answer: string } {
    const block = this.#sketch.draw(lane, stroke);
    return { block, answer: outcome(this.reference.admit(block)) };
  }

  round(lanes: readonly number[], refs: readonly Block[], stroke: Stroke = {}): Block[] {
    return lanes.map((lane) => {
      return this.draw(lane, { ...stroke, refs: refs.filter((ref) => ref.header.lane !== lane) });
    });
  }
}

function vote(kind: 'propose' | 'viewchange', view: number): Vote {
  return { kind, epoch: 1, view };
}

describe('admission does not depend on what else is known (7.1)', () => {
  it('A3: fees of an epoch that only the own COMMIT decides are not there yet, for nobody', () => {
    const drawing = new Drawing();
    const payment = sketchTransaction('t', [1], [60n]);
    const first = drawing.draw(0, { txs: [payment] });
    const acks = drawing.round([1, 2, 3], [first]);
    const verdicts = drawing.round([0, 1, 2, 3], acks);
    const others = verdicts.filter((block) => block.header.lane !== 1);
    const cut = drawing.draw(1, { refs: others, votes: [vote('propose', 0)] });
    const prepare: Vote = { kind: 'prepare', epoch: 1, view: 0, block: refOf(cut) };
    const prepares = drawing.round([0, 2, 3], [cut], { votes: [prepare] });
    const commit: Vote = { kind: 'commit', epoch: 1, view: 0, block: refOf(cut) };
    const commits = drawing.round([0, 2], prepares, { votes: [commit] });
    const known = [...drawing.blocks];
    const third = drawing.draw(1, { refs: prepares, votes: [prepare, commit] });
    const share = {
      ...sketchTransaction('fee', [1], [1n]),
      inputs: [inputOf(outpointKey(SETTING.feeTxid(1), 0))],
      witnessLocks: [SETTING.payoutLocks[0]!],
    };
    const own = drawing.last(3, { refs: commits, votes: [commit], epoch: 1, txs: [share] });
    assert.equal(own.answer, 'unknown-parent');
    for (const more of [[], [third]]) {
      const observer = new Observer();
      for (const block of [...known, ...more]) assert.equal(observer.take(block), 'admitted');
      assert.equal(observer.take(own.block), own.answer, `${more.length} more known`);
    }
  });

  it('6.2: a block proposes once, so that value(L) is one block', () => {
    const drawing = new Drawing();
    const left = [vote('viewchange', 1), vote('viewchange', 5)];
    const asking = drawing.round([0, 1], [], { votes: left });
    const votes = [
      vote('viewchange', 1),
      vote('propose', 1),
      vote('viewchange', 5),
      vote('propose', 5),
    ];
    // leader(1, 1) and leader(1, 5) of four lanes is lane 2.
    const twice = drawing.last(2, { refs: asking, votes });
    const observer = new Observer();
    for (const block of drawing.blocks) assert.equal(observer.take(block), 'admitted');
    assert.equal(observer.take(twice.block), twice.answer);
    assert.equal(twice.answer, 'bad-vote');
  });
});

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
      this.index.settle(entry, { txid, accepted: true }, this.#epoch);
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

assert.ok(SETTING.genesis.has(outpointKey(GENESIS_TX, 0)), 'drawn payments spend drawn outputs');
