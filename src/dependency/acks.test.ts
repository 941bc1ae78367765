import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DrawnGraph } from '../../test/dag/drawn-graph.ts';
import { sketchTransaction as sketch } from '../sim/reference/sketch.ts';

const [t, u] = [sketch('t', [1]), sketch('u', [1])];

describe('acks by lane (2.4, 3.2)', () => {
  it('are ordered by seq, then by place in the step, then by index in the block', () => {
    const drawn = new DrawnGraph();
    const a = drawn.draw(0, { txs: [t] });
    const b = drawn.draw(1, { txs: [u] });
    const both = drawn.draw(2, { refs: [a, b] });
    const [first, other] = [drawn.entry(t), drawn.entry(u)];
    const at = { block: drawn.id(both), seq: 1, index: 0 };
    assert.deepEqual(drawn.acks.ack(first, at.block), { ...at, place: 0, clean: true });
    assert.deepEqual(drawn.acks.ack(other, at.block), { ...at, place: 1, clean: false });
    assert.deepEqual(drawn.acks.dependencies(first, drawn.history(both)), []);
    assert.deepEqual(drawn.acks.dependencies(other, drawn.history(both)), [t.txid]);

    drawn.draw(3, { refs: [b] });
    const later = drawn.draw(3, { refs: [a] });
    assert.equal(drawn.acks.ack(other, drawn.id(later))?.clean, true);
    assert.equal(drawn.acks.ack(first, drawn.id(later))?.clean, false);
    assert.deepEqual(drawn.acks.dependencies(first, drawn.history(both, later)), [u.txid]);
  });

  it('are ordered by index within one block', () => {
    const drawn = new DrawnGraph();
    const block = drawn.draw(0, { txs: [t, u] });
    const id = drawn.id(block);
    assert.equal(drawn.acks.ack(drawn.entry(t), id)?.clean, true);
    assert.equal(drawn.acks.ack(drawn.entry(u), id)?.clean, false);
    assert.equal(drawn.acks.ack(drawn.entry(u), id)?.index, 1);
  });

  it('are those of the first copy that the lane met, whichever was admitted first', () => {
    const drawn = new DrawnGraph();
    const a = drawn.draw(0, { txs: [t] });
    const b = drawn.draw(1, { txs: [u, t] });
    const early = [drawn.draw(2, { refs: [b] }), drawn.draw(2, { refs: [a] })];
    const late = [drawn.draw(3, { refs: [a] }), drawn.draw(3, { refs: [b] })];
    const ackAt = (chain: typeof early) => drawn.acks.ack(drawn.entry(t), drawn.id(chain[1]!));
    assert.deepEqual([ackAt(early)?.seq, ackAt(early)?.index], [1, 1]);
    assert.deepEqual([ackAt(late)?.seq, ackAt(late)?.index], [1, 0]);
  });

  it('are none where a transaction was not seen, and no dependency either', () => {
    const drawn = new DrawnGraph();
    const a = drawn.draw(0, { txs: [t] });
    const b = drawn.draw(1, { txs: [u] });
    assert.equal(drawn.acks.ack(drawn.entry(t), drawn.id(b)), null);
    assert.deepEqual(drawn.acks.dependencies(drawn.entry(t), drawn.history(a, b)), []);
    assert.equal(drawn.acks.countAcks(drawn.entry(t), drawn.history(a, b), false), 1);
  });

  it('are told apart by branch: each may be clean on its own, and neither depends', () => {
    const drawn = new DrawnGraph();
    const base = drawn.draw(0);
    const [one, other] = [
      drawn.draw(0, { prev: base, txs: [t] }),
      drawn.draw(0, { prev: base, txs: [u] }),
    ];
    const history = drawn.history(one, other);
    for (const tx of [t, u, t, u]) {
      const entry = drawn.entry(tx);
      assert.equal(drawn.acks.countAcks(entry, history, true), 1);
      assert.deepEqual(drawn.acks.dependencies(entry, history), []);
    }
    assert.equal(drawn.acks.ack(drawn.entry(t), drawn.id(other)), null);
    assert.equal(drawn.acks.ack(drawn.entry(u), drawn.id(one)), null);
  });

  it('of a block that is only a candidate are not remembered', () => {
    const drawn = new DrawnGraph();
    const a = drawn.draw(0, { txs: [t] });
    drawn.draw(1, { txs: [u] });
    const candidate = drawn.candidate(2, null, [a]);
    assert.equal(drawn.acks.ack(drawn.entry(t), candidate.id)?.clean, true);
    drawn.graph.discard();
    const block = drawn.draw(2);
    assert.equal(drawn.id(block), candidate.id);
    assert.equal(drawn.acks.ack(drawn.entry(t), candidate.id), null);
  });

  it('of a rival that only the store knows still count (4.2)', () => {
    const drawn = new DrawnGraph();
    const a = drawn.draw(0, { txs: [t] });
    drawn.index.recordOutcome(drawn.entry(t), { txid: t.txid, accepted: true }, 1);
    drawn.spent.set(t.inputs[0]!.key, t.txid);
    drawn.index.forget(9);
    const b = drawn.draw(1, { txs: [u] });
    const c = drawn.draw(2, { refs: [a, b] });
    assert.deepEqual(drawn.acks.dependencies(drawn.entry(u), drawn.history(c)), [t.txid]);
    assert.equal(drawn.acks.countAcks(drawn.entry(u), drawn.history(c), true), 1);
    // Read back once more, it does not know that it was tracked.
    drawn.entry(t).tracking = null;
    assert.deepEqual(drawn.acks.dependencies(drawn.entry(u), drawn.history(c)), [t.txid]);
  });

  it('give dependencies by txid, whichever was admitted first (4.2)', () => {
    const drawn = new DrawnGraph();
    const tx = sketch('m', [1, 2]);
    drawn.draw(0, { txs: [sketch('z', [1])] });
    drawn.draw(0, { txs: [sketch('a', [2])] });
    const last = drawn.draw(0, { txs: [tx] });
    assert.deepEqual(drawn.acks.dependencies(drawn.entry(tx), drawn.history(last)), [
      sketch('a', [2]).txid,
      sketch('z', [1]).txid,
    ]);
  });
});

describe('3.3: verdicts', () => {
  it('stand at the first block that saw acks of a quorum, and are clean if these are', () => {
    const drawn = new DrawnGraph();
    const lanes = [0, 1, 2, 3];
    const first = lanes.map((lane) => drawn.draw(lane, lane === 0 ? { txs: [t] } : {}));
    drawn.index.track(drawn.entry(t));
    const second = drawn.round(lanes, first);
    const third = drawn.round(lanes, second);
    const fourth = drawn.round(lanes, third);
    const verdict = (lane: number, blocks: typeof first) =>
      drawn.acks.verdict(drawn.entry(t), drawn.id(blocks[lane]!));
    for (const lane of lanes) {
      const expected = { block: drawn.id(third[lane]!), seq: 3, clean: true };
      assert.equal(verdict(lane, second), null);
      assert.deepEqual(verdict(lane, fourth), expected);
      assert.deepEqual(verdict(lane, fourth), expected, 'as remembered');
      assert.deepEqual(verdict(lane, third), expected);
      assert.equal(verdict(lane, second), null);
    }
    const count = (...blocks: typeof first) =>
      drawn.acks.countVerdicts(drawn.entry(t), drawn.history(...blocks), true);
    assert.deepEqual([count(...second), count(third[1]!), count(...third)], [0, 1, 4]);
  });

  it('are contested where the lanes are split, and stay so', () => {
    const drawn = new DrawnGraph();
    const lanes = [0, 1, 2, 3];
    const a = drawn.draw(0, { txs: [t] });
    const b = drawn.draw(1, { txs: [u] });
    const first = [a, b, drawn.draw(2, { refs: [a] }), drawn.draw(3, { refs: [b] })];
    let last = first;
    for (let round = 0; round < 3; round++) last = drawn.round(lanes, last);
    for (const tx of [t, u]) {
      const count = (cleanOnly: boolean) =>
        drawn.acks.countVerdicts(drawn.entry(tx), drawn.history(...last), cleanOnly);
      assert.deepEqual([count(false), count(true)], [4, 0]);
      assert.equal(drawn.acks.mayBeClean(drawn.entry(tx)), false);
    }
  });

  it('rule clean ones of a quorum out once too many lanes cannot give them: forks can', () => {
    const drawn = new DrawnGraph();
    const lanes = [0, 1, 2, 3];
    const a = drawn.draw(0, { txs: [t] });
    const b = drawn.draw(1, { txs: [u] });
    let last = [a, b, drawn.draw(2, { refs: [a] }), drawn.draw(3, { refs: [b] })];
    for (let round = 0; round < 3; round++) last = drawn.round(lanes, last);
    const entry = drawn.entry(t);
    const seen = lanes.slice(0, 2).map((lane) => {
      assert.equal(drawn.acks.verdict(entry, drawn.id(last[lane]!))?.clean, false);
      return drawn.acks.mayBeClean(entry);
    });
    assert.deepEqual(seen, [true, false]);
    drawn.draw(1, { prev: b });
    assert.equal(drawn.acks.mayBeClean(entry), true);
  });

  it('of a block that is only a candidate are not remembered', () => {
    const drawn = new DrawnGraph();
    const lanes = [0, 1, 2, 3];
    const first = lanes.map((lane) => drawn.draw(lane, lane === 0 ? { txs: [t] } : {}));
    drawn.index.track(drawn.entry(t));
    const second = drawn.round(lanes, first);
    const others = second.filter(({ header }) => header.lane !== 1);
    const candidate = drawn.candidate(1, second[1]!, others);
    assert.equal(drawn.acks.verdict(drawn.entry(t), candidate.id)?.seq, 3);
    drawn.graph.discard();
    const block = drawn.draw(1);
    assert.equal(drawn.id(block), candidate.id);
    assert.equal(drawn.acks.verdict(drawn.entry(t), candidate.id), null);
  });

  it('may stand at the first block of a lane that comes late', () => {
    const drawn = new DrawnGraph();
    const lanes = [0, 1, 2];
    const first = lanes.map((lane) => drawn.draw(lane, lane === 0 ? { txs: [t] } : {}));
    drawn.index.track(drawn.entry(t));
    const late = drawn.draw(3, { refs: drawn.round(lanes, first) });
    const verdict = drawn.acks.verdict(drawn.entry(t), drawn.id(late));
    assert.deepEqual(verdict, { block: drawn.id(late), seq: 1, clean: true });
  });

  it('are given by the END of a chain, and not behind it (9.2)', () => {
    const lanes = [0, 1, 2, 3];
    for (const endsWithIt of [true, false]) {
      const drawn = new DrawnGraph();
      const first = lanes.map((lane) => drawn.draw(lane, lane === 0 ? { txs: [t] } : {}));
      drawn.index.track(drawn.entry(t));
      const refs = (blocks: typeof first) => blocks.filter(({ header }) => header.lane !== 1);
      const others = lanes.filter((lane) => lane !== 1);
      const second = others.map((lane) =>
        drawn.draw(lane, { refs: first.filter(({ header }) => header.lane !== lane) }),
      );
      second.push(drawn.draw(1, { refs: refs(first) }, !endsWithIt));
      const last = drawn.draw(1, { refs: refs(second) }, true);
      const verdict = drawn.acks.verdict(drawn.entry(t), drawn.id(last));
      assert.equal(verdict?.seq, endsWithIt ? 3 : undefined);
    }
  });
});
