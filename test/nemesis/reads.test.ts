import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LedgerModel } from '../../nemesis/checker/ledger-model.ts';
import { judgeReads } from '../../nemesis/checker/reads.ts';
import type { Call, Operation, Said } from '../../nemesis/history/history.ts';
import { API_LIMITS } from '../../src/types/api-limits.ts';
import { outpointKey } from '../../src/types/ids.ts';
import {
  balance,
  FIRST,
  GENESIS,
  good,
  OTHER,
  ofBob,
  rules,
  SECOND,
  status,
  timed,
  withCalls,
} from './histories.ts';

const again = { kind: 'status', txid: FIRST.txid } as const;
const output = (key: typeof GENESIS) => ({ kind: 'output', key }) as const;
const ABSENT: Said = { kind: 'output', state: 'absent', spentBy: null };
const UNSPENT: Said = { kind: 'output', state: 'unspent', spentBy: null };

describe('the checker of what was read', () => {
  it('tells a stale read from one that overlaps with what would make it stale', () => {
    const [first, second] = withCalls([0, ofBob, balance(10n, 1, 1)]).calls.slice(-1);
    assert.ok(first !== undefined && second === undefined);
    const told = good.calls.find(({ id }) => id === 10)?.answer?.atMs ?? 0;
    const overlapping = { ...good, calls: [...good.calls, { ...first, calledMs: told }] };
    assert.deepEqual(rules(overlapping), []);
  });

  it('lets an old copy of a folder tell of its time, but nothing else', () => {
    const old = withCalls([0, ofBob, balance(10n, 1, 1)]);
    const { calledMs } = old.calls.at(-1) as Call;
    const fault = { fault: 'rollback', detail: '', beganMs: calledMs, endedMs: calledMs + 1 };
    const during = (wentBack: number | null, more = {}) =>
      rules({ ...old, faults: [{ ...fault, wentBack, ...more }] });
    assert.deepEqual(during(0), []);
    assert.deepEqual(during(null), ['no-stale-read']);
    assert.deepEqual(during(1), ['no-stale-read']);
    assert.deepEqual(during(0, { beganMs: 0, endedMs: 1 }), ['no-stale-read']);
    // From the moment at which it was put back to that at which it ended, both included.
    const from = (beganMs: number, endedMs: number) => during(0, { beganMs, endedMs });
    assert.deepEqual(from(calledMs + 5, calledMs + 9), []);
    assert.deepEqual(from(calledMs + 6, calledMs + 9), ['no-stale-read']);
    assert.deepEqual(from(calledMs - 9, calledMs), []);
    assert.deepEqual(from(calledMs - 9, calledMs - 1), ['no-stale-read']);
    const wrong = withCalls([0, ofBob, balance(11n, 1, 1)]);
    assert.deepEqual(rules({ ...wrong, faults: [{ ...fault, wentBack: 0 }] }), ['exact-balance']);
  });

  it('sees a status taken back, also one of an answer that names no epoch', () => {
    for (const state of ['unknown', 'pending', 'admitted', 'rejected'] as const) {
      assert.ok(rules(withCalls([0, again, status(state)])).includes('no-stale-read'), state);
    }
    assert.deepEqual(rules(withCalls([0, again, status('checkpointed', 1)])), []);
    assert.deepEqual(
      rules(withCalls([1, again, status('final')])),
      ['no-stale-read'],
      'checkpointed',
    );
  });

  it('sees an older ledger than was asked for', () => {
    const asked = { ...ofBob, atLeastEpoch: 2 };
    assert.deepEqual(rules(withCalls([1, asked, balance(10n, 1, 1)])), ['no-stale-read']);
  });

  it('wants of a balance the amount, the outputs and the checkpoint of an epoch that there is', () => {
    const said = (change: object) =>
      rules(withCalls([0, ofBob, { ...balance(98n, 2, 2), ...change }]));
    assert.deepEqual(said({}), []);
    assert.deepEqual(said({ outputs: 3 }), ['exact-balance']);
    assert.deepEqual(said({ balance: 99n }), ['exact-balance']);
    assert.deepEqual(said({ epoch: 3 }), ['exact-balance']);
    assert.deepEqual(said({ checkpoint: 'other' }), ['one-checkpoint']);
    assert.deepEqual(said({ checkpoint: null }), [], 'it has no certificate yet');
    assert.deepEqual(said({ complete: false }), ['exact-balance'], 'there are no more');
  });

  it('wants of a balance of the first outputs that there are more, and no more in it than in all', () => {
    const most = API_LIMITS.balanceOutputsMax.value;
    const ofMany = (outputs: number, said: Said): string[] => {
      const epoch = 2;
      const answer = { atMs: 1, said };
      const call = { id: 1, client: 'a', validator: 0, operation: ofBob, calledMs: 0, answer };
      const model = { lastEpoch: epoch, checkpoints: new Map() };
      const many = { ...model, balance: () => ({ balance: 98n, outputs }) };
      const history = { ...good, calls: [call] };
      return judgeReads(history, many as unknown as LedgerModel).map(({ rule }) => rule);
    };
    const first = (change: object) => ({ ...balance(97n, most, 2), complete: false, ...change });
    assert.deepEqual(ofMany(most + 1, first({})), []);
    assert.deepEqual(ofMany(most + 1, first({ complete: true })), ['exact-balance']);
    assert.deepEqual(ofMany(most + 1, first({ outputs: most - 1 })), ['exact-balance'], 'too few');
    assert.deepEqual(ofMany(most + 1, first({ balance: 99n })), ['exact-balance'], 'too much');
    assert.deepEqual(ofMany(most, first({})), ['exact-balance'], 'there are no more');
  });

  it('holds the reads of a validator against what that one has told, in whatever answer', () => {
    const old = [1, ofBob, balance(10n, 1, 1)] as const;
    assert.deepEqual(rules(withCalls(old)), [], 'another one told the newer epoch');
    const newer = [1, { kind: 'status', txid: SECOND.txid }, status('checkpointed', 2)] as const;
    assert.deepEqual(rules(withCalls(newer, old)), ['no-stale-read']);
  });

  it('remembers the most that was told, not the last', () => {
    const reads = (operation: Operation, ...said: Said[]) => {
      const times = [[200, 205] as const, [200, 206] as const, [210, 215] as const];
      const made = said.map((one) => [1, operation, one] as const);
      return rules(timed(withCalls(...made), ...times.slice(0, said.length)));
    };
    const [newer, older] = [balance(98n, 2, 2), balance(10n, 1, 1)];
    assert.deepEqual(reads(ofBob, newer, older), [], 'they overlap');
    assert.deepEqual(reads(ofBob, newer, older, older), ['no-stale-read']);
    const [final, admitted] = [status('final'), status('admitted')];
    const second = { kind: 'status', txid: SECOND.txid } as const;
    assert.deepEqual(reads(second, final, admitted), []);
    assert.deepEqual(reads(second, final, admitted, admitted), ['no-stale-read']);
  });

  it('wants the outputs of what was told as final there, and its inputs spent by it', () => {
    const read = (validator: number, key: typeof GENESIS, said: Said) =>
      rules(withCalls([validator, output(key), said]));
    assert.deepEqual(read(0, outpointKey(FIRST.txid, 0), ABSENT), ['output-follows']);
    assert.deepEqual(read(0, outpointKey(FIRST.txid, 2), ABSENT), [], 'it has two');
    assert.deepEqual(read(1, outpointKey(SECOND.txid, 0), ABSENT), [], 'not told as final here');
    assert.deepEqual(read(1, GENESIS, UNSPENT), ['output-follows']);
    assert.deepEqual(read(1, outpointKey(FIRST.txid, 1), UNSPENT), [], 'nor that one');
  });

  it('wants an output spent that it told as spent by what it told as final', () => {
    const taken = (validator: number, spentBy: typeof FIRST.txid) =>
      rules(
        withCalls(
          [validator, output(OTHER), { kind: 'output', state: 'spent', spentBy }],
          [validator, output(OTHER), UNSPENT],
        ),
      );
    assert.deepEqual(taken(0, FIRST.txid), ['output-follows']);
    assert.deepEqual(taken(1, SECOND.txid), [], 'a crash may undo what was not');
  });
});
