import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Result } from '../std/result.ts';
import type { Problem } from '../types/errors.ts';
import type { Digest, Lock, TxId } from '../types/ids.ts';
import type { Certificate, Outcome } from '../types/ledger.ts';
import type { OutputProof, TransactionProof } from '../types/proof.ts';
import {
  certificateFromJson,
  certificateToJson,
  outputProofFromJson,
  outputProofToJson,
  transactionProofFromJson,
  transactionProofToJson,
} from './proof-json.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const digest = bytes(32).map((value) => Buffer.from(value).toString('hex') as Digest);
const txid = digest.map((value) => value as string as TxId);
const count = fc.integer({ min: 0, max: 0xffff_ffff });
const siblings = fc.array(digest, { maxLength: 5 });

const certificate: fc.Arbitrary<Certificate> = fc.record({
  checkpoint: fc.record({
    ledgerId: digest,
    committee: fc.constant(0),
    paramsDigest: digest,
    epoch: count,
    prev: digest,
    cut: digest,
    txRoot: digest,
    stateRoot: digest,
    acceptedCount: count,
    rejectedCount: count,
    timeMs: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  }),
  signatures: fc.array(fc.record({ lane: fc.integer({ min: 0, max: 63 }), signature: bytes(64) }), {
    maxLength: 4,
  }),
});
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ txid, accepted: fc.constant(true as const) }),
  fc.record({
    txid,
    accepted: fc.constant(false as const),
    reason: fc.constantFrom('input-spent', 'parent-rejected', 'stale-input'),
    winner: txid,
  }),
);
const transactionProof: fc.Arbitrary<TransactionProof> = fc.record({
  certificate,
  outcome,
  path: fc.record({ index: count, count, siblings }),
});
const unspentOutput = fc.record({
  index: fc.integer({ min: 0, max: 1023 }),
  amount: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  lock: digest.map((value) => `01${value}` as Lock),
});
const outputProof: fc.Arbitrary<OutputProof> = fc.record({
  certificate,
  txid,
  unspent: fc.option(fc.array(unspentOutput, { maxLength: 3 })),
  acceptedEpoch: fc.option(count),
  path: fc.record({
    key: txid,
    siblings,
    leaf: fc.option(fc.record({ key: txid, value: digest })),
  }),
});

/** Equal values; bytes may come as any kind of Uint8Array. */
function same<T>(read: Result<T, Problem>, expected: T): void {
  assert.ok(read.ok, read.ok ? '' : read.error.detail);
  assert.equal(inspect(read.value), inspect(expected));
}

function inspect(value: unknown): string {
  return JSON.stringify(value, (_key, item) => {
    if (typeof item === 'bigint') return `${item}n`;
    if (item instanceof Uint8Array) return Buffer.from(item).toString('hex');
    // Buffers reach here as what their toJSON makes of them.
    return item?.type === 'Buffer' ? Buffer.from(item.data).toString('hex') : item;
  });
}

const throughText = (value: unknown) => JSON.parse(JSON.stringify(value));

test('proofs survive the way through JSON text', () => {
  fc.assert(
    fc.property(certificate, transactionProof, outputProof, (one, two, three) => {
      same(certificateFromJson(throughText(certificateToJson(one))), one);
      same(transactionProofFromJson(throughText(transactionProofToJson(two))), two);
      same(outputProofFromJson(throughText(outputProofToJson(three))), three);
    }),
  );
});

test('fields that are not known are ignored, so that the form can grow', () => {
  const [sample] = fc.sample(outputProof, 1) as [OutputProof];
  same(outputProofFromJson({ ...throughText(outputProofToJson(sample)), more: 1 }), sample);
});

test('whatever is put in the place of any field is refused or read, never thrown at', () => {
  const strange = fc.oneof(fc.anything(), fc.constantFrom(null, -1, 0.5, '', 'AB', 2 ** 53));
  fc.assert(
    fc.property(transactionProof, outputProof, fc.nat(), strange, (one, two, pick, value) => {
      for (const [json, read] of [
        [throughText(transactionProofToJson(one)), transactionProofFromJson],
        [throughText(outputProofToJson(two)), outputProofFromJson],
      ] as const) {
        const places = placesOf(json);
        const [holder, key] = places[pick % places.length]!;
        holder[key] = value;
        const result = read(json);
        if (!result.ok) assert.equal(result.error.code, 'invalid-request');
      }
    }),
  );
});

test('an unspent output has an index within the bound and an amount in decimal, without zeros before it', () => {
  const [sample] = fc.sample(outputProof, 1) as [OutputProof];
  const lock = `01${'ab'.repeat(32)}` as Lock;
  const json = throughText(
    outputProofToJson({ ...sample, unspent: [{ index: 1, amount: 5n, lock }] }),
  );
  const isRead = (change: object) =>
    outputProofFromJson({ ...json, unspent: [{ ...json.unspent[0], ...change }] }).ok;
  assert.equal(isRead({}), true);
  assert.equal(isRead({ index: 1023 }), true);
  for (const index of [1024, -1, -0, 0.5, '1']) assert.equal(isRead({ index }), false, `${index}`);
  assert.equal(isRead({ index: 0 }), true);
  for (const amount of ['', '0', '05', '-5', '0x5', ' 5', '5 ', '5x', '1'.repeat(21), 5]) {
    assert.equal(isRead({ amount }), false, `${amount}`);
  }
});

test('a time has 48 bits, as in the encoding', () => {
  const [sample] = fc.sample(certificate, 1) as [Certificate];
  const isRead = (timeMs: number) => {
    const checkpoint = { ...sample.checkpoint, timeMs };
    return certificateFromJson(throughText(certificateToJson({ ...sample, checkpoint }))).ok;
  };
  assert.deepEqual([2 ** 48 - 1, 2 ** 48].map(isRead), [true, false]);
});

test('a missing field is refused', () => {
  const [sample] = fc.sample(transactionProof, 1) as [TransactionProof];
  for (const [place] of placesOf(throughText(transactionProofToJson(sample))).entries()) {
    const json = throughText(transactionProofToJson({ ...sample, outcome: rejected }));
    const [holder, key] = placesOf(json)[place] ?? [null, ''];
    if (holder === null || Array.isArray(holder)) continue;
    delete holder[key];
    assert.equal(transactionProofFromJson(json).ok, false, key);
  }
});

const rejected: Outcome = {
  txid: 'ab'.repeat(32) as TxId,
  accepted: false,
  reason: 'stale-input',
  winner: 'cd'.repeat(32) as TxId,
};

type Holder = Record<string, unknown>;

/** Every object or list in a JSON value with every key of it. */
function placesOf(value: unknown): [Holder, string][] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Holder;
  return Object.keys(holder).flatMap((key): [Holder, string][] => [
    [holder, key],
    ...placesOf(holder[key]),
  ]);
}
