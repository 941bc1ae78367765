import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import {
  bareProposal,
  lockOfOwners,
  type Proposal,
  proposalBytes,
  reviewProposal,
} from '../../src/client/proposal.ts';
import { proposalFromJson, proposalToJson } from '../../src/client/proposal-json.ts';
import { createVerifier } from '../../src/crypto/verify.ts';
import { openTransaction } from '../../src/replica/ingress.ts';
import type { Digest } from '../../src/types/ids.ts';

import { mutateJson } from '../mutate-text.ts';
import {
  coins,
  coinsProof,
  coinsTxid,
  genesis,
  ledgerId,
  lyingProof,
  ownerSigners,
  owners,
  ownersLock,
  payeeLock,
} from '../owned-coins.ts';
import { stableTarget } from '../stable-target.ts';
import { hold, MEASURE_GRAIN, type Target } from '../target.ts';
import { bytesOf, fromJsonText } from './texts.ts';

type Reader = typeof proposalFromJson;
type Reviewer = typeof reviewProposal;

const verifier = createVerifier('auto');
const sumOf = (amounts: readonly { amount: bigint }[]) =>
  amounts.reduce((sum, { amount }) => sum + amount, 0n);

/** Payments that may be wrong by their amounts and proofs, never by their form, signed by some owners. */
const proposals: fc.Arbitrary<Proposal> = fc
  .record({
    indexes: fc.constantFrom([0], [3], [0, 3], [3, 0], [0, 4], [1]),
    pays: fc.constantFrom(1n, 490n, 790n, 791n, 2n ** 64n - 2n),
    back: fc.constantFrom(0n, 1n, 100n),
    validUntil: fc.constantFrom(0, 9, 0xffff_ffff),
    signers: fc.subarray([0, 1, 2]),
    proof: fc.constantFrom(coinsProof, coinsProof, lyingProof),
  })
  .map(({ indexes, pays, back, validUntil, signers, proof }) => {
    const inputs = indexes.map((index) => ({ txid: coinsTxid, index }));
    const outputs = [{ amount: pays, lock: payeeLock }];
    if (back > 0n && pays < 1000n) outputs.push({ amount: back, lock: ownersLock });
    const body = { ledgerId, validUntil, inputs, outputs };
    const bare = bareProposal(
      owners,
      body,
      inputs.map(() => proof),
    );
    return signedBy(bare, signers);
  });

function signedBy(proposal: Proposal, places: readonly number[]): Proposal {
  const signatures = places.flatMap((place): [number, Uint8Array][] => {
    const signer = ownerSigners[place];
    return signer === undefined ? [] : [[place, signer.sign(digestOf(proposal))]];
  });
  return { ...proposal, signatures: new Map(signatures) };
}

const digestOf = ({ txid }: Proposal) => txid as string as Digest;

/** What an owner is shown is what the ledger has, and what a node is sent is what the owners have signed. */
export function proposalTarget(
  read: Reader = proposalFromJson,
  review: Reviewer = reviewProposal,
): Target {
  const target = stableTarget<Proposal>({
    name: 'proposal',
    decode: (bytes) => fromJsonText(bytes, read),
    encode: (proposal) => bytesOf(JSON.stringify(proposalToJson(proposal))),
    values: proposals,
    mutate: mutateJson,
    repair: (input) => resigned(input),
    accepted: (proposal) => {
      holdSignatures(proposal);
      holdReview(proposal, review);
      return true;
    },
    lengthMax: 16_384,
    // Whether a key is a point of the curve, and a signature is of it, is computed with large numbers.
    memory: { fixed: 4 * MEASURE_GRAIN, perByte: 1000 },
  });
  return {
    ...target,
    check: async (input) => {
      const said = await target.check(input);
      if (said === 'accepted') holdOneForm(input, read);
      return said;
    },
  };
}

/** Whoever has the file reads the same in it, whatever program he has. */
function holdOneForm(input: Uint8Array, read: Reader): void {
  const decoded = fromJsonText(input, read);
  if (!decoded.ok) return;
  const file: unknown = JSON.parse(new TextDecoder().decode(input));
  const isSame = isDeepStrictEqual(ordered(file), ordered(proposalToJson(decoded.value)));
  hold(isSame, 'proposal: two forms of one payment');
}

type Listed = {
  readonly inputs: readonly { readonly proof: unknown }[];
  readonly owners: { readonly publicKeys: readonly string[] };
  readonly signatures: readonly { readonly publicKey: string }[];
};

/** Owners and their signatures may stand in any order, and in a proof what a later node says beside it. */
function ordered(file: unknown): unknown {
  const value = file as Listed;
  const { publicKeys } = value.owners;
  const byKey = (a: { publicKey: string }, b: { publicKey: string }) =>
    a.publicKey < b.publicKey ? -1 : 1;
  return {
    ...value,
    inputs: value.inputs.map((input) => ({ ...input, proof: null })),
    owners: { ...value.owners, publicKeys: [...publicKeys].sort() },
    signatures: [...value.signatures].sort(byKey),
  };
}

function holdSignatures(proposal: Proposal): void {
  const { publicKeys } = proposal.owners;
  for (const [place, signature] of proposal.signatures) {
    const publicKey = publicKeys[place];
    const isSigned =
      publicKey !== undefined &&
      verifier.verify({ publicKey, digest: digestOf(proposal), signature });
    hold(isSigned, 'proposal: a signature of somebody, or of something, else');
  }
  const bytes = proposalBytes(proposal);
  if (!bytes.ok) return;
  const opened = openTransaction(bytes.value, proposal.body.ledgerId, verifier);
  hold(opened.ok, `proposal: no node takes it: ${opened.ok || opened.error.detail}`);
  hold(opened.value.txid === proposal.txid, 'proposal: a node takes another payment');
  const lock = lockOfOwners(proposal.owners);
  hold(isDeepStrictEqual(opened.value.witnessLocks, [lock]), 'proposal: others pay');
}

function holdReview(proposal: Proposal, review: Reviewer): void {
  const shown = review(proposal, genesis);
  if (!shown.ok) return;
  const { payer, spent, paid, change, fee } = shown.value;
  const { inputs, outputs } = proposal.body;
  const spends = coins.filter(({ index, lock }) =>
    inputs.some((input) => input.txid === coinsTxid && input.index === index && lock === payer),
  );
  const isWhole = spends.length === inputs.length && spent === sumOf(spends);
  hold(isWhole, 'proposal: inputs are worth something else');
  const isAll = sumOf(paid) + change === sumOf(outputs) && spent === sumOf(outputs) + fee;
  hold(isAll && fee >= genesis.params.minFee, 'proposal: the fee is another one');
}

/** Signed again, by all whose keys are at hand, after whatever was changed. */
function resigned(input: Uint8Array): Uint8Array {
  const bare = fromJsonText(input, (value) =>
    proposalFromJson({ ...(value as object), signatures: [] }),
  );
  if (!bare.ok) return input;
  const keys = bare.value.owners.publicKeys;
  const isWhole = isDeepStrictEqual(keys, owners.publicKeys);
  if (!isWhole) return input;
  return bytesOf(JSON.stringify(proposalToJson(signedBy(bare.value, [0, 1, 2]))));
}
