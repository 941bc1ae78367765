import { ledgerIdOf, paramsDigest } from '../codec/genesis.ts';
import {
  certificateFromJson,
  outputProofFromJson,
  transactionProofFromJson,
} from '../codec/proof-json.ts';
import { decodeEpochLedger } from '../codec/snapshot.ts';
import { createCommittee } from '../committee/committee.ts';
import { createVerifier } from '../crypto/verify.ts';
import { acceptedTransactions } from '../ledger/accepted-transactions.ts';
import {
  type Trust,
  verifyCertificate,
  verifyOutputProof,
  verifyTransactionProof,
} from '../ledger/proofs.ts';
import { err, ok, type Result } from '../std/result.ts';
import type { Genesis } from '../types/genesis.ts';
import type { Epoch, LedgerId, TxId } from '../types/ids.ts';
import type { Certificate, Checkpoint, Outcome, UnspentOutput } from '../types/ledger.ts';
import type { OutputProof, TransactionProof } from '../types/proof.ts';
import type { Verifier } from '../types/signature.ts';
import type { Transaction } from '../types/transaction.ts';

/** The ledger of an epoch, in which the transactions are all that were accepted. */
export type CertifiedLedger = {
  readonly checkpoint: Checkpoint;
  readonly transactions: readonly Transaction[];
};

/** What a proof shows, once it has been checked. */
export type Shown =
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'transaction'; readonly checkpoint: Checkpoint; readonly outcome: Outcome }
  | {
      readonly kind: 'output';
      readonly checkpoint: Checkpoint;
      readonly txid: TxId;
      /** Empty: nothing of the transaction is unspent, or it was never accepted. */
      readonly unspent: readonly UnspentOutput[];
    };

/**
 * Trusts a genesis and nobody else: every answer is checked against signatures of a quorum of the
 * committee that the genesis names. Needs no network. Errors say what is wrong.
 */
export class LightClient {
  readonly ledgerId: LedgerId;
  readonly #trust: Trust;
  readonly #params: Checkpoint['paramsDigest'];

  constructor(genesis: Genesis, verifier: Verifier = createVerifier('auto')) {
    this.ledgerId = ledgerIdOf(genesis);
    this.#params = paramsDigest(genesis.params);
    const committee = createCommittee(genesis.committee);
    this.#trust = { ledgerId: this.ledgerId, committee, verifier };
  }

  verifyCertificate(certificate: Certificate): Result<Checkpoint, string> {
    return this.#underParams(certificate, verifyCertificate(certificate, this.#trust));
  }

  verifyTransaction(proof: TransactionProof): Result<Outcome, string> {
    return this.#underParams(proof.certificate, verifyTransactionProof(proof, this.#trust));
  }

  verifyOutput(
    proof: OutputProof,
  ): Result<{ readonly txid: TxId; readonly unspent: readonly UnspentOutput[] }, string> {
    return this.#underParams(proof.certificate, verifyOutputProof(proof, this.#trust));
  }

  /** The ledger of this epoch, as `GET /v1/epochs/EPOCH/ledger` gives it. */
  verifyLedger(epoch: Epoch, bytes: Uint8Array): Result<CertifiedLedger, string> {
    const ledger = decodeEpochLedger(bytes);
    if (!ledger.ok) return ledger;
    const checkpoint = this.verifyCertificate(ledger.value.certificate);
    if (!checkpoint.ok) return checkpoint;
    if (checkpoint.value.epoch !== epoch) return err(`it is of epoch ${checkpoint.value.epoch}`);
    const transactions = acceptedTransactions(ledger.value);
    if (!transactions.ok) return transactions;
    return ok({ checkpoint: checkpoint.value, transactions: transactions.value });
  }

  /** Any of the three, as the API gives them out and files hold them. */
  verifyJson(value: unknown): Result<Shown, string> {
    const fields = typeof value === 'object' && value !== null ? value : {};
    if ('outcome' in fields) return this.#transactionJson(value);
    if ('unspent' in fields) return this.#outputJson(value);
    const certificate = certificateFromJson(value);
    if (!certificate.ok) return err(certificate.error.detail);
    const verified = this.verifyCertificate(certificate.value);
    return verified.ok ? ok({ kind: 'checkpoint', checkpoint: verified.value }) : verified;
  }

  #transactionJson(value: unknown): Result<Shown, string> {
    const proof = transactionProofFromJson(value);
    if (!proof.ok) return err(proof.error.detail);
    const verified = this.verifyTransaction(proof.value);
    if (!verified.ok) return verified;
    const { checkpoint } = proof.value.certificate;
    return ok({ kind: 'transaction', checkpoint, outcome: verified.value });
  }

  #outputJson(value: unknown): Result<Shown, string> {
    const proof = outputProofFromJson(value);
    if (!proof.ok) return err(proof.error.detail);
    const verified = this.verifyOutput(proof.value);
    if (!verified.ok) return verified;
    const { checkpoint } = proof.value.certificate;
    return ok({ kind: 'output', checkpoint, ...verified.value });
  }

  #underParams<T>({ checkpoint }: Certificate, verified: Result<T, string>): Result<T, string> {
    if (!verified.ok || checkpoint.paramsDigest === this.#params) return verified;
    return err('the checkpoint was made under other parameters than the genesis has');
  }
}
