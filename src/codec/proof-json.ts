import { SIGNATURE_BYTES } from '../crypto/secp256k1.ts';
import { isIntegerIn } from '../std/integer.ts';
import { err, ok, type Result } from '../std/result.ts';
import { type Problem, problem } from '../types/errors.ts';
import type { Digest, Epoch, Lock, TxId } from '../types/ids.ts';
import type {
  Certificate,
  Checkpoint,
  CheckpointSignature,
  Outcome,
  UnspentOutput,
} from '../types/ledger.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { ListProof, OutputProof, StateProof, TransactionProof } from '../types/proof.ts';
import { parseAmount } from './amount.ts';
import { fromHex, isDigest, toHex } from './hex.ts';
import { REJECT_REASONS } from './outcome.ts';

/**
 * Proofs as JSON values, one form for the API, files and `althing verify`: names in snake_case, amounts
 * as decimal strings, bytes as hex. Reading checks shape and bounds only (what a proof claims is checked
 * by the light client) and ignores fields that it does not know; errors are `invalid-request`.
 */
type Json = Readonly<Record<string, unknown>>;

/** A Merkle path in a list of at most 2^32 leaves, or in the state tree of 256-bit keys. */
const SIBLINGS_MAX = 256;
const LEAVES_MAX = 0xffff_ffff;
const LOCK = /^[0-9a-f]{66}$/;

class Misshapen extends Error {}

export function checkpointToJson(checkpoint: Checkpoint) {
  return {
    ledger_id: checkpoint.ledgerId,
    committee: checkpoint.committee,
    params_digest: checkpoint.paramsDigest,
    epoch: checkpoint.epoch,
    prev: checkpoint.prev,
    cut: checkpoint.cut,
    tx_root: checkpoint.txRoot,
    state_root: checkpoint.stateRoot,
    accepted_count: checkpoint.acceptedCount,
    rejected_count: checkpoint.rejectedCount,
    time_ms: checkpoint.timeMs,
  };
}

export function certificateToJson(certificate: Certificate) {
  return {
    checkpoint: checkpointToJson(certificate.checkpoint),
    signatures: certificate.signatures.map(({ lane, signature }) => ({
      lane,
      signature: toHex(signature),
    })),
  };
}

export function transactionProofToJson(proof: TransactionProof) {
  const { outcome, path } = proof;
  return {
    certificate: certificateToJson(proof.certificate),
    outcome: outcome.accepted
      ? { txid: outcome.txid, accepted: true as const }
      : {
          txid: outcome.txid,
          accepted: false as const,
          reason: outcome.reason,
          winner: outcome.winner,
        },
    path: { index: path.index, count: path.count, siblings: [...path.siblings] },
  };
}

export function outputProofToJson(proof: OutputProof) {
  const { path, unspent } = proof;
  return {
    certificate: certificateToJson(proof.certificate),
    txid: proof.txid,
    unspent:
      unspent?.map(({ index, amount, lock }) => ({ index, amount: amount.toString(), lock })) ??
      null,
    accepted_epoch: proof.acceptedEpoch,
    path: {
      key: path.key,
      siblings: [...path.siblings],
      leaf: path.leaf === null ? null : { key: path.leaf.key, value: path.leaf.value },
    },
  };
}

export function certificateFromJson(value: unknown): Result<Certificate, Problem> {
  return guarded(() => certificateOf(value));
}

export function transactionProofFromJson(value: unknown): Result<TransactionProof, Problem> {
  return guarded(() => {
    const proof = objectOf(value, 'proof');
    return {
      certificate: certificateOf(proof.certificate),
      outcome: outcomeOf(proof.outcome),
      path: listProofOf(proof.path),
    };
  });
}

export function outputProofFromJson(value: unknown): Result<OutputProof, Problem> {
  return guarded(() => {
    const proof = objectOf(value, 'proof');
    return {
      certificate: certificateOf(proof.certificate),
      txid: txidOf(proof.txid, 'txid'),
      unspent: proof.unspent === null ? null : unspentOf(proof.unspent),
      acceptedEpoch: proof.accepted_epoch === null ? null : epochOf(proof.accepted_epoch),
      path: stateProofOf(proof.path),
    };
  });
}

function guarded<T>(read: () => T): Result<T, Problem> {
  try {
    return ok(read());
  } catch (error) {
    if (error instanceof Misshapen) return err(problem('invalid-request', error.message));
    throw error;
  }
}

function certificateOf(value: unknown): Certificate {
  const certificate = objectOf(value, 'certificate');
  const signatures = listOf(certificate.signatures, 'signatures', WIRE_LIMITS.committeeMax.value);
  return {
    checkpoint: checkpointOf(certificate.checkpoint),
    signatures: signatures.map(signatureOf),
  };
}

function checkpointOf(value: unknown): Checkpoint {
  const checkpoint = objectOf(value, 'checkpoint');
  return {
    ledgerId: digestOf(checkpoint.ledger_id, 'ledger_id'),
    committee: integerOf(checkpoint.committee, 'committee', 0xffff),
    paramsDigest: digestOf(checkpoint.params_digest, 'params_digest'),
    epoch: integerOf(checkpoint.epoch, 'epoch', LEAVES_MAX),
    prev: digestOf(checkpoint.prev, 'prev'),
    cut: digestOf(checkpoint.cut, 'cut'),
    txRoot: digestOf(checkpoint.tx_root, 'tx_root'),
    stateRoot: digestOf(checkpoint.state_root, 'state_root'),
    acceptedCount: integerOf(checkpoint.accepted_count, 'accepted_count', LEAVES_MAX),
    rejectedCount: integerOf(checkpoint.rejected_count, 'rejected_count', LEAVES_MAX),
    timeMs: integerOf(checkpoint.time_ms, 'time_ms', 2 ** 48 - 1),
  };
}

function signatureOf(value: unknown): CheckpointSignature {
  const entry = objectOf(value, 'signature');
  const signature = typeof entry.signature === 'string' ? fromHex(entry.signature) : undefined;
  if (signature?.length !== SIGNATURE_BYTES)
    throw new Misshapen('signature is not 64 bytes of hex');
  return { lane: integerOf(entry.lane, 'lane', WIRE_LIMITS.committeeMax.value - 1), signature };
}

function outcomeOf(value: unknown): Outcome {
  const outcome = objectOf(value, 'outcome');
  const txid = txidOf(outcome.txid, 'txid');
  if (outcome.accepted === true) return { txid, accepted: true };
  if (outcome.accepted !== false) throw new Misshapen('accepted is not a boolean');
  const reason = REJECT_REASONS.find((known) => known === outcome.reason);
  if (reason === undefined) throw new Misshapen('reason is unknown');
  return { txid, accepted: false, reason, winner: txidOf(outcome.winner, 'winner') };
}

function listProofOf(value: unknown): ListProof {
  const path = objectOf(value, 'path');
  return {
    index: integerOf(path.index, 'index', LEAVES_MAX),
    count: integerOf(path.count, 'count', LEAVES_MAX),
    siblings: siblingsOf(path.siblings),
  };
}

function stateProofOf(value: unknown): StateProof {
  const path = objectOf(value, 'path');
  const leaf = path.leaf === null ? null : objectOf(path.leaf, 'leaf');
  return {
    key: txidOf(path.key, 'key'),
    siblings: siblingsOf(path.siblings),
    leaf: leaf && {
      key: txidOf(leaf.key, 'leaf.key'),
      value: digestOf(leaf.value, 'leaf.value'),
    },
  };
}

function unspentOf(value: unknown): UnspentOutput[] {
  return listOf(value, 'unspent', WIRE_LIMITS.outputsMax.value).map((item) => {
    const { index, amount: text, lock } = objectOf(item, 'unspent output');
    const amount = parseAmount(text);
    if (amount === null || amount === 0n) throw new Misshapen('bad amount');
    if (typeof lock !== 'string' || !LOCK.test(lock)) throw new Misshapen('bad lock');
    return {
      index: integerOf(index, 'index', WIRE_LIMITS.outputsMax.value - 1),
      amount,
      lock: lock as Lock,
    };
  });
}

function siblingsOf(value: unknown): Digest[] {
  return listOf(value, 'siblings', SIBLINGS_MAX).map((item) => digestOf(item, 'sibling'));
}

function objectOf(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Misshapen(`${what} is not an object`);
  }
  return value as Json;
}

function listOf(value: unknown, what: string, max: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > max) {
    throw new Misshapen(`${what} is not a list of at most ${max}`);
  }
  return value;
}

function digestOf(value: unknown, what: string): Digest {
  if (typeof value !== 'string' || !isDigest(value)) {
    throw new Misshapen(`${what} is not 64 lower-case hex digits`);
  }
  return value;
}

function epochOf(value: unknown): Epoch {
  return integerOf(value, 'accepted_epoch', LEAVES_MAX);
}

function txidOf(value: unknown, what: string): TxId {
  return digestOf(value, what) as string as TxId;
}

function integerOf(value: unknown, what: string, max: number): number {
  if (isIntegerIn(value, 0, max)) return value;
  throw new Misshapen(`${what} is not an integer from 0 to ${max}`);
}
