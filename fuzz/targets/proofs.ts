import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import {
  decodeEvidence,
  encodeEvidence,
  evidenceFromJson,
  evidenceToJson,
  type LedgerEvidence,
} from '../../src/codec/evidence.ts';
import {
  certificateFromJson,
  certificateToJson,
  outputProofFromJson,
  outputProofToJson,
  transactionProofFromJson,
  transactionProofToJson,
} from '../../src/codec/proof-json.ts';
import { verifyOutputProof, verifyTransactionProof } from '../../src/ledger/proofs.ts';
import type { Certificate } from '../../src/types/ledger.ts';
import { WIRE_LIMITS } from '../../src/types/limits.ts';
import type { OutputProof, StateProof, TransactionProof } from '../../src/types/proof.ts';
import { certificates, digests, locks, txids } from '../../test/codec/arbitraries.ts';
import { longCertificates, many, orLong } from '../../test/codec/long-arbitraries.ts';
import { mutateJson } from '../mutate-text.ts';
import { stableTarget } from '../stable-target.ts';
import type { Target } from '../target.ts';
import { outcomesOf, outputProofs, transactionProofs, trust, unspentOf } from '../truth.ts';
import { evidences, LONG_BYTES, outcomes } from './codec.ts';
import { bytesOf, fromJsonText } from './texts.ts';

const U32 = 0xffff_ffff;
const written = (value: unknown) => bytesOf(JSON.stringify(value));

/** What the light client believes of a proof is what the one certified ledger says. */
function saysTheTruth(proof: TransactionProof): boolean {
  const believed = verifyTransactionProof(proof, trust);
  if (!believed.ok) return true;
  return isDeepStrictEqual(believed.value, outcomesOf.get(believed.value.txid));
}

function showsTheTruth(proof: OutputProof): boolean {
  const believed = verifyOutputProof(proof, trust);
  if (!believed.ok) return true;
  const { txid, unspent } = believed.value;
  return isDeepStrictEqual(unspent, unspentOf.get(txid) ?? []);
}

const stateProofs: fc.Arbitrary<StateProof> = fc.record({
  key: txids,
  siblings: orLong(fc.array(digests, { maxLength: 4 }), many(digests, 256)),
  leaf: fc.option(fc.record({ key: txids, value: digests })),
});

const unspent = fc.record({
  index: fc.integer({ min: 0, max: 1023 }),
  amount: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  lock: locks,
});

const certificate = stableTarget<Certificate>({
  name: 'certificate-json',
  decode: (bytes) => fromJsonText(bytes, certificateFromJson),
  encode: (value) => written(certificateToJson(value)),
  values: orLong(certificates, longCertificates),
  mutate: mutateJson,
  lengthMax: LONG_BYTES,
});

const transactionProof = stableTarget<TransactionProof>({
  name: 'transaction-proof-json',
  decode: (bytes) => fromJsonText(bytes, transactionProofFromJson),
  encode: (value) => written(transactionProofToJson(value)),
  values: fc.oneof(
    fc.constantFrom(...transactionProofs),
    fc.record({
      certificate: certificates,
      outcome: outcomes,
      path: fc.record({
        index: fc.integer({ min: 0, max: U32 }),
        count: fc.integer({ min: 0, max: U32 }),
        siblings: orLong(fc.array(digests, { maxLength: 4 }), many(digests, 32)),
      }),
    }),
  ),
  mutate: mutateJson,
  lengthMax: LONG_BYTES,
  accepted: saysTheTruth,
});

const outputProof = stableTarget<OutputProof>({
  name: 'output-proof-json',
  decode: (bytes) => fromJsonText(bytes, outputProofFromJson),
  encode: (value) => written(outputProofToJson(value)),
  values: fc.oneof(
    fc.constantFrom(...outputProofs),
    fc.record({
      certificate: certificates,
      txid: txids,
      unspent: fc.option(
        orLong(fc.array(unspent, { maxLength: 3 }), many(unspent, WIRE_LIMITS.outputsMax.value)),
      ),
      acceptedEpoch: fc.option(fc.integer({ min: 0, max: U32 })),
      path: stateProofs,
    }),
  ),
  mutate: mutateJson,
  lengthMax: LONG_BYTES,
  accepted: showsTheTruth,
});

/** Its two forms say the same. */
const evidence = stableTarget<LedgerEvidence>({
  name: 'evidence-json',
  decode: (bytes) => fromJsonText(bytes, evidenceFromJson),
  encode: (value) => written(evidenceToJson(value)),
  values: evidences,
  mutate: mutateJson,
  lengthMax: LONG_BYTES,
  accepted: (value) => decodeEvidence(encodeEvidence(value)).ok,
});

export const PROOF_TARGETS: readonly Target[] = [
  certificate,
  transactionProof,
  outputProof,
  evidence,
];
