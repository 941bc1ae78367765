import { concatBytes } from '../std/bytes.ts';
import { err, ok, type Result } from '../std/result.ts';
import type { Epoch, TxId } from '../types/ids.ts';
import type { Certificate, Outcome, UnspentOutput } from '../types/ledger.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { Output } from '../types/transaction.ts';
import { decodeCertificate, encodeCertificate } from './checkpoint.ts';
import { readOutcome, writeOutcome } from './outcome.ts';
import { decodeOrDetail, type Reader } from './reader.ts';
import { readLock, readOutput } from './transaction.ts';
import { Writer } from './writer.ts';

/** Bytes of a leaf without outputs, and of each output. */
const LEAF_BYTES = 38;
const LEAF_OUTPUT_BYTES = 43;

/** The unspent outputs of one transaction as of a checkpoint. */
export type SnapshotLeaf = {
  readonly txid: TxId;
  readonly acceptedEpoch: Epoch;
  readonly unspent: readonly UnspentOutput[];
};

/** Everything that leads from one certified state to the next. Nothing in it needs to be trusted. */
export type EpochLedger = {
  readonly certificate: Certificate;
  /** Sorted by txid. */
  readonly outcomes: readonly Outcome[];
  /** Bytes of the accepted transactions, in the order of the outcomes. */
  readonly accepted: readonly Uint8Array[];
  /** Outputs of the epoch's fee transaction; none when it has none. */
  readonly fees: readonly Output[];
};

const OUTPUT_BYTES = 41;
/** A part of an encoded ledger ends with the first transaction beyond this. */
const PART_BYTES = 32_768;

export function leafBytes(leaf: SnapshotLeaf): number {
  return LEAF_BYTES + LEAF_OUTPUT_BYTES * leaf.unspent.length;
}

/** Leaves ascending by txid. */
export function encodeSnapshotPage(leaves: readonly SnapshotLeaf[]): Uint8Array {
  const writer = new Writer();
  writer.u32(leaves.length);
  for (const { txid, acceptedEpoch, unspent } of leaves) {
    writer.digest(txid);
    writer.u32(acceptedEpoch);
    writer.u16(unspent.length);
    for (const { index, amount, lock } of unspent) {
      writer.u16(index);
      writer.u64(amount);
      writer.lock(lock);
    }
  }
  return writer.finish();
}

export function decodeSnapshotPage(bytes: Uint8Array): Result<SnapshotLeaf[], string> {
  return decodeOrDetail(bytes, (reader) => {
    const count = reader.count(
      reader.u32(),
      WIRE_LIMITS.snapshotLeavesMax.value,
      LEAF_BYTES,
      'leaves',
    );
    return Array.from({ length: count }, () => readLeaf(reader));
  });
}

/** What `encodeEpochLedger` makes, in parts: the whole may be long, and its transactions read one by one. */
export function* encodeLedgerParts(
  ledger: Omit<EpochLedger, 'accepted'> & { readonly accepted: Iterable<Uint8Array> },
): Generator<Uint8Array> {
  const certificate = encodeCertificate(ledger.certificate);
  const head = new Writer();
  head.u32(certificate.length);
  head.raw(certificate);
  head.u32(ledger.outcomes.length);
  for (const outcome of ledger.outcomes) writeOutcome(head, outcome);
  yield head.finish();
  let part = new Writer();
  for (const tx of ledger.accepted) {
    part.u32(tx.length);
    part.raw(tx);
    if (part.length < PART_BYTES) continue;
    yield part.finish();
    part = new Writer();
  }
  part.u16(ledger.fees.length);
  for (const { amount, lock } of ledger.fees) {
    part.u64(amount);
    part.lock(lock);
  }
  yield part.finish();
}

export function encodeEpochLedger(ledger: EpochLedger): Uint8Array {
  return concatBytes(...encodeLedgerParts(ledger));
}

export function decodeEpochLedger(bytes: Uint8Array): Result<EpochLedger, string> {
  const parts = decodeOrDetail(bytes, readEpochLedger);
  if (!parts.ok) return parts;
  const certificate = decodeCertificate(parts.value.certificate);
  return certificate.ok
    ? ok({ ...parts.value, certificate: certificate.value })
    : err(certificate.error);
}

function readEpochLedger(
  reader: Reader,
): Omit<EpochLedger, 'certificate'> & { certificate: Uint8Array } {
  const certificate = reader.raw(reader.u32());
  const count = reader.count(reader.u32(), Number.MAX_SAFE_INTEGER, 33, 'outcomes');
  const outcomes = Array.from({ length: count }, () => readOutcome(reader));
  const acceptedCount = outcomes.filter((outcome) => outcome.accepted).length;
  const accepted = Array.from({ length: acceptedCount }, () => reader.raw(reader.u32()));
  const feeCount = reader.count(reader.u16(), WIRE_LIMITS.committeeMax.value, OUTPUT_BYTES, 'fees');
  const fees = Array.from({ length: feeCount }, () => readOutput(reader));
  return { certificate, outcomes, accepted, fees };
}

function readLeaf(reader: Reader): SnapshotLeaf {
  const txid = reader.digest() as string as TxId;
  const acceptedEpoch = reader.u32();
  const { outputsMax } = WIRE_LIMITS;
  const count = reader.count(reader.u16(), outputsMax.value, LEAF_OUTPUT_BYTES, 'outputs');
  let last = -1;
  const unspent = Array.from({ length: count }, () => {
    const index = reader.u16();
    if (index <= last || index >= outputsMax.value) reader.fail('output indexes do not ascend');
    last = index;
    return { index, amount: reader.u64(), lock: readLock(reader) };
  });
  return { txid, acceptedEpoch, unspent };
}
