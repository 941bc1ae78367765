import { AMOUNT_MAX } from '../codec/amount.ts';
import { checkpointDigest } from '../codec/checkpoint.ts';
import { isDigest } from '../codec/hex.ts';
import { verifyList } from '../codec/merkle-list.ts';
import type { Committee } from '../committee/committee.ts';
import { err, ok, type Result } from '../std/result.ts';
import type { LedgerId, TxId } from '../types/ids.ts';
import type { Certificate, Checkpoint, Outcome, UnspentOutput } from '../types/ledger.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { OutputProof, TransactionProof } from '../types/proof.ts';
import type { Verifier } from '../types/signature.ts';
import { unspentLeaf } from './coins.ts';
import { outcomeLeaf } from './outcomes.ts';
import { verifyState } from './state-proof.ts';

/** What a holder of the genesis needs to check what anybody tells him about the ledger. */
export type Trust = {
  readonly ledgerId: LedgerId;
  readonly committee: Committee;
  readonly verifier: Verifier;
};

const LOCK = /^0[12][0-9a-f]{64}$/;

/**
 * The checkpoint, if signatures of Q validators stand under it; else what is wrong. The certificate has
 * been decoded (codec/checkpoint, codec/proof-json), which bounds its numbers.
 */
export function verifyCertificate(
  certificate: Certificate,
  trust: Trust,
): Result<Checkpoint, string> {
  const { checkpoint, signatures } = certificate;
  const { committee, ledgerId, verifier } = trust;
  if (checkpoint.ledgerId !== ledgerId) return err('the checkpoint is of another ledger');
  if (checkpoint.committee !== 0) return err(`committee ${checkpoint.committee} is unknown`);
  if (signatures.length < committee.quorum) {
    return err(`${signatures.length} signatures, a quorum is ${committee.quorum}`);
  }
  const digest = checkpointDigest(checkpoint);
  let next = 0;
  for (const { lane, signature } of signatures) {
    // Ascending, so that no lane is counted twice.
    if (!Number.isInteger(lane) || lane < next || lane >= committee.n) {
      return err(`lane ${lane} is unknown or out of order`);
    }
    next = lane + 1;
    if (!verifier.verify({ publicKey: committee.publicKey(lane), digest, signature })) {
      return err(`the signature of lane ${lane} is wrong`);
    }
  }
  return ok(checkpoint);
}

/** The outcome, if the certificate's ledger holds it; else what is wrong. */
export function verifyTransactionProof(
  proof: TransactionProof,
  trust: Trust,
): Result<Outcome, string> {
  const certified = verifyCertificate(proof.certificate, trust);
  if (!certified.ok) return certified;
  const { outcome, path } = proof;
  // Hashing takes hex as given; the digests of the path are checked with it.
  if (!isDigest(outcome.txid)) return err('the txid is not a digest');
  if (!outcome.accepted && !isDigest(outcome.winner)) return err('the winner is not a digest');
  const { txRoot } = certified.value;
  if (!verifyList(txRoot, outcomeLeaf(outcome), path)) return err('the path misses the txRoot');
  return ok(outcome);
}

/** What of the transaction is unspent as of the certificate's epoch; else what is wrong. */
export function verifyOutputProof(
  proof: OutputProof,
  trust: Trust,
): Result<{ readonly txid: TxId; readonly unspent: readonly UnspentOutput[] }, string> {
  const certified = verifyCertificate(proof.certificate, trust);
  if (!certified.ok) return certified;
  const { txid, unspent, acceptedEpoch, path } = proof;
  if ((unspent === null) !== (acceptedEpoch === null))
    return err('acceptedEpoch goes with unspent');
  if (unspent !== null && !wellFormed(unspent)) return err('the outputs are malformed');
  const absent = unspent === null || acceptedEpoch === null;
  const value = absent ? null : unspentLeaf(acceptedEpoch, unspent);
  const { stateRoot } = certified.value;
  if (!verifyState(stateRoot, txid, value, path)) return err('the path misses the stateRoot');
  return ok({ txid, unspent: unspent ?? [] });
}

/** Only what has one encoding: a number out of range would wrap to one within. */
function wellFormed(unspent: readonly UnspentOutput[]): boolean {
  let next = 0;
  for (const { index, amount, lock } of unspent) {
    if (!Number.isInteger(index) || index < next) return false;
    if (index >= WIRE_LIMITS.outputsMax.value) return false;
    if (amount < 0n || amount > AMOUNT_MAX || !LOCK.test(lock)) return false;
    next = index + 1;
  }
  return unspent.length > 0;
}
