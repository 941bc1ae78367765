import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { check } from '../nemesis/checker/check.ts';
import { RULES, type Rule } from '../nemesis/checker/violation.ts';
import { encodeLine, historyOf, readHistory } from '../nemesis/history/file.ts';
import type { Call, History, LedgerFact, Operation, Said } from '../nemesis/history/history.ts';
import { type Lock, type OutpointKey, outpointKey, type TxId } from '../src/types/ids.ts';
import { projectFolder } from './project.ts';

const ALICE = `01${'a'.repeat(64)}` as Lock;
const BOB = `01${'b'.repeat(64)}` as Lock;
const tx = (digit: string): TxId => digit.repeat(64) as TxId;
const GENESIS = outpointKey(tx('0'), 0);
const OTHER = outpointKey(tx('0'), 1);

type Submit = Extract<Operation, { kind: 'submit' }>;

/** Pays 10 to Bob of a coin of 100, with a fee of 1. */
function payment(txid: TxId, input: OutpointKey, more: Partial<Submit> = {}): Submit {
  const outputs = [
    { lock: BOB, amount: 10n },
    { lock: ALICE, amount: 89n },
  ];
  return { kind: 'submit', txid, inputs: [input], outputs, valid: true, probe: false, ...more };
}

function status(
  state: Extract<Said, { kind: 'status' }>['state'],
  epoch: number | null = null,
): Said {
  return { kind: 'status', state, epoch, winner: null };
}

type Entry = readonly [validator: number, operation: Operation, said: Said | null];

/** Calls one after the other, each answered before the next one begins. */
function calls(...made: Entry[]): Call[] {
  return made.map(([validator, operation, said], index) => ({
    ...{ id: index + 1, client: 'client', validator, operation, calledMs: index * 10 },
    answer: said === null ? null : { atMs: index * 10 + 5, said },
  }));
}

function ledgers(...epochs: Partial<LedgerFact>[]): LedgerFact[] {
  return [0, 1].flatMap((validator) =>
    epochs.map((facts, index) => ({
      ...{ validator, epoch: index + 1, accepted: [], rejected: [] },
      ...{ checkpoint: `checkpoint ${index + 1}`, stateRoot: `root ${index + 1}` },
      ...facts,
    })),
  );
}

const balance = (amount: bigint, outputs: number, epoch: number): Said => ({
  ...{ kind: 'balance', balance: amount, outputs, epoch },
  checkpoint: epoch === 0 ? null : `checkpoint ${epoch}`,
});
const ofBob = { kind: 'balance', lock: BOB, atLeastEpoch: null } as const;
const FIRST = payment(tx('1'), GENESIS);
const SECOND = payment(tx('2'), outpointKey(tx('1'), 1), {
  outputs: [{ lock: BOB, amount: 88n }],
});
const RIVAL = payment(tx('3'), GENESIS);

/** Nothing is wrong with this one: two payments in two epochs, a rival that lost, reads in between. */
const good: History = {
  origin: {
    ...{ validators: 2, minFee: 1n },
    coins: [
      { key: GENESIS, lock: ALICE, amount: 100n },
      { key: OTHER, lock: ALICE, amount: 100n },
    ],
  },
  calls: calls(
    [0, ofBob, balance(0n, 0, 0)],
    [0, FIRST, status('final')],
    [1, RIVAL, status('admitted')],
    [1, { kind: 'status', txid: FIRST.txid }, status('checkpointed', 1)],
    [1, ofBob, balance(10n, 1, 1)],
    [0, SECOND, status('final')],
    [0, { kind: 'output', key: GENESIS }, { kind: 'output', state: 'spent', spentBy: FIRST.txid }],
    [0, { ...ofBob, atLeastEpoch: 1 }, balance(10n, 1, 1)],
    [1, { kind: 'status', txid: RIVAL.txid }, status('rejected', 1)],
    [0, ofBob, balance(98n, 2, 2)],
    [1, SECOND, null],
  ),
  ledgers: ledgers(
    { accepted: [FIRST.txid], rejected: [{ txid: RIVAL.txid, winner: FIRST.txid }] },
    { accepted: [SECOND.txid] },
  ),
  dropped: [],
  faults: [],
};

function rules(history: History): Rule[] {
  return [...new Set(check(history).violations.map(({ rule }) => rule))];
}

function withCalls(...more: Entry[]): History {
  const last = good.calls.length;
  const added = calls(...more).map((call) => ({
    ...call,
    ...{ id: call.id + last, calledMs: call.calledMs + 10 * last },
    answer: call.answer && { ...call.answer, atMs: call.answer.atMs + 10 * last },
  }));
  return { ...good, calls: [...good.calls, ...added] };
}

const withLedgers = (...epochs: Partial<LedgerFact>[]): History => ({
  ...good,
  ledgers: ledgers(...epochs),
});

/** One wrong history for every rule. */
const wrong: Readonly<Record<Rule, History>> = {
  'one-outcome': withCalls([0, { kind: 'status', txid: FIRST.txid }, status('checkpointed', 2)]),
  'one-checkpoint': {
    ...good,
    ledgers: good.ledgers.map((one) =>
      one.validator === 1 && one.epoch === 2 ? { ...one, stateRoot: 'other' } : one,
    ),
  },
  'no-rivals': withLedgers({ accepted: [FIRST.txid, RIVAL.txid] }, { accepted: [SECOND.txid] }),
  submitted: withLedgers(
    { accepted: [FIRST.txid, tx('9')], rejected: [{ txid: RIVAL.txid, winner: FIRST.txid }] },
    { accepted: [SECOND.txid] },
  ),
  'never-valid': {
    ...good,
    calls: good.calls.map((call) =>
      call.operation === SECOND ? { ...call, operation: { ...SECOND, valid: false } } : call,
    ),
  },
  once: withLedgers(
    { accepted: [FIRST.txid], rejected: [{ txid: RIVAL.txid, winner: FIRST.txid }] },
    { accepted: [SECOND.txid] },
    { accepted: [SECOND.txid] },
  ),
  sound: {
    ...good,
    calls: good.calls.map((call) =>
      call.operation === SECOND
        ? { ...call, operation: { ...SECOND, outputs: [{ lock: BOB, amount: 89n }] } }
        : call,
    ),
  },
  // The planted lost acknowledgement: said to be final, in no ledger.
  'acknowledged-kept': withCalls([1, payment(tx('4'), OTHER), status('final')]),
  'lost-to-nobody': withLedgers(
    { accepted: [FIRST.txid], rejected: [{ txid: RIVAL.txid, winner: FIRST.txid }] },
    { rejected: [{ txid: SECOND.txid, winner: null }] },
  ),
  'real-time': withLedgers(
    { accepted: [SECOND.txid], rejected: [{ txid: RIVAL.txid, winner: FIRST.txid }] },
    { accepted: [FIRST.txid] },
  ),
  'exact-balance': withCalls([1, ofBob, balance(10n, 1, 2)]),
  // The planted stale read: right as of its epoch, but the same validator has told a later one.
  'no-stale-read': withCalls([0, ofBob, balance(10n, 1, 1)]),
  'output-follows': withCalls([
    0,
    { kind: 'output', key: GENESIS },
    { kind: 'output', state: 'unspent', spentBy: null },
  ]),
  'has-outcome': withCalls([1, payment(tx('4'), OTHER), status('admitted')]),
  'probe-final': withCalls([1, payment(tx('4'), OTHER, { probe: true }), status('pending')]),
};

describe('the checker of client histories', () => {
  it('finds nothing in a history with nothing wrong in it', () => {
    assert.deepEqual(check(good).violations, []);
    assert.deepEqual(check(good).counts, {
      ...{ calls: 11, unanswered: 1, submitted: 3, acknowledged: 2 },
      ...{ accepted: 2, rejected: 1, balances: 4, outputs: 1, epochs: 2 },
    });
  });

  for (const rule of Object.keys(RULES) as Rule[]) {
    it(`sees what breaks ${rule}`, () => {
      assert.ok(rules(wrong[rule]).includes(rule), rules(wrong[rule]).join());
    });
  }

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
    const wrong = withCalls([0, ofBob, balance(11n, 1, 1)]);
    assert.deepEqual(rules({ ...wrong, faults: [{ ...fault, wentBack: 0 }] }), ['exact-balance']);
  });

  it('sees a status taken back, also one of an answer that names no epoch', () => {
    const again = { kind: 'status', txid: FIRST.txid } as const;
    for (const state of ['unknown', 'pending', 'admitted', 'rejected'] as const) {
      assert.ok(rules(withCalls([0, again, status(state)])).includes('no-stale-read'), state);
    }
    assert.deepEqual(rules(withCalls([0, again, status('checkpointed', 1)])), []);
  });

  it('sees an older ledger than was asked for', () => {
    const asked = { ...ofBob, atLeastEpoch: 2 };
    assert.deepEqual(rules(withCalls([1, asked, balance(10n, 1, 1)])), ['no-stale-read']);
  });

  it('holds a final transaction against the ledger of every validator', () => {
    const ledgersOfOne = good.ledgers.filter(
      ({ validator, epoch }) => validator === 0 || epoch === 1,
    );
    assert.deepEqual(rules({ ...good, ledgers: ledgersOfOne }), ['has-outcome']);
    const dropped = (validator: number, epoch: number) => [{ validator, dropped: epoch }];
    const having = (facts: History['dropped']) =>
      rules({ ...good, ledgers: ledgersOfOne, dropped: facts });
    assert.deepEqual(having(dropped(1, 2)), []);
    assert.deepEqual(having(dropped(1, 1)), ['has-outcome']);
    assert.deepEqual(having(dropped(0, 2)), ['has-outcome']);
  });

  it('asks for no outcome of what an ended generation left over, when it has spent the input', () => {
    const ledgers = withLedgers({ accepted: [FIRST.txid] }, { accepted: [SECOND.txid] }).ledgers;
    const having = (generationEpochs: number | undefined, { calls } = good) =>
      rules({
        ...{ ...good, ledgers, origin: { ...good.origin, generationEpochs } },
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

  it('reads back what was written', () => {
    const lines = [
      { line: 'origin', origin: good.origin } as const,
      ...good.calls.flatMap(({ answer, ...call }) => [
        { line: 'call', call } as const,
        ...(answer === null ? [] : [{ line: 'answer', id: call.id, answer } as const]),
      ]),
      ...good.ledgers.map((ledger) => ({ line: 'ledger', ledger }) as const),
    ];
    assert.deepEqual(historyOf(lines), good);
    const file = path.join(import.meta.dirname, 'history.jsonl');
    assert.throws(() => readHistory(file));
    assert.equal(encodeLine(lines[0] as Parameters<typeof encodeLine>[0]).split('\n').length, 2);
  });

  it('knows nothing of the node but types and encodings', () => {
    const folders = ['checker', 'history'].map((name) => path.join(projectFolder, 'nemesis', name));
    for (const folder of folders) {
      for (const name of readdirSync(folder)) {
        const text = readFileSync(path.join(folder, name), 'utf8');
        for (const [, from = ''] of text.matchAll(/from '(\.[^']+)'/g)) {
          const isOwn = /^\.\.?\/(?:history\/)?[\w-]+\.ts$/.test(from);
          assert.ok(isOwn || /\/src\/(?:types|codec)\//.test(from), `${name} imports ${from}`);
        }
      }
    }
  });
});
