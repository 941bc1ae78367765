import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkpointDigest } from '../codec/checkpoint.ts';
import { ledgerIdOf, paramsDigest } from '../codec/genesis.ts';
import { proveList } from '../codec/merkle-list.ts';
import {
  certificateToJson,
  outputProofToJson,
  transactionProofToJson,
} from '../codec/proof-json.ts';
import { keyLock } from '../crypto/locks.ts';
import { createSigner } from '../crypto/sign.ts';
import { unspentLeaf } from '../ledger/coins.ts';
import { outcomeLeaf, outcomeRoot } from '../ledger/outcomes.ts';
import { stateLeafHash } from '../ledger/state-proof.ts';
import { runToEnd } from '../std/slices.ts';
import type { Genesis } from '../types/genesis.ts';
import { type Digest, type TxId, ZERO_DIGEST } from '../types/ids.ts';
import type { Certificate, Checkpoint, Outcome } from '../types/ledger.ts';
import { LightClient } from './light-client.ts';

const signers = [1, 2, 3, 4].map((byte) => createSigner(new Uint8Array(32).fill(byte)));
const genesis: Genesis = {
  format: 1,
  name: 'light',
  addressPrefix: 'althdev',
  committee: signers.map(({ publicKey }, lane) => ({
    name: `validator-${lane}`,
    publicKey: Buffer.from(publicKey).toString('hex'),
  })),
  params: {
    minFee: 1n,
    laneWindowMax: 8,
    blockTxsMax: 8,
    blockBytesMax: 8000,
  },
  outputs: [],
};
const light = new LightClient(genesis);
const txids = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(32) as TxId) as [TxId, TxId, TxId];
const outcomes: Outcome[] = [
  { txid: txids[0], accepted: true },
  { txid: txids[1], accepted: false, reason: 'input-spent', winner: txids[0] },
];
const unspent = [{ index: 1, amount: 5n, lock: keyLock(signers[0]!.publicKey) }];

function certificate(change: Partial<Checkpoint> = {}, lanes = [0, 1, 3]): Certificate {
  const checkpoint: Checkpoint = {
    ledgerId: ledgerIdOf(genesis),
    committee: 0,
    paramsDigest: paramsDigest(genesis.params),
    epoch: 1,
    prev: ledgerIdOf(genesis),
    cut: ZERO_DIGEST,
    txRoot: runToEnd(outcomeRoot(outcomes)),
    // A tree of one leaf is that leaf.
    stateRoot: stateLeafHash(txids[0], unspentLeaf(1, unspent)),
    acceptedCount: 1,
    rejectedCount: 1,
    timeMs: 1,
    ...change,
  };
  const digest = checkpointDigest(checkpoint);
  const signatures = lanes.map((lane) => ({ lane, signature: signers[lane]!.sign(digest) }));
  return { checkpoint, signatures };
}

function transactionProof(index: number, change?: Partial<Checkpoint>) {
  const path = proveList(outcomes.map(outcomeLeaf), index);
  return { certificate: certificate(change), outcome: outcomes[index]!, path };
}

function outputProof(change?: Partial<Checkpoint>) {
  const leaf = { key: txids[0], value: unspentLeaf(1, unspent) };
  const path = { key: txids[0], siblings: [], leaf };
  return {
    certificate: certificate(change),
    txid: txids[0],
    unspent,
    acceptedEpoch: 1,
    path,
  };
}

const throughText = (value: unknown) => JSON.parse(JSON.stringify(value));

test('all three kinds of proof are told apart and verified from their JSON', () => {
  const checkpoint = light.verifyJson(throughText(certificateToJson(certificate())));
  assert.ok(checkpoint.ok && checkpoint.value.kind === 'checkpoint');
  const rejected = light.verifyJson(throughText(transactionProofToJson(transactionProof(1))));
  assert.ok(rejected.ok && rejected.value.kind === 'transaction');
  assert.deepEqual(rejected.value.outcome, outcomes[1]);
  const output = light.verifyJson(throughText(outputProofToJson(outputProof())));
  assert.ok(output.ok && output.value.kind === 'output');
  assert.deepEqual(output.value.unspent, unspent);
});

test('B14, B30: who has not the signatures of a quorum proves nothing', () => {
  assert.equal(light.verifyCertificate(certificate({}, [0, 1])).ok, false);
  assert.equal(light.verifyCertificate(certificate({}, [0, 1, 1])).ok, false);
  const { checkpoint, signatures } = certificate();
  const changed = { checkpoint: { ...checkpoint, timeMs: 2 }, signatures };
  assert.equal(light.verifyCertificate(changed).ok, false);
  assert.equal(light.verifyTransaction({ ...transactionProof(0), certificate: changed }).ok, false);
  assert.equal(light.verifyOutput({ ...outputProof(), certificate: changed }).ok, false);
});

test('another ledger, and other parameters, are refused however well signed', () => {
  const foreign = { ledgerId: 'ab'.repeat(32) as Digest };
  assert.equal(light.verifyCertificate(certificate(foreign)).ok, false);
  const others = { paramsDigest: paramsDigest({ ...genesis.params, minFee: 2n }) };
  for (const verified of [
    light.verifyCertificate(certificate(others)),
    light.verifyTransaction(transactionProof(0, others)),
    light.verifyOutput(outputProof(others)),
  ]) {
    assert.ok(!verified.ok && /parameters/.test(verified.error));
  }
});

test('B30, B32: what is claimed must be what is under the root', () => {
  const { path, ...proof } = transactionProof(0);
  const other = { ...proof, path, outcome: { txid: txids[2], accepted: true as const } };
  assert.equal(light.verifyTransaction(other).ok, false);
  assert.equal(light.verifyTransaction({ ...proof, path: { ...path, index: 1 } }).ok, false);
  const more = [{ ...unspent[0]!, amount: 6n }];
  assert.equal(light.verifyOutput({ ...outputProof(), unspent: more }).ok, false);
  assert.equal(
    light.verifyOutput({ ...outputProof(), unspent: null, acceptedEpoch: null }).ok,
    false,
  );
});

test('what is no proof is an error', () => {
  for (const value of [null, 1, 'x', [], {}, { outcome: 1 }, { unspent: 1 }, { checkpoint: {} }]) {
    assert.equal(light.verifyJson(value).ok, false);
  }
});
