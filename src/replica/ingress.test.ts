import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockDigest, contentsOf, encodeBlock } from '../codec/block.ts';
import { toHex } from '../codec/hex.ts';
import { encodeTransaction, txidOf } from '../codec/transaction.ts';
import { createCommittee } from '../committee/committee.ts';
import { keyLock } from '../crypto/locks.ts';
import { createSigner } from '../crypto/sign.ts';
import { createVerifier } from '../crypto/verify.ts';
import { compareBytes } from '../std/bytes.ts';
import type { BlockHeader, Vote } from '../types/block.ts';
import type { Digest, TxId } from '../types/ids.ts';
import type { Verifier } from '../types/signature.ts';
import type { Transaction, TransactionBody, Verified } from '../types/transaction.ts';
import {
  blockChecks,
  openBlock,
  openTransaction,
  shapeBlock,
  transactionChecks,
} from './ingress.ts';

const ledgerId = 'aa'.repeat(32) as Digest;
const digest = 'bb'.repeat(32) as Digest;
const signers = [1, 2, 3, 4].map((value) => createSigner(new Uint8Array(32).fill(value)));
const owner = createSigner(new Uint8Array(32).fill(9));
const committee = createCommittee(
  signers.map(({ publicKey }, i) => ({ name: `v${i}`, publicKey: toHex(publicKey) })),
);
const verifier = createVerifier('auto');

const body: TransactionBody = {
  ledgerId,
  validUntil: 10,
  inputs: [{ txid: 'cc'.repeat(32) as TxId, index: 0 }],
  outputs: [{ amount: 5n, lock: keyLock(owner.publicKey) }],
};

/** Signed by its owner unless `by` says otherwise. */
function pay(change: Partial<TransactionBody> = {}, by = owner): Uint8Array {
  const changed = { ...body, ...change };
  const signature = by.sign(txidOf(changed) as string as Digest);
  return encodeTransaction(changed, [{ kind: 'key', publicKey: owner.publicKey, signature }]);
}

function opened(bytes: Uint8Array): Verified<Transaction> {
  const result = openTransaction(bytes, ledgerId, acceptAll);
  assert.ok(result.ok);
  return result.value;
}

const acceptAll: Verifier = { backend: 'none', verify: () => true };

type Draft = { header?: Partial<BlockHeader>; txs?: Transaction[]; votes?: Vote[]; by?: number };

function block({ header, txs = [], votes = [], by = 1 }: Draft): Uint8Array {
  const full: BlockHeader = {
    ledgerId,
    committee: 0,
    lane: 1,
    generation: 0,
    seq: 1,
    prev: ledgerId,
    epoch: 3,
    timeMs: 1000,
    refs: [],
    ...contentsOf(txs, votes),
    ...header,
  };
  return encodeBlock(full, signers[by]!.sign(blockDigest(full)), txs, votes);
}

function answer(bytes: Uint8Array): string {
  const result = openBlock(bytes, committee, ledgerId, verifier);
  return result.ok ? 'ok' : result.error.code;
}

function answerTx(bytes: Uint8Array): string {
  const result = openTransaction(bytes, ledgerId, verifier);
  return result.ok ? 'ok' : result.error.code;
}

test('a transaction is opened when its owner signed it for this ledger', () => {
  assert.equal(answerTx(pay()), 'ok');
  assert.equal(answerTx(pay({}, signers[0])), 'bad-signature');
  assert.equal(answerTx(pay({ ledgerId: digest })), 'wrong-ledger');
  assert.equal(answerTx(pay({ outputs: [] })), 'outputs-empty');
  assert.equal(answerTx(Uint8Array.of(1, 2, 3)), 'malformed');
});

test('every signature of an m-of-n witness counts, each with the key of its index', () => {
  const publicKeys = signers.map(({ publicKey }) => publicKey).sort(compareBytes);
  const txid = txidOf(body) as string as Digest;
  const by = (index: number) =>
    signers.find(({ publicKey }) => publicKey === publicKeys[index])!.sign(txid);
  const shared = (signatures: { index: number; signature: Uint8Array }[]): string =>
    answerTx(encodeTransaction(body, [{ kind: 'multi', threshold: 2, publicKeys, signatures }]));
  assert.equal(
    shared([
      { index: 1, signature: by(1) },
      { index: 3, signature: by(3) },
    ]),
    'ok',
  );
  assert.equal(
    shared([
      { index: 1, signature: by(1) },
      { index: 2, signature: by(3) },
    ]),
    'bad-signature',
  );
});

test('a block is opened when its lane signed it, with transactions and votes', () => {
  const checkpoint = { kind: 'checkpoint', epoch: 1, checkpoint: digest } as const;
  const votes: Vote[] = [{ ...checkpoint, signature: signers[1]!.sign(digest) }];
  const txs = [opened(pay()), opened(pay({ validUntil: 3 }))];
  assert.equal(answer(block({})), 'ok');
  assert.equal(answer(block({ txs, votes })), 'ok');
  assert.equal(answer(block({ by: 2 })), 'bad-signature');
  assert.equal(answer(block({ txs: [opened(pay({}, signers[0]))] })), 'bad-signature');
  const forged: Vote[] = [{ ...checkpoint, signature: signers[2]!.sign(digest) }];
  assert.equal(answer(block({ votes: forged })), 'bad-signature');
});

test('P8, P12: a block of another ledger or committee, or with contents of another, is refused', () => {
  const ref = { lane: 4, generation: 0, seq: 1, digest };
  assert.equal(answer(block({ header: { ledgerId: digest } })), 'wrong-ledger');
  assert.equal(answer(block({ header: { lane: 4 } })), 'bad-lane');
  assert.equal(answer(block({ header: { prev: digest } })), 'bad-seq');
  assert.equal(answer(block({ header: { prev: digest, seq: 2 } })), 'ok');
  assert.equal(answer(block({ header: { refs: [ref] } })), 'bad-ref');
  assert.equal(answer(block({ header: { refs: [{ ...ref, lane: 3 }] } })), 'ok');
  const other = { ...ref, lane: 3, generation: 1 };
  assert.equal(answer(block({ header: { refs: [other] } })), 'bad-generation');
  const later = { generation: 1, prev: digest };
  assert.equal(answer(block({ header: later })), 'ok');
  assert.equal(answer(block({ header: { ...later, refs: [other] } })), 'ok');
  const vote: Vote = { kind: 'prepare', epoch: 1, view: 0, block: ref };
  assert.equal(answer(block({ header: later, votes: [vote] })), 'bad-generation');
  assert.equal(answer(block({ votes: [vote] })), 'bad-vote');
  assert.equal(answer(block({ votes: [{ ...vote, block: { ...ref, lane: 2 } }] })), 'ok');
  const expired = opened(pay({ validUntil: 2 }));
  assert.equal(answer(block({ txs: [expired] })), 'expired');
  const decoded = openTransaction(pay({ ledgerId: digest }), digest, verifier);
  assert.ok(decoded.ok);
  assert.equal(answer(block({ txs: [decoded.value] })), 'bad-transaction');
  assert.equal(answer(block({ header: { txRoot: digest } })), 'bad-root');
  assert.equal(answer(new Uint8Array(10)), 'malformed');
});

test('what was verified before is not verified again, the block itself always is', () => {
  const [first, second] = [opened(pay()), opened(pay({ validUntil: 9 }))];
  const result = shapeBlock(block({ txs: [first, second] }), committee, ledgerId);
  assert.ok(result.ok);
  const checks = blockChecks(result.value, committee, (leaf) => leaf === first.leaf);
  assert.deepEqual(
    checks.map((check) => check.digest as string),
    [result.value.digest, second.txid],
  );
  assert.equal(blockChecks(result.value, committee).length, 3);
  assert.equal(transactionChecks(first).length, 1);
});

test('the same txid with other witnesses is not known', () => {
  const first = opened(pay());
  const forged = opened(pay({}, signers[0]));
  assert.equal(forged.txid, first.txid);
  const result = shapeBlock(block({ txs: [forged] }), committee, ledgerId);
  assert.ok(result.ok);
  assert.equal(blockChecks(result.value, committee, (leaf) => leaf === first.leaf).length, 2);
});
