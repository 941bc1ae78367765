import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check } from '../../nemesis/checker/check.ts';
import type { History, LedgerFact } from '../../nemesis/history/history.ts';
import {
  FIRST,
  GENESIS,
  good,
  OTHER,
  only,
  payment,
  RIVAL,
  rules,
  SECOND,
  status,
  timed,
  tx,
  withCalls,
  withLedgers,
} from './histories.ts';

const lost = ({ txid }: { txid: typeof FIRST.txid }, winner: typeof FIRST.txid | null) => ({
  txid,
  winner,
});

describe('the checker of ledgers', () => {
  it('compares all that two validators say of an epoch', () => {
    const differing = (change: Partial<LedgerFact>) =>
      rules({
        ...good,
        ledgers: good.ledgers.map((one) =>
          one.validator === 1 && one.epoch === 1 ? { ...one, ...change } : one,
        ),
      });
    assert.deepEqual(differing({ checkpoint: 'other' }), ['one-checkpoint']);
    assert.deepEqual(differing({ stateRoot: 'other' }), ['one-checkpoint']);
    assert.deepEqual(differing({ accepted: [] }), ['one-outcome', 'has-outcome']);
    assert.deepEqual(differing({ rejected: [] }), ['one-outcome', 'has-outcome']);
    assert.deepEqual(differing({ rejected: [lost(RIVAL, null)] }), ['one-outcome']);
  });

  it('replays them by epoch, and of one epoch parents before children, in whatever order they stand', () => {
    assert.deepEqual(rules({ ...good, ledgers: good.ledgers.toReversed() }), []);
    const unanswered = [FIRST, SECOND].map((operation) => [0, operation, null] as const);
    const { txid } = SECOND;
    assert.deepEqual(rules(only(unanswered, { accepted: [txid, FIRST.txid] })), []);
    assert.deepEqual(
      rules(only(unanswered, { accepted: [txid] })),
      ['sound'],
      'without its parent',
    );
  });

  it('lets what was made invalid be rejected, for whatever reason', () => {
    const invalid = { ...FIRST, valid: false };
    assert.deepEqual(rules(only([[0, invalid, null]], { rejected: [lost(FIRST, null)] })), []);
  });

  it('lets a transaction lose to who has one of its inputs, or with its parent', () => {
    const made = [FIRST, RIVAL, SECOND].map((operation) => [0, operation, null] as const);
    const rejected = [lost(FIRST, RIVAL.txid), lost(SECOND, FIRST.txid)];
    assert.deepEqual(rules(only(made, { accepted: [RIVAL.txid], rejected })), []);
    const both = payment(tx('5'), GENESIS, { inputs: [GENESIS, OTHER] });
    const facts = { accepted: [RIVAL.txid], rejected: [lost(both, RIVAL.txid)] };
    assert.deepEqual(rules(only([[0, both, null], ...made.slice(1, 2)], facts)), []);
  });
});

describe('the checker of what was told of transactions', () => {
  for (const state of ['final', 'checkpointed'] as const) {
    it(`wants what was told as ${state} in a ledger, accepted`, () => {
      const told = [0, FIRST, status(state)] as const;
      assert.deepEqual(rules(only([told], {})), ['acknowledged-kept', 'has-outcome']);
      const facts = { accepted: [RIVAL.txid], rejected: [lost(FIRST, RIVAL.txid)] };
      assert.deepEqual(rules(only([told, [0, RIVAL, null]], facts)), ['one-outcome']);
      assert.equal(check(only([told], { accepted: [FIRST.txid] })).counts.acknowledged, 1);
    });
  }

  it('wants what was told as rejected rejected', () => {
    const told = [0, FIRST, status('rejected')] as const;
    assert.deepEqual(rules(only([told], { accepted: [FIRST.txid] })), ['one-outcome']);
  });

  it('wants a parent before its child when somebody saw it final first, and else says only what is unsound', () => {
    const [first, second] = [FIRST.txid, SECOND.txid];
    const asked = { kind: 'status', txid: first } as const;
    const turnedRound = [{ accepted: [second] }, { accepted: [first] }];
    const pending = [0, SECOND, status('pending')] as const;
    const seen = (state: 'final' | 'checkpointed') =>
      only([[0, FIRST, status(state)], pending], ...turnedRound);
    const both = ['sound', 'real-time'];
    assert.deepEqual(rules(seen('final')), both);
    assert.deepEqual(rules(seen('checkpointed')), both);
    assert.deepEqual(rules(timed(seen('final'), [0, 9], [10, 15])), both);
    assert.deepEqual(rules(timed(seen('final'), [0, 10], [10, 15])), ['sound'], 'they overlap');
    const again = [0, asked, status('final')] as const;
    const twice = only([[0, FIRST, status('final')], pending, again], ...turnedRound);
    assert.deepEqual(rules(twice), both, 'what counts is when it was told first');
    const resent = only([pending, [0, FIRST, status('final')], pending], ...turnedRound);
    assert.deepEqual(rules(resent), ['sound'], 'and when the child was submitted first');
    const together = only([[0, FIRST, status('final')], pending], { accepted: [first, second] });
    assert.deepEqual(rules(together), [], 'of one epoch nobody is first');
  });
});

describe('the checker of what must happen', () => {
  it('holds a final transaction against the ledger of every validator', () => {
    const ledgersOfOne = good.ledgers.filter(
      ({ validator, epoch }) => validator === 0 || epoch === 1,
    );
    assert.deepEqual(rules({ ...good, ledgers: ledgersOfOne }), ['has-outcome']);
    const dropped = (validator: number, epoch: number) => [{ validator, dropped: epoch }];
    const having = (facts: History['dropped']) =>
      rules({ ...good, ledgers: ledgersOfOne, dropped: facts });
    assert.deepEqual(having(dropped(1, 2)), []);
    assert.deepEqual(having([...dropped(1, 1), ...dropped(1, 2)]), [], 'asked twice');
    assert.deepEqual(having(dropped(1, 1)), ['has-outcome']);
    assert.deepEqual(having(dropped(0, 2)), ['has-outcome']);
  });

  it('asks for no outcome of what an ended generation left over, when it has spent the input', () => {
    const ledgers = withLedgers({ accepted: [FIRST.txid] }, { accepted: [SECOND.txid] }).ledgers;
    const having = (generationEpochs: number | undefined, { calls } = good) =>
      rules({
        ...good,
        ledgers,
        origin: { ...good.origin, generationEpochs },
        calls: calls.filter(({ id }) => id !== 9),
      });
    assert.deepEqual(having(1), []);
    assert.deepEqual(having(2), []);
    assert.deepEqual(having(3), ['has-outcome'], 'the generation goes on');
    assert.deepEqual(having(undefined), ['has-outcome']);
    // Of several inputs one is enough; and it was spent in the last epoch of its generation.
    const rival = payment(tx('5'), OTHER, { inputs: [OTHER, ...SECOND.inputs] });
    assert.deepEqual(having(2, withCalls([1, rival, status('admitted')])), []);
    const free = withCalls([1, payment(tx('5'), OTHER), status('admitted')]);
    assert.deepEqual(having(1, free), ['has-outcome'], 'nobody has spent the input');
  });

  it('asks for the outcome of what an ended generation has decided', () => {
    const ledgers = good.ledgers.filter(({ validator, epoch }) => validator === 0 || epoch === 1);
    const origin = { ...good.origin, generationEpochs: 1 };
    assert.deepEqual(rules({ ...good, ledgers, origin }), ['has-outcome']);
  });

  it('insists that what was acknowledged is in a ledger of somebody, whoever has dropped it', () => {
    const ledgers = good.ledgers.filter(({ epoch }) => epoch === 1);
    const dropped = [0, 1].map((validator) => ({ validator, dropped: 2 }));
    assert.ok(rules({ ...good, ledgers, dropped }).includes('acknowledged-kept'));
  });

  it('takes no outcome for one that validators without a ledger of it have, however it was told', () => {
    for (const state of ['admitted', 'final', 'checkpointed'] as const) {
      const told = only([[0, FIRST, status(state)]], { accepted: [FIRST.txid] });
      const ledgers = told.ledgers.filter(({ validator }) => validator === 0);
      assert.deepEqual(rules({ ...told, ledgers }), ['has-outcome'], state);
    }
  });

  it('takes a probe that was rejected for one that is not final', () => {
    const probe = [0, { ...FIRST, probe: true }, status('pending')] as const;
    const facts = { accepted: [RIVAL.txid], rejected: [lost(FIRST, RIVAL.txid)] };
    assert.deepEqual(rules(only([probe, [0, RIVAL, null]], facts)), ['probe-final']);
  });
});
