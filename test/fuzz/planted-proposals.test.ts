import '../../src/std/polyfill.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { genesis } from '../../fuzz/owned-coins.ts';
import { proposalTarget } from '../../fuzz/targets/proposals.ts';
import { LightClient } from '../../src/client/light-client.ts';
import { lockOfOwners, type Proposal, type reviewProposal } from '../../src/client/proposal.ts';
import { proposalFromJson, proposalToJson } from '../../src/client/proposal-json.ts';
import { err, ok } from '../../src/std/result.ts';
import { problem } from '../../src/types/errors.ts';
import { found } from './found.ts';

type File = ReturnType<typeof proposalToJson>;
type Reader = typeof proposalFromJson;
type Reviewer = typeof reviewProposal;

/** Reads the file as it is once `mended`, and gives what `spoilt` makes of that. */
function readAs(
  mended: (file: File) => unknown,
  spoilt: (read: Proposal, file: File) => Proposal = (read) => read,
): Reader {
  return (value) => {
    const file = value as File;
    let mend: unknown = value;
    try {
      mend = mended(file);
    } catch {
      // Another form: as it came.
    }
    const read = proposalFromJson(mend);
    return read.ok && mend !== value ? ok(spoilt(read.value, file)) : read;
  };
}

const unsigned = (file: File) => ({ ...file, signatures: [] });
/** By owners, each once, in the form of signatures. */
function isSigned({ owners, signatures }: File): boolean {
  const keys = signatures.map(({ publicKey = '' }) => publicKey);
  const isEach = signatures.every(({ signature }) => /^[0-9a-f]{128}$/.test(signature));
  const ofOwners = keys.every((key) => owners.publicKeys.includes(key));
  return isEach && ofOwners && new Set(keys).size === keys.length;
}
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

/** A reader with a bug, and what the fuzzer says of it. */
const READERS: readonly (readonly [name: string, read: Reader, said: RegExp])[] = [
  [
    'signatures are not checked',
    readAs(
      (file) => (isSigned(file) ? unsigned(file) : file),
      (read, file) => {
        const keys = proposalToJson(read).owners.publicKeys;
        const all = file.signatures.map(({ publicKey = '', signature }): [number, Uint8Array] => [
          keys.indexOf(publicKey),
          bytesOf(signature),
        ]);
        return { ...read, signatures: new Map(all) };
      },
    ),
    /a signature of somebody, or of something, else/,
  ],
  [
    'signatures are dropped',
    readAs(unsigned),
    /what was decoded is not what was encoded|two forms of one payment/,
  ],
  [
    'amounts may be numbers',
    readAs((file) => ({
      ...file,
      outputs: file.outputs.map((output) => ({ ...output, amount: String(output.amount) })),
    })),
    /two forms of one payment/,
  ],
  [
    'members that nobody knows are passed over',
    readAs(({ format, ledgerId, validUntil, owners, inputs, outputs, signatures }) => {
      return { format, ledgerId, validUntil, owners, inputs, outputs, signatures };
    }),
    /two forms of one payment/,
  ],
  [
    'the threshold is not read',
    readAs((file) => ({ ...file, owners: { ...file.owners, threshold: 2 } })),
    /two forms of one payment/,
  ],
];

/** What a review looks at beside amounts. */
const LOOKS = ['proof', 'owner', 'fee'] as const;

/** A review that does not look at one of these. */
function careless(omitted: (typeof LOOKS)[number]): Reviewer {
  const light = new LightClient(genesis);
  const looksAt = (what: (typeof LOOKS)[number]) => what !== omitted;
  return ({ body, proofs, owners }) => {
    const payer = lockOfOwners(owners);
    let spent = 0n;
    for (const [at, { index }] of body.inputs.entries()) {
      const proof = proofs[at];
      if (proof === undefined || (looksAt('proof') && !light.verifyOutput(proof).ok)) return NO;
      const coin = proof.unspent?.find((one) => one.index === index);
      if (coin === undefined || (looksAt('owner') && coin.lock !== payer)) return NO;
      spent += coin.amount;
    }
    const paid = body.outputs.filter(({ lock }) => lock !== payer);
    const sum = (of: readonly { amount: bigint }[]) =>
      of.reduce((all, one) => all + one.amount, 0n);
    const change = sum(body.outputs) - sum(paid);
    const fee = spent - sum(body.outputs);
    if (fee < (looksAt('fee') ? genesis.params.minFee : 0n)) return NO;
    return ok({ payer, spent, paid, change, fee });
  };
}

const NO = err(problem('unknown-input', 'no'));

describe('the target of proposals finds that', () => {
  for (const [name, read, said] of READERS) {
    it(name, async () => assertFound(await found(proposalTarget(read)), said));
  }
  for (const omitted of LOOKS) {
    const said = omitted === 'fee' ? /the fee is another one/ : /inputs are worth something else/;
    it(`a review does not look at the ${omitted}`, async () => {
      assertFound(await found(proposalTarget(proposalFromJson, careless(omitted))), said);
    });
  }
});

function assertFound(failures: readonly string[], said: RegExp): void {
  assert.ok(
    failures.some((one) => said.test(one)),
    `${failures}`,
  );
}
