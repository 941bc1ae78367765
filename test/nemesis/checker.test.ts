import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { check } from '../../nemesis/checker/check.ts';
import { RULES, type Rule } from '../../nemesis/checker/violation.ts';
import { encodeLine, historyOf, readHistory } from '../../nemesis/history/file.ts';
import type { History } from '../../nemesis/history/history.ts';
import { projectFolder } from '../project/files.ts';
import {
  BOB,
  balance,
  FIRST,
  GENESIS,
  good,
  OTHER,
  ofBob,
  payment,
  RIVAL,
  rules,
  SECOND,
  status,
  tx,
  withCalls,
  withLedgers,
} from './histories.ts';

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
      calls: 11,
      unanswered: 1,
      submitted: 3,
      acknowledged: 2,
      accepted: 2,
      rejected: 1,
      balances: 4,
      outputs: 1,
      epochs: 2,
    });
  });

  for (const rule of Object.keys(RULES) as Rule[]) {
    it(`sees what breaks ${rule}`, () => {
      assert.ok(rules(wrong[rule]).includes(rule), rules(wrong[rule]).join());
    });
  }

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
