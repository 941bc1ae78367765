import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bodies, transactions } from '../../test/codec/arbitraries.ts';
import { holdsCanonical } from '../../test/codec/canonical.ts';
import { keyLock, multiLock } from '../crypto/locks.ts';
import { publicKeyOf } from '../crypto/secp256k1.ts';
import { createSigner } from '../crypto/sign.ts';
import { compareBytes } from '../std/bytes.ts';
import type { Digest, TxId } from '../types/ids.ts';
import type { TransactionBody, Witness } from '../types/transaction.ts';
import { toHex } from './hex.ts';
import { decodeTransaction, encodeBody, encodeTransaction, txidOf } from './transaction.ts';

const secrets = [1, 2, 3].map((value) => new Uint8Array(32).with(31, value));
const keys = secrets.map(publicKeyOf);
const sorted = [...keys].sort(compareBytes);
const key = keys[0] as Uint8Array;
const lock = keyLock(key);
const txid = (byte: string): TxId => byte.repeat(32) as TxId;

const body: TransactionBody = {
  ledgerId: 'aa'.repeat(32) as Digest,
  validUntil: 77,
  inputs: [
    { txid: txid('11'), index: 0 },
    { txid: txid('22'), index: 1023 },
  ],
  outputs: [
    { amount: 1n, lock },
    { amount: 2n ** 63n + 5n, lock: multiLock(2, sorted) },
  ],
};
const blank: Witness = { kind: 'key', publicKey: key, signature: new Uint8Array(64) };
const other: Witness = { ...blank, publicKey: sorted[1] as Uint8Array };
const multi: Witness = {
  kind: 'multi',
  threshold: 2,
  publicKeys: sorted,
  signatures: [0, 2].map((index) => ({ index, signature: new Uint8Array(64) })),
};

function answer(bytes: Uint8Array): string {
  const decoded = decodeTransaction(bytes);
  return decoded.ok ? 'ok' : decoded.error.code;
}

function answerTo(
  change: Partial<TransactionBody>,
  witnesses: readonly Witness[] = [blank],
): string {
  return answer(encodeTransaction({ ...body, ...change }, witnesses));
}

/** The encoding with the bytes at `at` replaced. */
function patched(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}

test('bytes, txid and leaf are those of the protocol', () => {
  const own = txidOf(body);
  assert.equal(own, '5151849426ca79877c6f69cc29f3f8313ef6be03835fc01a07ed4dbd3285782f');
  const sign = (i: number): Uint8Array => createSigner(secrets[i]!).sign(own as string as Digest);
  const signers = sorted.map((publicKey) => keys.indexOf(publicKey));
  const signatures = [0, 1, 2]
    .filter((index) => signers[index] !== 0)
    .map((index) => ({ index, signature: sign(signers[index]!) }));
  const bytes = encodeTransaction(body, [
    { ...multi, signatures },
    { ...blank, signature: sign(0) },
  ]);
  assert.equal(bytes.length, 523);
  const decoded = decodeTransaction(bytes);
  assert.ok(decoded.ok);
  assert.equal(decoded.value.txid, own);
  assert.equal(
    decoded.value.leaf,
    '9adf6107235e2ae55218593f55e3c5cbe336495fc45afd3b429a1b715fd9840a',
  );
  assert.deepEqual(decoded.value.witnessLocks, [lock, body.outputs[1]!.lock]);
  assert.equal(toHex(decoded.value.bytes), toHex(bytes));
});

test('T12, P9: a transaction has one encoding', () => {
  holdsCanonical(
    {
      encode: (tx) => encodeTransaction(tx, tx.witnesses),
      decode: decodeTransaction,
    },
    transactions,
    25,
  );
});

test('T12: the txid is that of the body; the leaf covers the witnesses too', () => {
  fc.assert(
    fc.property(transactions, fc.nat(), (tx, at) => {
      assert.equal(tx.txid, txidOf(tx));
      const bytes = tx.bytes.slice();
      bytes[bytes.length - 1 - (at % 64)]! ^= 1; // within the last signature
      const decoded = decodeTransaction(bytes);
      assert.ok(decoded.ok);
      assert.equal(decoded.value.txid, tx.txid);
      assert.notEqual(decoded.value.leaf, tx.leaf);
    }),
  );
  fc.assert(
    fc.property(bodies, bodies, (a, b) => {
      assert.equal(txidOf(a) === txidOf(b), toHex(encodeBody(a)) === toHex(encodeBody(b)));
    }),
  );
});

test('the order of the witnesses given does not matter, that of the bytes does', () => {
  assert.deepEqual(
    encodeTransaction(body, [blank, other]),
    encodeTransaction(body, [other, blank]),
  );
  const bytes = encodeTransaction(body, [blank, other]);
  const at = encodeBody(body).length + 2;
  const [first, second] = [bytes.slice(at, at + 98), bytes.slice(at + 98)];
  assert.equal(answer(patched(bytes, at, ...second, ...first)), 'bad-witness');
  assert.equal(answer(patched(bytes, at + 98, ...first)), 'bad-witness');
});

test('T1, T2, T19: inputs and outputs: some, not too many, none twice', () => {
  const input = body.inputs[0]!;
  const inputs = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ txid: input.txid, index }));
  assert.equal(answerTo({ inputs: [] }), 'inputs-empty');
  assert.equal(answerTo({ outputs: [] }), 'outputs-empty');
  assert.equal(answerTo({ inputs: [input, input] }), 'duplicate-input');
  assert.equal(answerTo({ inputs: [...inputs(20), inputs(20)[7]!] }), 'duplicate-input');
  assert.equal(answerTo({ inputs: inputs(2) }), 'ok');
  assert.equal(answerTo({ inputs: inputs(1024) }), 'ok');
  assert.equal(answerTo({ inputs: inputs(1025) }), 'too-large');
  const outputs = (count: number) => Array(count).fill({ amount: 1n, lock });
  assert.equal(answerTo({ outputs: outputs(1024) }), 'ok');
  assert.equal(answerTo({ outputs: outputs(1025) }), 'too-large');
});

test('T3: amounts are above 0 and sum up to at most 2^64-1', () => {
  const pay = (...amounts: bigint[]) => ({ outputs: amounts.map((amount) => ({ amount, lock })) });
  assert.equal(answerTo(pay(0n)), 'amount-range');
  assert.equal(answerTo(pay(1n, 0n)), 'amount-range');
  assert.equal(answerTo(pay(2n ** 64n - 1n)), 'ok');
  assert.equal(answerTo(pay(2n ** 64n - 1n, 1n)), 'amount-range');
  assert.equal(answerTo(pay(2n ** 63n, 2n ** 63n)), 'amount-range');
});

test('witnesses: one at least, no more than inputs, canonical', () => {
  assert.equal(answerTo({}, []), 'bad-witness');
  assert.equal(answerTo({ inputs: [body.inputs[0]!] }, [blank, other]), 'bad-witness');
  assert.equal(answerTo({}, [multi]), 'ok');
  const bytes = encodeTransaction(body, [blank]);
  const at = encodeBody(body).length + 2;
  for (const prefix of [0, 4, 6, 7])
    assert.equal(answer(patched(bytes, at + 1, prefix)), 'bad-witness');
  assert.equal(answer(patched(bytes, at, 3)), 'malformed');
  const shared = encodeTransaction(body, [multi]);
  const indexes = at + 3 + 3 * 33;
  assert.equal(answer(patched(shared, at + 1, 0)), 'bad-witness');
  assert.equal(answer(patched(shared, at + 1, 4)), 'bad-witness');
  assert.equal(answer(patched(shared, at + 2, 17)), 'too-large');
  assert.equal(answer(patched(shared, at + 3, ...sorted[1]!, ...sorted[0]!)), 'bad-witness');
  assert.equal(answer(patched(shared, at + 3, ...sorted[1]!)), 'bad-witness');
  assert.equal(answer(patched(shared, indexes, 2)), 'bad-witness'); // 2, 2
  assert.equal(answer(patched(shared, indexes + 65, 3)), 'bad-witness');
});

test('versions, kinds, lengths', () => {
  const bytes = encodeTransaction(body, [blank]);
  assert.equal(answer(bytes), 'ok');
  assert.equal(answer(patched(bytes, 0, 2)), 'unsupported-version');
  assert.equal(answer(patched(bytes, 37 + 2 + 2 * 34 + 2 + 8, 3)), 'malformed'); // kind of lock
  assert.equal(answer(Uint8Array.of(...bytes, 0)), 'malformed');
  assert.equal(answer(new Uint8Array(0)), 'malformed');
  assert.equal(answer(new Uint8Array(100_001)), 'too-large');
  const wide = Array.from({ length: 1024 }, (_, index) => ({ txid: txid('33'), index }));
  const rich = Array(1024).fill({ amount: 1n, lock });
  const owners = Array.from({ length: 300 }, (_, i): Witness => {
    const publicKey = key.with(31, i >> 8).with(32, i & 255);
    return { ...blank, publicKey };
  });
  assert.equal(answerTo({ inputs: wide, outputs: rich }, owners.slice(0, 200)), 'ok');
  assert.equal(answerTo({ inputs: wide, outputs: rich }, owners), 'too-large');
});
