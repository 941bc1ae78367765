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
import type { Certificate, Outcome } from '../../src/types/ledger.ts';
import { WIRE_LIMITS } from '../../src/types/limits.ts';
import type { Output, Transaction } from '../../src/types/transaction.ts';
import {
  blockParts,
  certificates,
  checkpoints,
  digests,
  filledBytes,
  LANES_MAX,
  lanes,
  locks,
  messages,
  outputs,
  transactions,
  txids,
  votes,
} from '../../test/codec/arbitraries.ts';
import {
  longBlobs,
  longBlockParts,
  longCertificates,
  longMessages,
  longTransactions,
  many,
  manyVotes,
  orLong,
} from '../../test/codec/long-arbitraries.ts';
import { canonicalTarget } from '../canonical-target.ts';
import type { Target } from '../target.ts';

const U32 = 0xffff_ffff;
/** The longest values stay below this. */
export const LONG_BYTES = WIRE_LIMITS.frameBytesMax.value;

const transaction = canonicalTarget<Transaction>({
  name: 'transaction',
  decode: decodeTransaction,
  encode: (tx) => encodeTransaction(tx, tx.witnesses),
  values: orLong(transactions, longTransactions),
  lengthMax: WIRE_LIMITS.transactionBytesMax.value + 1,
});

const block = canonicalTarget<Block>({
  name: 'block',
  decode: inspectBlock,
  encode: ({ header, signature, txs, votes: cast }) => encodeBlock(header, signature, txs, cast),
  values: orLong(blockParts, longBlockParts).map(({ header, signature, txs, votes: cast }) => {
    const decoded = inspectBlock(encodeBlock(header, signature, txs, cast));
    return defined(decoded.ok ? decoded.value : null, 'a valid block');
  }),
  repair: repairedBlock,
  lengthMax: WIRE_LIMITS.blockBytesMax.value + 1,
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

const allIndexes = Array.from({ length: WIRE_LIMITS.outputsMax.value }, (_, index) => index);
const leaves = leavesWith(fc.subarray(allIndexes, { maxLength: 4 }));
const longLeaves = leavesWith(fc.subarray(allIndexes, { minLength: allIndexes.length - 3 }));

function leavesWith(indexes: fc.Arbitrary<number[]>): fc.Arbitrary<SnapshotLeaf> {
  return fc
    .record({
      txid: txids,
      acceptedEpoch: fc.integer({ min: 0, max: U32 }),
      indexes,
      amount: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      lock: locks,
    })
    .map(({ txid, acceptedEpoch, indexes: among, amount, lock }) => ({
      txid,
      acceptedEpoch,
      unspent: among.map((index) => ({ index, amount: amount ^ BigInt(index), lock })),
    }));
}

export const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ txid: txids, accepted: fc.constant(true as const) }),
  fc.record({
    txid: txids,
    accepted: fc.constant(false as const),
    reason: fc.constantFrom('input-spent' as const, 'parent-rejected', 'stale-input'),
    winner: txids,
  }),
);

const ledgers = orLong(
  ledgersOf({
    certificate: certificates,
    outcomes: fc.array(outcomes, { maxLength: 5 }),
    bytes: filledBytes(2, 40),
    fees: fc.array(outputs, { maxLength: 4 }),
  }),
  ledgersOf({
    certificate: longCertificates,
    outcomes: many(outcomes, 1000),
    bytes: filledBytes(200, 240),
    fees: many(outputs, LANES_MAX),
  }),
);

function ledgersOf(parts: {
  readonly certificate: fc.Arbitrary<Certificate>;
  readonly outcomes: fc.Arbitrary<Outcome[]>;
  readonly bytes: fc.Arbitrary<Uint8Array>;
  readonly fees: fc.Arbitrary<Output[]>;
}): fc.Arbitrary<EpochLedger> {
  return fc.record(parts).map(({ bytes, ...rest }) => ({
    ...rest,
    accepted: rest.outcomes
      .filter(({ accepted }) => accepted)
      .map((_, at) => bytes.subarray(at % 3)),
  }));
}

export const evidences: fc.Arbitrary<LedgerEvidence> = fc.record({
  ledgerId: digests as fc.Arbitrary<LedgerEvidence['ledgerId']>,
  kind: fc.constantFrom('equivocation' as const, 'contradiction', 'chain', 'invalid'),
  lane: lanes,
  blocks: fc.array(orLong(filledBytes(1, 60), longBlobs), { minLength: 1, maxLength: 2 }),
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
    values: orLong(fc.array(votes, { maxLength: 6 }), manyVotes),
    lengthMax: LONG_BYTES,
  }),
  canonicalTarget({
    name: 'message',
    decode: decodeMessage,
    encode: encodeMessage,
    values: orLong(messages, longMessages),
    lengthMax: LONG_BYTES,
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
    values: orLong(certificates, longCertificates),
    lengthMax: LONG_BYTES,
  }),
  canonicalTarget({
    name: 'snapshot-page',
    decode: decodeSnapshotPage,
    encode: encodeSnapshotPage,
    values: orLong(
      fc.array(leaves, { maxLength: 4 }),
      fc.oneof(
        many(leaves, WIRE_LIMITS.snapshotLeavesMax.value),
        fc.array(longLeaves, { maxLength: 2 }),
      ),
    ),
    lengthMax: LONG_BYTES,
  }),
  canonicalTarget({
    name: 'epoch-ledger',
    decode: decodeEpochLedger,
    encode: encodeEpochLedger,
    values: ledgers,
    lengthMax: LONG_BYTES,
  }),
  canonicalTarget({
    name: 'evidence',
    decode: decodeEvidence,
    encode: encodeEvidence,
    values: evidences,
    lengthMax: LONG_BYTES,
  }),
];
