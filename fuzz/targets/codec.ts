import fc from 'fast-check';
import { contentsOf, encodeBlock, inspectBlock } from '../../src/codec/block.ts';
import {
  decodeCertificate,
  decodeCheckpoint,
  encodeCertificate,
  encodeCheckpoint,
} from '../../src/codec/checkpoint.ts';
import { decodeEvidence, encodeEvidence, type LedgerEvidence } from '../../src/codec/evidence.ts';
import { decodeMessage, encodeMessage } from '../../src/codec/message.ts';
import { decode, type Reader } from '../../src/codec/reader.ts';
import {
  decodeEpochLedger,
  decodeSnapshotPage,
  type EpochLedger,
  encodeEpochLedger,
  encodeSnapshotPage,
  type SnapshotLeaf,
} from '../../src/codec/snapshot.ts';
import {
  decodeTransaction,
  encodeTransaction,
  readTransaction,
} from '../../src/codec/transaction.ts';
import { readVotes, writeVotes } from '../../src/codec/vote.ts';
import { Writer } from '../../src/codec/writer.ts';
import { defined } from '../../src/std/assert.ts';
import type { Block } from '../../src/types/block.ts';
import type { Outcome } from '../../src/types/ledger.ts';
import { WIRE_LIMITS } from '../../src/types/limits.ts';
import type { Transaction } from '../../src/types/transaction.ts';
import {
  blockParts,
  certificates,
  checkpoints,
  digests,
  locks,
  messages,
  outputs,
  transactions,
  txids,
  votes,
} from '../../test/arbitraries.ts';
import { canonicalTarget } from '../canonical-target.ts';
import type { Target } from '../target.ts';

const U32 = 0xffff_ffff;

const transaction = canonicalTarget<Transaction>({
  name: 'transaction',
  decode: decodeTransaction,
  encode: (tx) => encodeTransaction(tx, tx.witnesses),
  values: transactions,
  lengthMax: WIRE_LIMITS.transactionBytesMax.value + 1,
});

const block = canonicalTarget<Block>({
  name: 'block',
  decode: inspectBlock,
  encode: ({ header, signature, txs, votes: cast }) => encodeBlock(header, signature, txs, cast),
  values: blockParts.map(({ header, signature, txs, votes: cast }) => {
    const decoded = inspectBlock(encodeBlock(header, signature, txs, cast));
    return defined(decoded.ok ? decoded.value : null, 'a valid block');
  }),
  repair: repairedBlock,
  lengthMax: 8192,
});

/** The header's counts and roots as the body wants them, so that what lies in the body is looked at. */
function repairedBlock(bytes: Uint8Array): Uint8Array {
  const repaired = decode(bytes, (reader) => {
    const head = readLooseHeader(reader);
    const signature = reader.raw(64);
    const txs: Transaction[] = [];
    while (reader.peek() === 1 && txs.length < head.txCount) txs.push(readTransaction(reader));
    const cast = readVotes(reader);
    return encodeBlock({ ...head, ...contentsOf(txs, cast) }, signature, txs, cast);
  });
  return repaired.ok ? repaired.value : bytes;
}

function readLooseHeader(reader: Reader) {
  reader.u8();
  const fixed = {
    ledgerId: reader.digest(),
    committee: reader.u32(),
    lane: reader.u16(),
    generation: reader.u32(),
    seq: reader.u32(),
    prev: reader.digest(),
    epoch: reader.u32(),
    timeMs: reader.u48(),
  };
  const refs = Array.from({ length: reader.u8() }, () => ({
    lane: reader.u16(),
    generation: reader.u32(),
    seq: reader.u32(),
    digest: reader.digest(),
  }));
  const contents = {
    txCount: reader.u16(),
    txBytes: reader.u32(),
    txRoot: reader.digest(),
    votesHash: reader.digest(),
  };
  return { ...fixed, refs, ...contents };
}

const leaves: fc.Arbitrary<SnapshotLeaf> = fc.record({
  txid: txids,
  acceptedEpoch: fc.integer({ min: 0, max: U32 }),
  unspent: fc.uniqueArray(fc.integer({ min: 0, max: 1023 }), { maxLength: 4 }).chain((indexes) =>
    fc.tuple(
      ...indexes
        .sort((a, b) => a - b)
        .map((index) =>
          fc.record({
            index: fc.constant(index),
            amount: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
            lock: locks,
          }),
        ),
    ),
  ),
});

export const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ txid: txids, accepted: fc.constant(true as const) }),
  fc.record({
    txid: txids,
    accepted: fc.constant(false as const),
    reason: fc.constantFrom('input-spent' as const, 'parent-rejected', 'stale-input'),
    winner: txids,
  }),
);

const ledgers: fc.Arbitrary<EpochLedger> = fc
  .record({
    certificate: certificates,
    outcomes: fc.array(outcomes, { maxLength: 5 }),
    bytes: fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 5, maxLength: 5 }),
    fees: fc.array(outputs, { maxLength: 4 }),
  })
  .map(({ certificate, outcomes: all, bytes, fees }) => ({
    certificate,
    outcomes: all,
    accepted: bytes.slice(0, all.filter(({ accepted }) => accepted).length),
    fees,
  }));

export const evidences: fc.Arbitrary<LedgerEvidence> = fc.record({
  ledgerId: digests as fc.Arbitrary<LedgerEvidence['ledgerId']>,
  kind: fc.constantFrom('equivocation' as const, 'contradiction', 'chain', 'invalid'),
  lane: fc.integer({ min: 0, max: 63 }),
  blocks: fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 2 }),
});

export const CODEC_TARGETS: readonly Target[] = [
  transaction,
  block,
  canonicalTarget({
    name: 'votes',
    decode: (bytes) => decode(bytes, readVotes),
    encode: (cast) => {
      const writer = new Writer();
      writeVotes(writer, cast);
      return writer.finish();
    },
    values: fc.array(votes, { maxLength: 6 }),
  }),
  canonicalTarget({
    name: 'message',
    decode: decodeMessage,
    encode: encodeMessage,
    values: messages,
    lengthMax: 40_000,
  }),
  canonicalTarget({
    name: 'checkpoint',
    decode: decodeCheckpoint,
    encode: encodeCheckpoint,
    values: checkpoints,
  }),
  canonicalTarget({
    name: 'certificate',
    decode: decodeCertificate,
    encode: encodeCertificate,
    values: certificates,
  }),
  canonicalTarget({
    name: 'snapshot-page',
    decode: decodeSnapshotPage,
    encode: encodeSnapshotPage,
    values: fc.array(leaves, { maxLength: 4 }),
  }),
  canonicalTarget({
    name: 'epoch-ledger',
    decode: decodeEpochLedger,
    encode: encodeEpochLedger,
    values: ledgers,
  }),
  canonicalTarget({
    name: 'evidence',
    decode: decodeEvidence,
    encode: encodeEvidence,
    values: evidences,
  }),
];
