import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Block } from '../../types/block.ts';
import { refOf } from '../../types/block.ts';
import type { Answer } from './admission.ts';
import { Reference } from './admission.ts';
import type { Entry } from './entry.ts';
import { ackLanes, cleanAckLanes, depsIn } from './model.ts';
import { Sketch, sketchSetting, sketchTransaction } from './sketch.ts';

function setUp(n = 4) {
  const reference = new Reference(sketchSetting(n));
  const sketch = new Sketch();
  const draw = (lane: number, stroke: Parameters<Sketch['draw']>[1] = {}): Block => {
    const block = sketch.draw(lane, stroke);
    assert.deepEqual(outcome(reference.admit(block)), 'admitted');
    return block;
  };
  const entry = (block: Block): Entry => reference.model.byDigest.get(block.digest)!;
  return { reference, sketch, draw, entry };
}

function outcome(answer: Answer): string {
  return answer.kind === 'refused' ? answer.code : answer.kind;
}

/** One round in which lanes 0..count-1 each reference all the given blocks of others. */
function round(
  draw: (lane: number, stroke: { refs: Block[]; epoch?: number }) => Block,
  tips: Block[],
  lanes: number[],
  epoch = 0,
): Block[] {
  const latest = new Map(tips.map((tip) => [tip.header.lane, tip]));
  return lanes.map((lane) =>
    draw(lane, { refs: [...latest.values()].filter((tip) => tip.header.lane !== lane), epoch }),
  );
}

describe('acks by definition', () => {
  it('orders the new blocks of a step by lane, then seq, then digest, parents first', () => {
    const { draw, entry } = setUp();
    const a = draw(2);
    const b = draw(1, { refs: [a] });
    const c = draw(0);
    const d = draw(3, { refs: [b, c] });
    const lanes = entry(d).step.map((step) => step.lane);
    assert.deepEqual(lanes, [0, 2, 1, 3]);
  });

  it('counts a lane whose ack came before any rival as clean, and names what came before', () => {
    const { reference, draw, entry } = setUp();
    const t = sketchTransaction('t', [1]);
    const u = sketchTransaction('u', [1]);
    const a = draw(0, { txs: [t] });
    const b = draw(1, { txs: [u] });
    const c = draw(2, { refs: [a, b] });
    const history = entry(c).history;
    assert.deepEqual([...ackLanes(reference.model, t.txid, history)].sort(), [0, 2]);
    assert.deepEqual([...cleanAckLanes(reference.model, t.txid, history)].sort(), [0, 2]);
    assert.deepEqual([...cleanAckLanes(reference.model, u.txid, history)], [1]);
    assert.deepEqual([...depsIn(reference.model, u.txid, history)], [t.txid]);
    assert.deepEqual([...depsIn(reference.model, t.txid, history)], []);
  });

  it('gives a clean verdict at the first block that shows a quorum of acks, and keeps it', () => {
    const { reference, draw } = setUp();
    const t = sketchTransaction('t', [1]);
    const first = draw(0, { txs: [t] });
    const acks = round(draw, [first], [1, 2]);
    const [third] = round(draw, acks, [3]);
    const verdicts = reference.model.verdicts.get(t.txid)!;
    assert.deepEqual(
      verdicts.map((v) => [v.at.digest, v.clean]),
      [[third!.digest, true]],
    );
  });
});

describe('admission by definition', () => {
  it('waits for what it names', () => {
    const { reference, sketch } = setUp();
    const a = sketch.draw(0);
    const b = sketch.draw(1, { refs: [a] });
    assert.equal(outcome(reference.admit(b)), 'waiting');
    assert.equal(outcome(reference.admit(a)), 'admitted');
    assert.equal(outcome(reference.admit(b)), 'admitted');
  });

  it('B1: refuses a reference to a lane that forks in the history', () => {
    const { reference, sketch, draw } = setUp();
    const a = draw(0);
    const fork = draw(0, { prev: null });
    const b = draw(1, { refs: [a] });
    const c = sketch.draw(2, { refs: [b, fork] });
    assert.equal(outcome(reference.admit(c)), 'ref-to-equivocator');
    const d = draw(2, { prev: null, refs: [b] });
    assert.equal(
      outcome(reference.admit(sketch.draw(3, { refs: [d, fork] }))),
      'ref-to-equivocator',
    );
  });

  it('takes a child of a same-lane parent at once, of another lane only when it is settled', () => {
    const { reference, sketch, draw } = setUp();
    const parent = sketchTransaction('p', [1]);
    const child = sketchTransaction('c', [[parent, 0]], [98n]);
    const grandchild = sketchTransaction('g', [[child, 0]], [97n]);
    const first = draw(0, { txs: [parent, child] });
    const early = sketch.draw(1, { refs: [first], txs: [grandchild] });
    assert.equal(outcome(reference.admit(early)), 'unknown-parent');
    const acks = [first, ...[1, 2, 3].map((lane) => draw(lane, { prev: null, refs: [first] }))];
    const verdicts = round(draw, acks, [0, 1, 2, 3]);
    const late = sketch.draw(1, {
      refs: verdicts.filter((b) => b.header.lane !== 1),
      txs: [grandchild],
    });
    assert.equal(outcome(reference.admit(late)), 'admitted');
  });

  it('refuses copies and rivals in one chain, unknown outputs, overspending and a wrong witness', () => {
    const { reference, sketch } = setUp();
    const t = sketchTransaction('t', [1]);
    const answer = (txs: (typeof t)[]) =>
      outcome(reference.admit(sketch.draw(0, { txs, prev: null })));
    assert.equal(answer([t, sketchTransaction('u', [1])]), 'rival-in-chain');
    assert.equal(answer([t, t]), 'copy-in-chain');
    assert.equal(answer([sketchTransaction('v', [99])]), 'unknown-parent');
    assert.equal(answer([sketchTransaction('w', [2], [100n])]), 'bad-amount');
    assert.equal(answer([{ ...sketchTransaction('x', [3]), witnessLocks: [] }]), 'bad-witness');
    assert.equal(answer([sketchTransaction('y', [4, 4])]), 'bad-transaction');
    assert.equal(answer([{ ...sketchTransaction('z', [5]), validUntil: -1 }]), 'expired');
  });

  it('B31: stops a lane that runs ahead of what a quorum has taken', () => {
    const { reference, sketch, draw } = setUp();
    for (let i = 0; i < 8; i++) draw(0, { txs: [sketchTransaction(`t${i}`, [i])] });
    const ninth = sketch.draw(0, { txs: [sketchTransaction('t8', [8])] });
    assert.equal(outcome(reference.admit(ninth)), 'lane-window');
  });

  it('refuses an epoch that its history does not show', () => {
    const { reference, sketch } = setUp();
    assert.equal(outcome(reference.admit(sketch.draw(0, { epoch: 1 }))), 'bad-epoch');
  });
});

describe('cuts by definition', () => {
  /** leader(1,0) of four is lane 1. */
  function decide(setup: ReturnType<typeof setUp>, rivals: boolean) {
    const { draw } = setup;
    const t = sketchTransaction('t', [1]);
    const u = sketchTransaction('u', [1]);
    const a = draw(0, { txs: [t] });
    const b = draw(1, rivals ? { txs: [u] } : {});
    // Lanes 0 and 2 see t first, lanes 1 and 3 see u first: nobody is clean.
    const c = draw(2, { refs: [a] });
    const d = draw(3, { refs: [b] });
    const acks = round(draw, [a, b, c, d], [0, 1, 2, 3]);
    const verdicts = round(draw, acks, [0, 1, 2, 3]);
    const others = verdicts.filter((block) => block.header.lane !== 1);
    const cut = draw(1, { refs: others, votes: [{ kind: 'propose', epoch: 1, view: 0 }] });
    const prepares = [0, 2, 3].map((lane) =>
      draw(lane, {
        refs: [cut],
        votes: [{ kind: 'prepare', epoch: 1, view: 0, block: refOf(cut) }],
      }),
    );
    const commits = [0, 2, 3].map((lane) =>
      draw(lane, {
        refs: prepares.filter((block) => block.header.lane !== lane),
        votes: [{ kind: 'commit', epoch: 1, view: 0, block: refOf(cut) }],
      }),
    );
    return { t, u, cut, commits };
  }

  it('decides by commits of a quorum; the block that shows them has the next epoch', () => {
    const setup = setUp();
    const { t, cut, commits } = decide(setup, false);
    const wrong = setup.sketch.draw(1, { refs: commits });
    assert.equal(outcome(setup.reference.admit(wrong)), 'bad-epoch');
    const right = setup.draw(1, { prev: cut, refs: commits, epoch: 1 });
    const ledger = setup.reference.ledgerIn(setup.entry(right).history)!;
    assert.equal(ledger.cut.digest, cut.digest);
    assert.deepEqual(ledger.own, [{ txid: t.txid, accepted: true }]);
  });

  it('resolves contested rivals by the smallest txid', () => {
    const setup = setUp();
    const { t, u, cut, commits } = decide(setup, true);
    const right = setup.draw(1, { prev: cut, refs: commits, epoch: 1 });
    const ledger = setup.reference.ledgerIn(setup.entry(right).history)!;
    assert.deepEqual(ledger.classes.get(t.txid)?.kind, 'contested');
    assert.deepEqual(ledger.own, [
      { txid: t.txid, accepted: true },
      { txid: u.txid, accepted: false, reason: 'input-spent', winner: t.txid },
    ]);
  });

  it('B12, B13: refuses votes of no leader, twice in a view, unprepared, or below the own view', () => {
    const { reference, sketch, draw } = setUp();
    const answer = (lane: number, stroke: Parameters<Sketch['draw']>[1]) =>
      outcome(reference.admit(sketch.draw(lane, stroke)));
    const propose = { kind: 'propose', epoch: 1, view: 0 } as const;
    assert.equal(answer(0, { votes: [propose] }), 'bad-vote');
    const cut = draw(1, { votes: [propose] });
    const prepare = { kind: 'prepare', epoch: 1, view: 0, block: refOf(cut) } as const;
    const commit = { ...prepare, kind: 'commit' } as const;
    const leave = { kind: 'viewchange', epoch: 1, view: 1 } as const;
    assert.equal(answer(0, { prev: null, refs: [cut], votes: [prepare, prepare] }), 'bad-vote');
    assert.equal(answer(0, { prev: null, refs: [cut], votes: [commit] }), 'bad-vote');
    for (const wrong of [{ lane: 2 }, { seq: 2 }]) {
      const misnamed = { ...prepare, block: { ...prepare.block, ...wrong } };
      assert.equal(answer(0, { prev: null, refs: [cut], votes: [misnamed] }), 'bad-vote');
    }
    assert.equal(answer(0, { prev: null, refs: [cut], votes: [leave, prepare] }), 'bad-vote');
    assert.equal(answer(0, { prev: null, votes: [prepare] }), 'bad-vote');
    assert.equal(answer(0, { prev: null, refs: [cut], votes: [prepare, leave] }), 'admitted');
  });

  it('6.5: takes the first view, or one above what more than f lanes ask for before the block', () => {
    const { reference, sketch, draw } = setUp();
    const ask = (...views: number[]) =>
      views.map((view) => ({ kind: 'viewchange', epoch: 1, view }) as const);
    const answer = (lane: number, stroke: Parameters<Sketch['draw']>[1]) =>
      outcome(reference.admit(sketch.draw(lane, { prev: null, ...stroke })));
    assert.equal(answer(0, { votes: ask(2) }), 'bad-vote');
    assert.equal(answer(0, { votes: ask(1, 2) }), 'bad-vote');
    const one = draw(1, { votes: ask(1) });
    assert.equal(answer(0, { refs: [one], votes: ask(2) }), 'bad-vote');
    const two = draw(2, { votes: ask(1) });
    assert.equal(answer(0, { refs: [one, two], votes: ask(3) }), 'bad-vote');
    assert.equal(answer(3, { refs: [one, two], votes: ask(2) }), 'admitted');
    const own = draw(0, { prev: null, votes: ask(1) });
    assert.equal(answer(0, { prev: own, refs: [one], votes: ask(2) }), 'admitted');
  });

  it('B15: takes the block prepared in the highest view below as the value of a later proposal', () => {
    const { reference, draw, entry } = setUp();
    const cut = draw(1, { votes: [{ kind: 'propose', epoch: 1, view: 0 }] });
    const prepares = [0, 2, 3].map((lane) =>
      draw(lane, {
        refs: [cut],
        votes: [{ kind: 'prepare', epoch: 1, view: 0, block: refOf(cut) }],
      }),
    );
    const leaves = [0, 2, 3].map((lane) =>
      draw(lane, {
        refs: prepares.filter((block) => block.header.lane !== lane),
        votes: [{ kind: 'viewchange', epoch: 1, view: 1 }],
      }),
    );
    const again = draw(2, {
      refs: leaves.filter((block) => block.header.lane !== 2),
      votes: [{ kind: 'propose', epoch: 1, view: 1 }],
    });
    const second = [0, 1, 3].map((lane) =>
      draw(lane, {
        refs: [again],
        votes: [
          ...(lane === 1 ? [{ kind: 'viewchange', epoch: 1, view: 1 } as const] : []),
          { kind: 'prepare', epoch: 1, view: 1, block: refOf(again) },
        ],
      }),
    );
    const commits = [0, 1, 3].map((lane) =>
      draw(lane, {
        refs: second.filter((block) => block.header.lane !== lane),
        votes: [{ kind: 'commit', epoch: 1, view: 1, block: refOf(again) }],
      }),
    );
    const end = draw(2, { refs: commits, epoch: 1 });
    assert.equal(reference.ledgerIn(entry(end).history)!.cut.digest, cut.digest);
  });
});
