import { encodeTransaction, txidOf } from '../codec/transaction.ts';
import { encodeAddress } from '../crypto/address.ts';
import { isMultiLock, multiLock } from '../crypto/locks.ts';
import { createVerifier } from '../crypto/verify.ts';
import { compareBytes } from '../std/bytes.ts';
import { err, ok, type Result } from '../std/result.ts';
import { type ErrorCode, type Problem, problem } from '../types/errors.ts';
import type { Genesis } from '../types/genesis.ts';
import type { Digest, Lock, TxId } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { OutputProof } from '../types/proof.ts';
import type { Signer } from '../types/signature.ts';
import type { Output, TransactionBody } from '../types/transaction.ts';
import { LightClient } from './light-client.ts';
import { buildTransaction, type OwnedCoin, type Payee, requestOn, type Terms } from './payment.ts';
import type { RestClient } from './rest-client.ts';
import { statesOf } from './wallet.ts';

/** Of an m-of-n lock; the keys ascend. */
export type Owners = { readonly threshold: number; readonly publicKeys: readonly Uint8Array[] };

/**
 * A payment from an m-of-n lock on its way from owner to owner. A txid says nothing of what its inputs are
 * worth, so each comes with a proof of it: who signs sees the fee without asking anybody.
 */
export type Proposal = {
  readonly owners: Owners;
  readonly body: TransactionBody;
  readonly txid: TxId;
  /** One for each input, in their order. */
  readonly proofs: readonly OutputProof[];
  /** By the place of the key among the owners. */
  readonly signatures: ReadonlyMap<number, Uint8Array>;
};

/** What a proposal does, as its proofs and the genesis show. */
export type Review = {
  readonly payer: Lock;
  readonly spent: bigint;
  /** Without what comes back. */
  readonly paid: readonly Output[];
  readonly change: bigint;
  readonly fee: bigint;
};

export type ProposalRequest = {
  readonly owners: Owners;
  readonly payees: readonly Payee[];
  readonly terms: Terms;
};

const verifier = createVerifier('auto');

/** In any order. Error: `invalid-request`. */
export function ownersOf(
  threshold: number,
  publicKeys: readonly Uint8Array[],
): Result<Owners, Problem> {
  const sorted = [...publicKeys].sort(compareBytes);
  if (isMultiLock(threshold, sorted)) return ok({ threshold, publicKeys: sorted });
  const most = WIRE_LIMITS.multiKeysMax.value;
  const wanted = `1 to ${most} different public keys, and a threshold from 1 to their number`;
  return refuse('invalid-request', `an m-of-n lock takes ${wanted}`);
}

export function lockOfOwners({ threshold, publicKeys }: Owners): Lock {
  return multiLock(threshold, publicKeys);
}

/**
 * A payment of coins that a certified ledger shows. Errors: those of requestOn and buildTransaction, and
 * `not-yet` where a coin is in no certified ledger yet. Throws AlthingError for what the node says.
 */
export async function propose(
  client: RestClient,
  { owners, payees, terms }: ProposalRequest,
): Promise<Result<Proposal, Problem>> {
  const params = await client.params();
  const request = requestOn(params, payees, terms);
  if (!request.ok) return request;
  const lock = lockOfOwners(owners);
  const listed: OwnedCoin[] = [];
  for await (const coin of client.outputs(encodeAddress(params.addressPrefix, lock))) {
    listed.push({ ...coin, lock });
  }
  const states = await statesOf(client, listed);
  const coins = listed.filter((_, at) => states[at]?.state === 'unspent');
  const built = buildTransaction({ ...request.value, coins, changeLock: lock });
  if (!built.ok) return built;
  const { body, spent } = built.value;
  const proofs: OutputProof[] = [];
  for (const coin of spent) {
    const proof = await client.outputProof(coin.txid, coin.index);
    if (proof.unspent?.some(({ index }) => index === coin.index) !== true) {
      return refuse('not-yet', `${coin.txid} ${coin.index} is in no certified ledger yet`);
    }
    proofs.push(proof);
  }
  return ok(bareProposal(owners, body, proofs));
}

/**
 * Trusts the genesis alone. Errors: `wrong-ledger`, `bad-witness` for an input of somebody else,
 * `inputs-below-outputs`, `insufficient-fee`, and `unknown-input` for what its proof does not show.
 */
export function reviewProposal(proposal: Proposal, genesis: Genesis): Result<Review, Problem> {
  const { body, owners } = proposal;
  const light = new LightClient(genesis);
  if (body.ledgerId !== light.ledgerId) {
    return refuse('wrong-ledger', `made for ledger ${body.ledgerId}, not ${light.ledgerId}`);
  }
  const payer = lockOfOwners(owners);
  let spent = 0n;
  for (const at of body.inputs.keys()) {
    const coin = provedInput(proposal, at, light);
    if (!coin.ok) return coin;
    if (coin.value.lock !== payer) {
      return refuse('bad-witness', `inputs[${at}] does not belong to these owners`);
    }
    spent += coin.value.amount;
  }
  const paid = body.outputs.filter(({ lock }) => lock !== payer);
  const change = sumOf(body.outputs.filter(({ lock }) => lock === payer));
  const fee = spent - change - sumOf(paid);
  if (fee < 0n) return refuse('inputs-below-outputs', `${-fee} are missing`);
  const { minFee } = genesis.params;
  if (fee < minFee) return refuse('insufficient-fee', `${fee}, at least ${minFee} are needed`);
  return ok({ payer, spent, paid, change, fee });
}

/** Reviews it first. Errors: those of reviewProposal, and `bad-witness` for a key that has no part in it. */
export function signProposal(
  proposal: Proposal,
  genesis: Genesis,
  signer: Signer,
): Result<Proposal, Problem> {
  const review = reviewProposal(proposal, genesis);
  if (!review.ok) return review;
  const { owners, signatures, txid } = proposal;
  const place = placeOf(owners, signer.publicKey);
  if (place < 0) return refuse('bad-witness', 'the key is none of its owners');
  if (signatures.has(place)) return refuse('bad-witness', 'this key has signed it already');
  const signature = signer.sign(txid as string as Digest);
  return ok({ ...proposal, signatures: new Map([...signatures, [place, signature]]) });
}

/** A signature that came with it. Errors: `bad-witness` for a strange key, or one twice; `bad-signature`. */
export function withSignature(
  proposal: Proposal,
  publicKey: Uint8Array,
  signature: Uint8Array,
): Result<Proposal, Problem> {
  const { owners, signatures, txid } = proposal;
  const place = placeOf(owners, publicKey);
  if (place < 0) return refuse('bad-witness', 'a signature of a key that is none of its owners');
  if (signatures.has(place)) return refuse('bad-witness', 'two signatures of one key');
  if (!verifier.verify({ publicKey, digest: txid as string as Digest, signature })) {
    return refuse('bad-signature', 'a signature does not sign this payment');
  }
  return ok({ ...proposal, signatures: new Map([...signatures, [place, signature]]) });
}

/** One with the signatures of all. Error: `invalid-request` where they are not of one payment. */
export function mergeProposals(
  first: Proposal,
  others: readonly Proposal[],
): Result<Proposal, Problem> {
  const lock = lockOfOwners(first.owners);
  const isSame = (one: Proposal) => one.txid === first.txid && lockOfOwners(one.owners) === lock;
  if (!others.every(isSame)) return refuse('invalid-request', 'these are different payments');
  const signatures = new Map([first, ...others].flatMap((one) => [...one.signatures]));
  return ok({ ...first, signatures });
}

/** The transaction, with as many signatures as it takes. Error: `witness-missing`. */
export function proposalBytes(proposal: Proposal): Result<Uint8Array, Problem> {
  const { threshold, publicKeys } = proposal.owners;
  const signatures = [...proposal.signatures]
    .map(([index, signature]) => ({ index, signature }))
    .sort((one, other) => one.index - other.index)
    .slice(0, threshold);
  if (signatures.length < threshold) {
    return refuse('witness-missing', `${signatures.length} of ${threshold} signatures`);
  }
  return ok(
    encodeTransaction(proposal.body, [{ kind: 'multi', threshold, publicKeys, signatures }]),
  );
}

/** Without signatures. */
export function bareProposal(
  owners: Owners,
  body: TransactionBody,
  proofs: readonly OutputProof[],
): Proposal {
  return { owners, body, txid: txidOf(body), proofs, signatures: new Map() };
}

function provedInput(
  { body, proofs }: Proposal,
  at: number,
  light: LightClient,
): Result<Output, Problem> {
  const input = body.inputs[at];
  const proof = proofs[at];
  if (input === undefined || proof === undefined) {
    return refuse('unknown-input', `inputs[${at}] has no proof`);
  }
  const shown = light.verifyOutput(proof);
  if (!shown.ok) return refuse('unknown-input', `inputs[${at}] is not proved: ${shown.error}`);
  const { txid, unspent } = shown.value;
  const coin = unspent.find(({ index }) => index === input.index);
  if (txid === input.txid && coin !== undefined) return ok(coin);
  return refuse('unknown-input', `inputs[${at}] is not what its proof shows`);
}

function placeOf({ publicKeys }: Owners, publicKey: Uint8Array): number {
  return publicKeys.findIndex((one) => compareBytes(one, publicKey) === 0);
}

function sumOf(outputs: readonly Output[]): bigint {
  return outputs.reduce((sum, { amount }) => sum + amount, 0n);
}

function refuse(code: ErrorCode, detail: string): Result<never, Problem> {
  return err(problem(code, detail));
}
