import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DrawnGraph } from '../../test/dag/drawn-graph.ts';
import { sketchTransaction as sketch } from '../sim/reference/sketch.ts';
import type { Block } from '../types/block.ts';
import type { TxId } from '../types/ids.ts';
import type { Outcome } from '../types/ledger.ts';
import type { Transaction } from '../types/transaction.ts';
import type { LedgerOutcome } from './settlement.ts';

const LANES = [0, 1, 2, 3];

/** Rounds of all lanes over these transactions of lane 0, one block each. */
function rounds(txs: readonly Transaction[], count: number) {
  const drawn = new DrawnGraph();
  const blocks = txs.map((tx) => drawn.draw(0, { txs: [tx] }));
  let last: Block[] = [blocks.at(-1)!, ...[1, 2, 3].map((lane) => drawn.draw(lane))];
  const tips = [last];
  for (let round = 0; round < count; round++) tips.push((last = drawn.round(LANES, last)));
  return { drawn, blocks, tips };
}

const open: LedgerOutcome = () => null;
const ledger =
  (...outcomes: readonly Outcome[]): LedgerOutcome =>
  ({ txid }) =>
    outcomes.find((outcome) => outcome.txid === txid) ?? null;

describe('3.5: settled', () => {
  const [parent, t] = [sketch('p', [1]), sketch('t', [2])];
  const child = sketch('c', [[parent, 0], 3]);
  const rejected: Outcome = {
    txid: parent.txid,
    accepted: false,
    reason: 'input-spent',
    winner: t.txid,
  };

  it('says the same by the vectors as by the definition, in every history', () => {
    const vectors = rounds([t], 5);
    const defined = rounds([t], 5);
    defined.drawn.index.track(defined.drawn.entry(t));
    const answers = vectors.tips.flatMap((tips, round) =>
      tips.map((_, lane) => {
        const [one, other] = [vectors, defined].map(({ drawn, tips }) =>
          drawn.settlement.isClean(drawn.entry(t), drawn.history(tips[round]![lane]!)),
        );
        assert.equal(one, other, `round ${round}, lane ${lane}`);
        return one;
      }),
    );
    assert.ok(answers.includes(true) && answers.includes(false));
    assert.equal(vectors.drawn.entry(t).tracking, null);
  });

  it('by definition for what came back from the store, which may have been tracked', () => {
    const { drawn, tips } = rounds([t], 5);
    drawn.index.recordOutcome(drawn.entry(t), { txid: t.txid, accepted: true }, 1);
    drawn.index.forget(9);
    assert.equal(drawn.entry(t).tracking, null);
    assert.equal(drawn.settlement.isClean(drawn.entry(t), drawn.history(...tips[5]!)), true);
    assert.notEqual(drawn.entry(t).tracking, null);
  });

  it('needs clean verdicts of a quorum and the same of every parent', () => {
    const { drawn, tips } = rounds([parent, child], 6);
    const settled = (round: number, known = new Set<TxId>()) =>
      drawn.settlement.isSettled(
        drawn.entry(child),
        drawn.history(...tips[round]!),
        0,
        open,
        known,
      );
    assert.equal(settled(1), false);
    const known = new Set<TxId>();
    assert.equal(settled(6, known), true);
    assert.deepEqual([...known].sort(), [child.txid, parent.txid].sort());
    assert.equal(settled(1, known), true, 'what is known of a history is not asked again');
  });

  it('takes the word of a ledger for a transaction and for a parent', () => {
    const { drawn, tips } = rounds([parent, child], 6);
    const ask = (tx: Transaction, round: number, outcome: LedgerOutcome, known = new Set<TxId>()) =>
      drawn.settlement.isSettled(
        drawn.entry(tx),
        drawn.history(...tips[round]!),
        1,
        outcome,
        known,
      );
    const accepted: Outcome = { txid: parent.txid, accepted: true };
    assert.equal(ask(parent, 0, ledger(accepted)), true);
    assert.equal(ask(parent, 6, ledger(rejected)), false);
    assert.equal(ask(child, 6, ledger(accepted)), true);
    const known = new Set<TxId>();
    assert.equal(ask(child, 6, ledger(rejected), known), false);
    assert.deepEqual([...known], [], 'nothing is known of what fails');
  });

  it('asks the ledgers of the epoch that the history decided', () => {
    const { drawn, tips } = rounds([t], 1);
    const asked: number[] = [];
    const outcome: LedgerOutcome = ({ txid }, epoch) => {
      asked.push(epoch);
      return { txid, accepted: true };
    };
    const history = drawn.history(...tips[0]!);
    assert.equal(drawn.settlement.isSettled(drawn.entry(t), history, 7, outcome, new Set()), true);
    assert.deepEqual(asked, [7]);
  });
});
