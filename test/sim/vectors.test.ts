import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCommittee } from '../../src/committee/committee.ts';
import { initialStance } from '../../src/consensus/rules.ts';
import { type Core, createCore } from '../../src/replica/core.ts';
import { genesisStart } from '../../src/replica/generations/start.ts';
import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import { Reference } from '../../src/sim/reference/admission.ts';
import { Bits } from '../../src/sim/reference/bits.ts';
import type { Entry } from '../../src/sim/reference/entry.ts';
import {
  ackLanes,
  cleanAckLanes,
  cleanVerdictLanes,
  depsIn,
  equivocators,
  type Model,
  verdictLanes,
} from '../../src/sim/reference/model.ts';
import { Sketch, sketchSetting, sketchTransaction } from '../../src/sim/reference/sketch.ts';
import { mockKey } from '../../src/sim/world/mock-signatures.ts';
import { createPrng, type Prng } from '../../src/std/prng.ts';
import { MemoryStore } from '../../src/storage/memory-store.ts';
import type { Block } from '../../src/types/block.ts';
import type { History } from '../../src/types/dag.ts';
import type { Digest, TxId } from '../../src/types/ids.ts';
import type { Transaction } from '../../src/types/transaction.ts';

/**
 * The vectors and the evaluation of tracked transactions, held against the definitions on random
 * histories: forks, second copies, rivals, stale references, every order of admission.
 */

const BLOCKS = 45;
const OUTPUTS = 8;

/** Random admissible blocks, in the order in which they were drawn. */
function drawHistory(prng: Prng, n: number): { reference: Reference; blocks: Block[] } {
  const reference = new Reference(sketchSetting(n, { laneWindowMax: 1000 }));
  const sketch = new Sketch();
  const blocks: Block[] = [];
  const forkers = prng.chance(0.7) ? prng.between(1, 2) : 0;
  let spends = 0;
  const drawTransaction = (): Transaction => {
    const rival = prng.chance(0.3);
    const inputs = rival ? [prng.below(OUTPUTS)] : [OUTPUTS + (spends % 40)];
    return sketchTransaction(`${rival ? 'r' : 't'}${spends++}`, inputs);
  };
  const known: Transaction[] = [];
  while (blocks.length < BLOCKS) {
    const lane = prng.below(n);
    const own = blocks.filter((block) => block.header.lane === lane);
    const forks = lane < forkers && own.length > 0 && prng.chance(0.25);
    const prev = forks ? prng.pick([null, ...own]) : (own.at(-1) ?? null);
    const refs: Block[] = [];
    for (let other = 0; other < n; other++) {
      const theirs = blocks.filter((block) => block.header.lane === other);
      if (other === lane || theirs.length === 0 || !prng.chance(0.6)) continue;
      refs.push(prng.chance(0.8) ? theirs.at(-1)! : prng.pick(theirs));
    }
    const txs = prng.chance(0.5) ? [drawTransaction()] : [];
    if (known.length > 0 && prng.chance(0.15)) txs.push(prng.pick(known));
    const block = sketch.draw(lane, { prev, refs, txs });
    if (reference.admit(block).kind !== 'admitted') continue;
    blocks.push(block);
    known.push(...txs);
  }
  return { reference, blocks };
}

/** Another order in which a validator may admit them: parents first. */
function reorder(prng: Prng, blocks: readonly Block[]): Block[] {
  const left = [...blocks];
  const done = new Set<Digest>();
  const order: Block[] = [];
  while (left.length > 0) {
    const ready = left.filter(({ header }) => {
      const named = [
        ...(header.seq === 1 ? [] : [header.prev]),
        ...header.refs.map((r) => r.digest),
      ];
      return named.every((digest) => done.has(digest));
    });
    const next = prng.pick(ready);
    left.splice(left.indexOf(next), 1);
    done.add(next.digest);
    order.push(next);
  }
  return order;
}

function createTestCore(n: number): Core {
  const members = Array.from({ length: n }, (_, i) => ({
    name: `${i}`,
    publicKey: Buffer.from(mockKey(1, i)).toString('hex'),
  }));
  const params = {
    minFee: 1n,
    laneWindowMax: 1000,
    blockTxsMax: 100,
    blockBytesMax: 100_000,
  };
  const options = {
    genesis: {
      format: 1,
      name: 'test',
      addressPrefix: 'test',
      committee: members,
      params,
      outputs: [],
    },
    ledgerId: sketchSetting(n).ledgerId,
    committee: createCommittee(members),
    lane: 0,
    signer: null,
    store: new MemoryStore(),
    archive: { read: () => assert.fail('nothing leaves the window') },
    policy: DEFAULT_POLICY,
  } as const;
  return createCore(options, genesisStart(options));
}

function admit({ graph, index }: Core, block: Block): void {
  const { lane, seq, timeMs } = block.header;
  const { digest, votes, txs } = block;
  const prev = seq === 1 ? 0 : graph.find(block.header.prev);
  const refs = block.header.refs.map((ref) => graph.find(ref.digest));
  graph.form({ lane, seq, digest, timeMs, votes, txCount: txs.length }, prev, refs, {
    epoch: 0,
    stance: initialStance({ start: 0, stop: Infinity }),
  });
  const { node, equivocates } = graph.admit(block);
  index.add(node, block, 0);
  if (equivocates) {
    for (let s = graph.forkSeq(lane); s <= graph.height(lane); s++)
      index.trackFork(graph.at(lane, s));
  } else if (seq >= graph.forkSeq(lane)) index.trackFork([node.id]);
}

/** Has it, within this history, neither a rival nor a second copy, and does its lane not fork there? */
function isPlain(model: Model, txid: TxId, history: Bits, carrier: Entry): boolean {
  const inside = (other: TxId) =>
    model.entries.filter(
      (entry) => history.has(entry.index) && entry.block.txs.some((tx) => tx.txid === other),
    );
  if (inside(txid).length !== 1) return false;
  if (model.rivals(txid).some((rival) => inside(rival).length > 0)) return false;
  return !equivocators(model, history).has(carrier.lane);
}

function checkHistory(core: Core, model: Model, history: History, bits: Bits, what: string): void {
  const { quorum } = model.setting;
  for (const carrier of model.entries) {
    if (!bits.has(carrier.index)) continue;
    for (const { txid } of carrier.block.txs) {
      const place = `${what}, ${txid.slice(0, 6)} in ${carrier.lane}/${carrier.seq}`;
      if (isPlain(model, txid, bits, carrier)) {
        const certified = ackLanes(model, txid, bits).size >= quorum;
        const settled = verdictLanes(model, txid, bits).size >= quorum;
        const clean = cleanVerdictLanes(model, txid, bits).size >= quorum;
        assert.equal(
          history.certified[carrier.lane]! >= carrier.seq,
          certified,
          `certified: ${place}`,
        );
        assert.equal(history.settled[carrier.lane]! >= carrier.seq, settled, `settled: ${place}`);
        assert.equal(clean, settled, `clean: ${place}`);
      }
      const entry = core.index.get(txid)!;
      core.index.track(entry);
      const { acks } = core;
      const count = (found: ReadonlySet<unknown>) => found.size;
      assert.equal(
        acks.countAcks(entry, history, false),
        count(ackLanes(model, txid, bits)),
        place,
      );
      assert.equal(
        acks.countAcks(entry, history, true),
        count(cleanAckLanes(model, txid, bits)),
        place,
      );
      assert.equal(
        acks.countVerdicts(entry, history, false),
        count(verdictLanes(model, txid, bits)),
        place,
      );
      const clean = count(cleanVerdictLanes(model, txid, bits));
      assert.equal(acks.countVerdicts(entry, history, true), clean, place);
      assert.deepEqual(
        acks.dependencies(entry, history),
        [...depsIn(model, txid, bits)].sort(),
        place,
      );
    }
  }
}

function checkSeed(seed: number, n: number): { forks: number; plain: number } {
  const prng = createPrng(`vectors/${seed}/${n}`);
  const { reference, blocks } = drawHistory(prng, n);
  const { model } = reference;
  const core = createTestCore(n);
  const seen = new Bits();
  for (const block of reorder(prng, blocks)) {
    admit(core, block);
    const entry = model.byDigest.get(block.digest)!;
    seen.add(entry.index);
    const node = core.graph.node(core.graph.find(block.digest));
    const step = core.graph.step(node.id).map((id) => core.graph.node(id).digest);
    assert.deepEqual(
      step,
      entry.step.map((each) => each.digest),
      `seed ${seed}: order of acks`,
    );
    checkHistory(
      core,
      model,
      node,
      entry.history,
      `n ${n} seed ${seed}, at ${entry.lane}/${entry.seq}`,
    );
    const digests = entry.history.members().map((index) => model.entries[index]!.digest);
    for (const each of model.entries.filter((other) => seen.has(other.index))) {
      const inside = core.graph.contains(node, core.graph.find(each.digest));
      assert.equal(inside, digests.includes(each.digest), `seed ${seed}: contains`);
    }
  }
  checkHistory(core, model, core.graph.all, seen, `n ${n} seed ${seed}, all`);
  const forks = equivocators(model, seen).size;
  const plain = model.entries.flatMap((entry) =>
    entry.block.txs.filter((tx) => isPlain(model, tx.txid, seen, entry)),
  ).length;
  return { forks, plain };
}

describe('vectors and tracked transactions against the definitions', () => {
  for (const n of [4, 5, 7]) {
    it(`hold on random histories of ${n} lanes`, () => {
      let [forks, plain] = [0, 0];
      for (let seed = 1; seed <= 60; seed++) {
        const met = checkSeed(seed, n);
        forks += met.forks;
        plain += met.plain;
      }
      assert.ok(forks > 0 && plain > 0, 'the histories have forks and undisputed transactions');
    });
  }
});
