import { AMOUNT_MAX } from '../codec/amount.ts';
import { fromHex, PUBLIC_KEY_HEX, toHex } from '../codec/hex.ts';
import {
  amountField,
  arrayField,
  failField,
  integerField,
  objectField,
  readJson,
  textField,
} from '../codec/json-fields.ts';
import { outputProofFromJson, outputProofToJson } from '../codec/proof-json.ts';
import type { Result } from '../std/result.ts';
import type { Problem } from '../types/errors.ts';
import { type LedgerId, type Lock, type Outpoint, outpointKey, type TxId } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { OutputProof } from '../types/proof.ts';
import type { Output } from '../types/transaction.ts';
import { bareProposal, type Owners, ownersOf, type Proposal, withSignature } from './proposal.ts';

/*
 * A proposal as a JSON value: the form of its file (docs/CLIENTS.md). Reading refuses members that it does
 * not know, and signatures that are not right. What inputs are worth is left to reviewProposal.
 */

const FORMAT = 1;
const EPOCH_MAX = 2 ** 32 - 1;
const DIGEST = /^[0-9a-f]{64}$/;
const LOCK = /^0[12][0-9a-f]{64}$/;
const SIGNATURE = /^[0-9a-f]{128}$/;

export function proposalToJson({ owners, body, proofs, signatures }: Proposal) {
  const keys = owners.publicKeys.map(toHex);
  return {
    format: FORMAT,
    ledgerId: body.ledgerId,
    validUntil: body.validUntil,
    owners: { threshold: owners.threshold, publicKeys: keys },
    inputs: body.inputs.map(({ txid, index }, at) => {
      const proof = proofs[at];
      return { txid, index, proof: proof === undefined ? null : outputProofToJson(proof) };
    }),
    outputs: body.outputs.map(({ amount, lock }) => ({ amount: amount.toString(), lock })),
    signatures: [...signatures]
      .sort(([one], [other]) => one - other)
      .map(([at, signature]) => ({ publicKey: keys[at], signature: toHex(signature) })),
  };
}

/** Errors name the member: `invalid-request`, `duplicate-input`, `amount-range`, `bad-witness`, `bad-signature`. */
export function proposalFromJson(value: unknown): Result<Proposal, Problem> {
  return readJson(() => {
    const names = ['format', 'ledgerId', 'validUntil', 'owners', 'inputs', 'outputs', 'signatures'];
    const fields = objectField(value, 'proposal', names);
    integerField(fields.format, 'format', FORMAT, FORMAT);
    const owners = ownersField(fields.owners);
    const { inputs, proofs } = inputsField(fields.inputs);
    const body = {
      ledgerId: digestField(fields.ledgerId, 'ledgerId') as LedgerId,
      validUntil: integerField(fields.validUntil, 'validUntil', 0, EPOCH_MAX),
      inputs,
      outputs: outputsField(fields.outputs),
    };
    return withSignatures(bareProposal(owners, body, proofs), fields.signatures);
  });
}

function ownersField(value: unknown): Owners {
  const fields = objectField(value, 'owners', ['threshold', 'publicKeys']);
  const most = WIRE_LIMITS.multiKeysMax.value;
  const threshold = integerField(fields.threshold, 'owners.threshold', 1, most);
  const keys = arrayField(fields.publicKeys, 'owners.publicKeys', 1, most);
  const made = ownersOf(
    threshold,
    keys.map((key, at) => publicKeyField(key, `owners.publicKeys[${at}]`)),
  );
  return made.ok ? made.value : failField('owners', made.error.detail);
}

function inputsField(value: unknown): { inputs: Outpoint[]; proofs: OutputProof[] } {
  const list = arrayField(value, 'inputs', 1, WIRE_LIMITS.inputsMax.value);
  const inputs: Outpoint[] = [];
  const proofs: OutputProof[] = [];
  for (const [at, item] of list.entries()) {
    const path = `inputs[${at}]`;
    const fields = objectField(item, path, ['txid', 'index', 'proof']);
    const txid = digestField(fields.txid, `${path}.txid`) as TxId;
    const most = WIRE_LIMITS.outputsMax.value - 1;
    inputs.push({ txid, index: integerField(fields.index, `${path}.index`, 0, most) });
    const proof = outputProofFromJson(fields.proof);
    proofs.push(proof.ok ? proof.value : failField(`${path}.proof`, proof.error.detail));
  }
  const different = new Set(inputs.map(({ txid, index }) => outpointKey(txid, index)));
  if (different.size < inputs.length) failField('inputs', 'one stands twice', 'duplicate-input');
  return { inputs, proofs };
}

function outputsField(value: unknown): Output[] {
  const list = arrayField(value, 'outputs', 1, WIRE_LIMITS.outputsMax.value);
  const outputs = list.map((item, at) => {
    const path = `outputs[${at}]`;
    const fields = objectField(item, path, ['amount', 'lock']);
    const amount = amountField(fields.amount, `${path}.amount`);
    if (amount === 0n) failField(`${path}.amount`, 'not above zero', 'amount-range');
    return { amount, lock: textField(fields.lock, `${path}.lock`, LOCK, 'a lock') as Lock };
  });
  const sum = outputs.reduce((all, { amount }) => all + amount, 0n);
  if (sum > AMOUNT_MAX) failField('outputs', 'they exceed 2^64-1', 'amount-range');
  return outputs;
}

function withSignatures(bare: Proposal, value: unknown): Proposal {
  const list = arrayField(value, 'signatures', 0, bare.owners.publicKeys.length);
  return list.reduce<Proposal>((proposal, item, at) => {
    const path = `signatures[${at}]`;
    const fields = objectField(item, path, ['publicKey', 'signature']);
    const publicKey = publicKeyField(fields.publicKey, `${path}.publicKey`);
    const hint = '128 lower-case hex digits';
    const signature = textField(fields.signature, `${path}.signature`, SIGNATURE, hint);
    const added = withSignature(proposal, publicKey, bytesOf(signature));
    return added.ok ? added.value : failField(path, added.error.detail, added.error.code);
  }, bare);
}

function digestField(value: unknown, path: string): string {
  return textField(value, path, DIGEST, '64 lower-case hex digits');
}

function publicKeyField(value: unknown, path: string): Uint8Array {
  return bytesOf(textField(value, path, PUBLIC_KEY_HEX, 'a compressed public key in hex'));
}

function bytesOf(hex: string): Uint8Array {
  return fromHex(hex) ?? failField('proposal', 'not hex');
}
