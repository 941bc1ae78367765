import assert from 'node:assert/strict';
import { it } from 'node:test';
import { named } from '../sim/reference/sketch.ts';
import type { Entry } from '../types/entry.ts';
import type { TxId } from '../types/ids.ts';
import type { Outcome } from '../types/ledger.ts';
import { decodeEntry, encodeEntry } from './entry-record.ts';

const txid = named('t') as TxId;
const winner = named('w') as TxId;

function entryOf(outcome: Outcome, path: Entry['path'], copies: Entry['copies']): Entry {
  const ledger = { outcome, epoch: 7 };
  return {
    txid,
    tx: null,
    copies,
    seenMs: 0,
    tracking: null,
    early: null,
    path,
    cutEpoch: 6,
    ledger,
  };
}

it('a settled entry comes back from the store as it was', () => {
  const outcomes: Outcome[] = [
    { txid, accepted: true },
    { txid, accepted: false, reason: 'stale-input', winner },
    { txid, accepted: false, reason: 'parent-rejected', winner },
    { txid, accepted: false, reason: 'input-spent', winner },
  ];
  const many = Array.from({ length: 300 }, (_, i) => ({ block: 70_000 + i, index: i }));
  for (const outcome of outcomes) {
    for (const path of ['clean', 'contested'] as const) {
      for (const copies of [[{ block: 1, index: 999 }], many]) {
        const entry = entryOf(outcome, path, copies);
        assert.deepEqual(decodeEntry(txid, encodeEntry(entry)), entry);
      }
    }
  }
});

it('an entry without an outcome is not stored', () => {
  const entry = { ...entryOf({ txid, accepted: true }, null, []), ledger: null };
  assert.throws(() => encodeEntry(entry), /settled/);
});
