import { check } from '../../nemesis/checker/check.ts';
import type { Rule } from '../../nemesis/checker/violation.ts';
import type { Call, History, LedgerFact, Operation, Said } from '../../nemesis/history/history.ts';
import { type Lock, type OutpointKey, outpointKey, type TxId } from '../../src/types/ids.ts';

/* Histories of clients, small enough to be judged by hand. */

const ALICE = `01${'a'.repeat(64)}` as Lock;
export const BOB = `01${'b'.repeat(64)}` as Lock;
export const tx = (digit: string): TxId => digit.repeat(64) as TxId;
export const GENESIS = outpointKey(tx('0'), 0);
export const OTHER = outpointKey(tx('0'), 1);

type Submit = Extract<Operation, { kind: 'submit' }>;

/** Pays 10 to Bob of a coin of 100, with a fee of 1. */
export function payment(txid: TxId, input: OutpointKey, more: Partial<Submit> = {}): Submit {
  const outputs = [
    { lock: BOB, amount: 10n },
    { lock: ALICE, amount: 89n },
  ];
  return { kind: 'submit', txid, inputs: [input], outputs, valid: true, probe: false, ...more };
}

export function status(
  state: Extract<Said, { kind: 'status' }>['state'],
  epoch: number | null = null,
): Said {
  return { kind: 'status', state, epoch, winner: null };
}

type Entry = readonly [validator: number, operation: Operation, said: Said | null];

/** Calls one after the other, each answered before the next one begins. */
function calls(...made: Entry[]): Call[] {
  return made.map(([validator, operation, said], index) => ({
    id: index + 1,
    client: 'client',
    validator,
    operation,
    calledMs: index * 10,
    answer: said === null ? null : { atMs: index * 10 + 5, said },
  }));
}

function ledgers(...epochs: Partial<LedgerFact>[]): LedgerFact[] {
  return [0, 1].flatMap((validator) =>
    epochs.map((facts, index) => ({
      validator,
      epoch: index + 1,
      accepted: [],
      rejected: [],
      checkpoint: `checkpoint ${index + 1}`,
      stateRoot: `root ${index + 1}`,
      ...facts,
    })),
  );
}

export const balance = (amount: bigint, outputs: number, epoch: number): Said => ({
  kind: 'balance',
  balance: amount,
  outputs,
  complete: true,
  epoch,
  checkpoint: epoch === 0 ? null : `checkpoint ${epoch}`,
});
export const ofBob = { kind: 'balance', lock: BOB, atLeastEpoch: null } as const;
export const FIRST = payment(tx('1'), GENESIS);
export const SECOND = payment(tx('2'), outpointKey(tx('1'), 1), {
  outputs: [{ lock: BOB, amount: 88n }],
});
export const RIVAL = payment(tx('3'), GENESIS);

/** Nothing is wrong with this one: two payments in two epochs, a rival that lost, reads in between. */
export const good: History = {
  origin: {
    validators: 2,
    minFee: 1n,
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

export function rules(history: History): Rule[] {
  return [...new Set(check(history).violations.map(({ rule }) => rule))];
}

export function withCalls(...more: Entry[]): History {
  const last = good.calls.length;
  const added = calls(...more).map((call) => ({
    ...call,
    id: call.id + last,
    calledMs: call.calledMs + 10 * last,
    answer: call.answer && { ...call.answer, atMs: call.answer.atMs + 10 * last },
  }));
  return { ...good, calls: [...good.calls, ...added] };
}

export const withLedgers = (...epochs: Partial<LedgerFact>[]): History => ({
  ...good,
  ledgers: ledgers(...epochs),
});

/** Only these calls, and these ledgers of the epochs from 1 up at both validators. */
export const only = (made: readonly Entry[], ...epochs: Partial<LedgerFact>[]): History => ({
  ...good,
  calls: calls(...made),
  ledgers: ledgers(...epochs),
});

/** The last calls of a history begun and answered at these times. */
export const timed = (
  history: History,
  ...times: (readonly [calledMs: number, answeredMs: number])[]
): History => ({
  ...history,
  calls: history.calls.map((call, i) => {
    const time = times[i - history.calls.length + times.length];
    if (time === undefined || call.answer === null) return call;
    const [calledMs, atMs] = time;
    return { ...call, calledMs, answer: { ...call.answer, atMs } };
  }),
});
