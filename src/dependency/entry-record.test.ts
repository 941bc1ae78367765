import assert from 'node:assert/strict';
import { it } from 'node:test';
import { decode } from '../codec/reader.ts';
import { Writer } from '../codec/writer.ts';
import { named } from '../sim/reference/sketch.ts';
import type { Entry } from '../types/entry.ts';
import type { TxId } from '../types/ids.ts';
import type { Outcome } from '../types/ledger.ts';
import { decodeEntry, encodeEntry } from './entry-record.ts';
import { readOpenEntry, TXID_BYTES, writeOpenEntry } from './open-entry.ts';

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

it('an entry that a ledger has comes back from the store as it was', () => {
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
  assert.throws(() => encodeEntry(entry), /with an outcome/);
});

it('an open entry comes back from a savepoint as it was, but for its time and what is tracked', () => {
  const early: Entry['early'][] = [
    null,
    { txid, accepted: true },
    { txid, accepted: false, reason: 'input-spent', winner },
  ];
  for (const outcome of early) {
    for (const path of [null, 'clean', 'contested'] as const) {
      const written = { ...entryOf({ txid, accepted: true }, path, [{ block: 70_000, index: 9 }]) };
      const entry: Entry = { ...written, early: outcome, ledger: null, seenMs: 5 };
      const writer = new Writer();
      writeOpenEntry(writer, entry);
      const { tx: _, seenMs: __, ...kept } = entry;
      assert.deepEqual(decode(writer.finish(), readOpenEntry), { ok: true, value: kept });
    }
  }
});

it('an open entry with an unknown path is refused', () => {
  const entry: Entry = { ...entryOf({ txid, accepted: true }, null, []), ledger: null };
  const writer = new Writer();
  writeOpenEntry(writer, entry);
  const bytes = writer.finish();
  // Behind it: only whether there is an outcome.
  bytes[bytes.length - 2] = 3;
  const decoded = decode(bytes, readOpenEntry);
  assert.match(decoded.ok ? '' : decoded.error.detail, /unknown path/);
  assert.ok(bytes.length >= TXID_BYTES);
});
