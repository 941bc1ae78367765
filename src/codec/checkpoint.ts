import { taggedHash } from '../crypto/hash.ts';
import { SIGNATURE_BYTES } from '../crypto/secp256k1.ts';
import type { Result } from '../std/result.ts';
import type { Digest } from '../types/ids.ts';
import type { Certificate, Checkpoint, CheckpointSignature } from '../types/ledger.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import { decodeOrDetail, type Reader } from './reader.ts';
import { Writer } from './writer.ts';

const VERSION = 1;
const SIGNED_BYTES = 2 + SIGNATURE_BYTES;

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const writer = new Writer();
  writeCheckpoint(writer, checkpoint);
  return writer.finish();
}

/** What validators sign, and what the next checkpoint names as `prev`. */
export function checkpointDigest(checkpoint: Checkpoint): Digest {
  return taggedHash('checkpoint', encodeCheckpoint(checkpoint));
}

export function decodeCheckpoint(bytes: Uint8Array): Result<Checkpoint, string> {
  return decodeOrDetail(bytes, readCheckpoint);
}

/** The checkpoint, then its signatures ascending by lane. */
export function encodeCertificate(certificate: Certificate): Uint8Array {
  const writer = new Writer();
  writeCheckpoint(writer, certificate.checkpoint);
  writer.u8(certificate.signatures.length);
  for (const { lane, signature } of certificate.signatures) {
    writer.u16(lane);
    writer.raw(signature);
  }
  return writer.finish();
}

/** Form only: whether the signatures are right, and are those of a quorum, is for who reads it. */
export function decodeCertificate(bytes: Uint8Array): Result<Certificate, string> {
  return decodeOrDetail(bytes, (reader) => ({
    checkpoint: readCheckpoint(reader),
    signatures: readSignatures(reader),
  }));
}

export function writeCheckpoint(writer: Writer, checkpoint: Checkpoint): void {
  writer.u8(VERSION);
  writer.digest(checkpoint.ledgerId);
  writer.u32(checkpoint.committee);
  writer.digest(checkpoint.paramsDigest);
  writer.u32(checkpoint.epoch);
  writer.digest(checkpoint.prev);
  writer.digest(checkpoint.cut);
  writer.digest(checkpoint.txRoot);
  writer.digest(checkpoint.stateRoot);
  writer.u32(checkpoint.acceptedCount);
  writer.u32(checkpoint.rejectedCount);
  writer.u48(checkpoint.timeMs);
}

export function readCheckpoint(reader: Reader): Checkpoint {
  if (reader.u8() !== VERSION) reader.fail('checkpoint version');
  const ledgerId = reader.digest();
  const committee = reader.u32();
  if (committee !== 0) reader.fail(`committee ${committee}`);
  const paramsDigest = reader.digest();
  const epoch = reader.u32();
  if (epoch === 0) reader.fail('a checkpoint of epoch 0');
  return {
    ledgerId,
    committee,
    paramsDigest,
    epoch,
    prev: reader.digest(),
    cut: reader.digest(),
    txRoot: reader.digest(),
    stateRoot: reader.digest(),
    acceptedCount: reader.u32(),
    rejectedCount: reader.u32(),
    timeMs: reader.u48(),
  };
}

function readSignatures(reader: Reader): CheckpointSignature[] {
  const max = WIRE_LIMITS.committeeMax.value;
  const count = reader.count(reader.u8(), max, SIGNED_BYTES, 'signatures');
  const signatures: CheckpointSignature[] = [];
  let next = 0;
  for (let i = 0; i < count; i++) {
    const lane = reader.u16();
    if (lane < next || lane >= max) reader.fail('signatures are not ascending by lane');
    next = lane + 1;
    signatures.push({ lane, signature: reader.raw(SIGNATURE_BYTES) });
  }
  return signatures;
}
