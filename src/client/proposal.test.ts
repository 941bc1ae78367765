import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkpointDigest } from '../codec/checkpoint.ts';
import { ledgerIdOf, paramsDigest } from '../codec/genesis.ts';
import { encodeAddress } from '../crypto/address.ts';
import { keyLock } from '../crypto/locks.ts';
import { createSigner } from '../crypto/sign.ts';
import { createVerifier } from '../crypto/verify.ts';
import { unspentLeaf } from '../ledger/coins.ts';
import { stateLeafHash } from '../ledger/state-proof.ts';
import { openTransaction } from '../replica/ingress.ts';
import type { Result } from '../std/result.ts';
import type { Problem } from '../types/errors.ts';
import type { Genesis } from '../types/genesis.ts';
import { type TxId, ZERO_DIGEST } from '../types/ids.ts';
import type { OutputProof } from '../types/proof.ts';
import type { Output } from '../types/transaction.ts';
import {
  bareProposal,
  lockOfOwners,
  mergeProposals,
  ownersOf,
  type Proposal,
  proposalBytes,
  propose,
  reviewProposal,
  signProposal,
} from './proposal.ts';
import { proposalFromJson, proposalToJson } from './proposal-json.ts';
import type { RestClient } from './rest-client.ts';

const signerOf = (byte: number) => createSigner(new Uint8Array(32).fill(byte));
const ann = signerOf(1);
const ben = signerOf(2);
const cem = signerOf(3);
const stranger = signerOf(4);
const validator = signerOf(5);
const payee = keyLock(stranger.publicKey);

const genesis: Genesis = {
  format: 1,
  name: 'proposals',
  addressPrefix: 'althdev',
  committee: [{ name: 'only', publicKey: Buffer.from(validator.publicKey).toString('hex') }],
  params: { minFee: 10n, laneWindowMax: 8, blockTxsMax: 8, blockBytesMax: 8000 },
  outputs: [],
};
const ledgerId = ledgerIdOf(genesis);

function good<T>(result: Result<T, Problem>): T {
  assert.ok(result.ok, result.ok ? '' : `${result.error.code}: ${result.error.detail}`);
  return result.value;
}

const codeOf = (result: Result<unknown, Problem>) => (result.ok ? 'ok' : result.error.code);

const owners = good(
  ownersOf(
    2,
    [ann, ben, cem].map(({ publicKey }) => publicKey),
  ),
);
const lock = lockOfOwners(owners);
const txid = 'aa'.repeat(32) as TxId;
const coins = [
  { index: 0, amount: 500n, lock },
  { index: 3, amount: 300n, lock },
  { index: 4, amount: 900n, lock: payee },
];

/** Of a ledger that has nothing but these coins: a tree of one leaf is that leaf. */
const proof = proofOfCoins();

function proofOfCoins(): OutputProof {
  const acceptedEpoch = 1;
  const value = unspentLeaf(acceptedEpoch, coins);
  const checkpoint = {
    ...{ ledgerId, committee: 0, paramsDigest: paramsDigest(genesis.params), epoch: 2 },
    ...{ prev: ZERO_DIGEST, cut: ZERO_DIGEST, txRoot: ZERO_DIGEST },
    stateRoot: stateLeafHash(txid, value),
    ...{ acceptedCount: 1, rejectedCount: 0, timeMs: 1 },
  };
  const signatures = [{ lane: 0, signature: validator.sign(checkpointDigest(checkpoint)) }];
  const path = { key: txid, siblings: [], leaf: { key: txid, value } };
  return { certificate: { checkpoint, signatures }, txid, unspent: coins, acceptedEpoch, path };
}

/** Of these coins to the payee, and the rest but the fee back. */
function proposal(indexes = [0, 3], fee = 10n, pays = 600n): Proposal {
  const inputs = indexes.map((index) => ({ txid, index }));
  const spent = coins.filter(({ index }) => indexes.includes(index));
  const back = spent.reduce((sum, { amount }) => sum + amount, -pays - fee);
  const outputs: Output[] = [{ amount: pays, lock: payee }];
  if (back > 0n) outputs.push({ amount: back, lock });
  const body = { ledgerId, validUntil: 9, inputs, outputs };
  return bareProposal(
    owners,
    body,
    inputs.map(() => proof),
  );
}

const signed = (one: Proposal, ...by: (typeof ann)[]) =>
  by.reduce((so, signer) => good(signProposal(so, genesis, signer)), one);

describe('a payment of m-of-n owners', () => {
  it('is what a node takes when enough have signed, in any order or apart', () => {
    const bare = proposal();
    const apart = [signed(bare, cem), signed(bare, ann)] as const;
    const all = signed(bare, ben, ann, cem);
    for (const one of [signed(bare, cem, ann), good(mergeProposals(apart[0], [apart[1]])), all]) {
      const read = good(proposalFromJson(JSON.parse(JSON.stringify(proposalToJson(one)))));
      assert.deepEqual(proposalToJson(read), proposalToJson(one));
      const bytes = good(proposalBytes(one));
      assert.deepEqual(good(proposalBytes(read)), bytes);
      const opened = openTransaction(bytes, ledgerId, createVerifier('auto'));
      const { witnessLocks, ...taken } = good(opened);
      assert.deepEqual([taken.txid, witnessLocks], [bare.txid, [lock]]);
    }
    assert.equal(codeOf(proposalBytes(bare)), 'witness-missing');
    assert.equal(codeOf(proposalBytes(apart[0])), 'witness-missing');
    assert.equal(
      codeOf(proposalBytes(good(mergeProposals(apart[0], [apart[0]])))),
      'witness-missing',
    );
    assert.equal(codeOf(mergeProposals(bare, [proposal([0], 10n, 5n)])), 'invalid-request');
  });

  it('shows what it pays, what comes back and the fee', () => {
    const paid = [{ amount: 600n, lock: payee }];
    const review = good(reviewProposal(proposal(), genesis));
    assert.deepEqual(review, { payer: lock, spent: 800n, paid, change: 190n, fee: 10n });
    const dear = good(reviewProposal(proposal([0, 3], 200n), genesis));
    assert.deepEqual([dear.change, dear.fee], [0n, 200n]);
  });

  it('is signed by its owners alone, each once', () => {
    const code = (one: Proposal, signer: typeof ann) => codeOf(signProposal(one, genesis, signer));
    assert.equal(code(proposal(), stranger), 'bad-witness');
    assert.equal(code(signed(proposal(), ann), ann), 'bad-witness');
    assert.equal(code(signed(proposal(), ann), ben), 'ok');
  });

  it('is not signed unless proofs show what its inputs are worth', () => {
    const code = (one: Proposal, under = genesis) => codeOf(signProposal(one, under, ann));
    const bare = proposal();
    const lying = { ...proof, unspent: coins.map((coin) => ({ ...coin, amount: 400n })) };
    const { certificate } = proof;
    const unsigned = { ...proof, certificate: { ...certificate, signatures: [] } };
    assert.equal(code({ ...bare, proofs: [proof, lying] }), 'unknown-input');
    assert.equal(code({ ...bare, proofs: [unsigned, proof] }), 'unknown-input');
    assert.equal(code({ ...bare, proofs: [proof] }), 'unknown-input');
    assert.equal(code(proposal([0, 2], 10n, 300n)), 'unknown-input');
    const elsewhere = { ...bare.body, inputs: [{ txid: 'bb'.repeat(32) as TxId, index: 0 }] };
    assert.equal(code(bareProposal(owners, elsewhere, [proof])), 'unknown-input');
    assert.equal(code(proposal([0, 4])), 'bad-witness');
    assert.equal(code(proposal([0, 3], 9n)), 'insufficient-fee');
    assert.equal(code(proposal([0, 3], 10n, 801n)), 'inputs-below-outputs');
    assert.equal(code(bare, { ...genesis, name: 'another' }), 'wrong-ledger');
    assert.equal(code(bare), 'ok');
  });

  it('takes a threshold and different keys', () => {
    const keys = [ben, ann].map(({ publicKey }) => publicKey);
    assert.deepEqual(good(ownersOf(1, keys)), good(ownersOf(1, keys.toReversed())));
    for (const [threshold, given] of [
      [3, keys],
      [0, keys],
      [1, []],
      [1, [keys[0], keys[0]]],
    ] as [number, Uint8Array[]][]) {
      assert.equal(codeOf(ownersOf(threshold, given)), 'invalid-request');
    }
  });

  it('spends what a certified ledger shows and nothing has spent since', async () => {
    const states = new Map([
      [0, 'spent'],
      [3, 'unspent'],
    ]);
    let shown: OutputProof = proof;
    const node = {
      params: async () => ({ ledgerId, addressPrefix: 'althdev', epoch: 7, minFee: 10n }),
      async *outputs() {
        for (const { index, amount } of coins.slice(0, 2)) yield { txid, index, amount };
      },
      output: async (_: TxId, index: number) => ({ state: states.get(index) }),
      outputProof: async () => shown,
    };
    const ask = (amount: bigint, fee?: bigint) => {
      const payees = [{ address: encodeAddress('althdev', payee), amount }];
      const request = { owners, payees, terms: { fee, validEpochs: 5 } };
      return propose(node as unknown as RestClient, request);
    };
    const made = good(await ask(100n));
    assert.deepEqual(made.body.inputs, [{ txid, index: 3 }]);
    assert.equal(made.body.validUntil, 12);
    assert.equal(good(reviewProposal(made, genesis)).change, 190n);
    assert.equal(good(reviewProposal(good(await ask(100n, 60n)), genesis)).fee, 60n);
    assert.equal(codeOf(await ask(100n, 9n)), 'insufficient-fee');
    assert.equal(codeOf(await ask(291n)), 'inputs-below-outputs');
    shown = { ...proof, unspent: coins.slice(0, 1) };
    assert.equal(codeOf(await ask(100n)), 'not-yet');
  });
});

describe('the file of such a payment', () => {
  const file = () => JSON.parse(JSON.stringify(proposalToJson(signed(proposal(), ann, ben))));
  type File = ReturnType<typeof file>;

  /** What is said of a file with this change. */
  function complaint(change: (file: File) => unknown): string {
    const changed = file();
    change(changed);
    const read = proposalFromJson(changed);
    return read.ok ? 'ok' : `${read.error.code} ${read.error.detail}`;
  }

  it('is refused wherever it was changed after somebody signed', () => {
    for (const change of [
      (one: File) => (one.outputs[0].amount = '601'),
      (one: File) => (one.outputs[0].lock = lock),
      (one: File) => (one.validUntil = 10),
      (one: File) => (one.inputs[0].index = 1),
      (one: File) => (one.ledgerId = 'cc'.repeat(32)),
      (one: File) => (one.signatures[1].signature = one.signatures[0].signature),
    ]) {
      assert.match(complaint(change), /^bad-signature signatures\[[01]\]: /);
    }
  });

  it('has each owner once, and nobody else', () => {
    const twice = (one: File) => (one.signatures[1] = one.signatures[0]);
    assert.match(complaint(twice), /^bad-witness signatures\[1\]: two signatures/);
    const key = Buffer.from(stranger.publicKey).toString('hex');
    const strange = (one: File) => (one.signatures[0].publicKey = key);
    assert.match(complaint(strange), /^bad-witness signatures\[0\]: .* none of its owners/);
  });

  it('has no form but one, and what is wrong is named', () => {
    const changes: [RegExp, (one: File) => unknown][] = [
      [/^invalid-request proposal: unknown member "x"/, (one) => (one.x = 1)],
      [/^invalid-request proposal: member "owners"/, (one) => delete one.owners],
      [/^invalid-request format: /, (one) => (one.format = 2)],
      [/^invalid-request ledgerId: /, (one) => (one.ledgerId = 'AA'.repeat(32))],
      [/^invalid-request validUntil: /, (one) => (one.validUntil = 2 ** 32)],
      [/^invalid-request owners\.threshold: /, (one) => (one.owners.threshold = 0)],
      [/^invalid-request owners: /, (one) => (one.owners.threshold = 4)],
      [/^invalid-request owners\.publicKeys\[0\]: /, (one) => (one.owners.publicKeys[0] = '04')],
      [/^invalid-request owners\.publicKeys: /, (one) => (one.owners.publicKeys = [])],
      [/^invalid-request inputs: /, (one) => (one.inputs = [])],
      [/^duplicate-input inputs: /, (one) => (one.inputs[1] = one.inputs[0])],
      [/^invalid-request inputs\[1\]\.txid: /, (one) => (one.inputs[1].txid = 'aa')],
      [/^invalid-request inputs\[0\]\.index: /, (one) => (one.inputs[0].index = 65_536)],
      [/^invalid-request inputs\[0\]\.proof: /, (one) => (one.inputs[0].proof = null)],
      [/^invalid-request outputs: /, (one) => (one.outputs = {})],
      [/^invalid-request outputs\[0\]\.amount: /, (one) => (one.outputs[0].amount = 600)],
      [/^amount-range outputs\[0\]\.amount: /, (one) => (one.outputs[0].amount = '0')],
      [/^amount-range outputs: /, (one) => (one.outputs[0].amount = `${2n ** 64n - 1n}`)],
      [/^invalid-request outputs\[1\]\.lock: /, (one) => (one.outputs[1].lock = `03${txid}`)],
      [/^invalid-request signatures: /, (one) => one.signatures.push(...one.signatures)],
      [
        /^invalid-request signatures\[0\]\.signature: /,
        (one) => (one.signatures[0].signature = ''),
      ],
    ];
    for (const [what, change] of changes) assert.match(complaint(change), what);
    assert.equal(codeOf(proposalFromJson([])), 'invalid-request');
    assert.equal(
      complaint(() => undefined),
      'ok',
    );
  });
});
