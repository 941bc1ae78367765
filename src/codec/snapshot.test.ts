import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { certificates, digests, locks, outputs, txids } from '../../test/codec/arbitraries.ts';
import { holdsCanonical } from '../../test/codec/canonical.ts';
import type { Outcome } from '../types/ledger.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import {
  decodeEpochLedger,
  decodeSnapshotPage,
  type EpochLedger,
  encodeEpochLedger,
  encodeLedgerParts,
  encodeSnapshotPage,
  leafBytes,
  type SnapshotLeaf,
} from './snapshot.ts';

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const unspent = fc
  .uniqueArray(
    fc.record({
      index: fc.integer({ min: 0, max: WIRE_LIMITS.outputsMax.value - 1 }),
      amount: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      lock: locks,
    }),
    { selector: ({ index }) => index, maxLength: 3 },
  )
  .map((all) => all.sort((a, b) => a.index - b.index));
const leaves: fc.Arbitrary<SnapshotLeaf[]> = fc.array(
  fc.record({ txid: txids, acceptedEpoch: u32, unspent }),
  { maxLength: 3 },
);

const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ txid: txids, accepted: fc.constant(true as const) }),
  fc.record({
    txid: txids,
    accepted: fc.constant(false as const),
    reason: fc.constantFrom('input-spent', 'parent-rejected', 'stale-input'),
    winner: digests as unknown as typeof txids,
  }),
);
const ledgers: fc.Arbitrary<EpochLedger> = fc
  .tuple(certificates, fc.array(outcomes, { maxLength: 3 }), fc.array(outputs, { maxLength: 2 }))
  .chain(([certificate, all, fees]) => {
    const count = all.filter(({ accepted }) => accepted).length;
    return fc
      .array(fc.uint8Array({ maxLength: 40 }), { minLength: count, maxLength: count })
      .map((accepted) => ({ certificate, outcomes: all, accepted, fees }));
  });

test('a page of a snapshot has one encoding', () => {
  holdsCanonical({ encode: encodeSnapshotPage, decode: decodeSnapshotPage }, leaves);
});

test('the ledger of an epoch has one encoding', () => {
  holdsCanonical({ encode: encodeEpochLedger, decode: decodeEpochLedger }, ledgers, 15);
});

test('leaves are as long as they are said to be', () => {
  fc.assert(
    fc.property(leaves, (all) => {
      const sum = all.reduce((bytes, leaf) => bytes + leafBytes(leaf), 0);
      assert.equal(encodeSnapshotPage(all).length, 4 + sum);
    }),
  );
});

test('more leaves than a page may have, or than can be there, are refused before they are read', () => {
  for (const count of [WIRE_LIMITS.snapshotLeavesMax.value + 1, 2]) {
    const page = new Uint8Array(4 + 38);
    new DataView(page.buffer).setUint32(0, count);
    const decoded = decodeSnapshotPage(page);
    assert(!decoded.ok);
    assert.match(decoded.error, /leaves/);
  }
});

test('a long ledger comes in parts, none much longer than a transaction', () => {
  const accepted = Array.from({ length: 50 }, () => new Uint8Array(10_000));
  const all = accepted.map((_, i) => ({
    txid: i.toString(16).padStart(64, '0'),
    accepted: true,
  })) as Outcome[];
  const [certificate] = fc.sample(certificates, 1);
  assert(certificate);
  const ledger = { certificate, outcomes: all, accepted, fees: [] };
  const parts = [...encodeLedgerParts(ledger)];
  assert.equal(parts.length, 1 + 12 + 1);
  assert(parts.every((part) => part.length < 50_000));
  const decoded = decodeEpochLedger(encodeEpochLedger(ledger));
  assert(decoded.ok && decoded.value.accepted.length === 50);
});
