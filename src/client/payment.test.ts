import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeTransaction, txidOf } from '../codec/transaction.ts';
import { encodeAddress } from '../crypto/address.ts';
import { keyLock } from '../crypto/locks.ts';
import { createSigner } from '../crypto/sign.ts';
import { createVerifier } from '../crypto/verify.ts';
import { openTransaction } from '../replica/ingress.ts';
import { type Digest, outpointKey, type TxId } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import {
  buildTransaction,
  type OwnedCoin,
  selectCoins,
  signTransaction,
  type Terms,
} from './payment.ts';
import { VALID_EPOCHS, Wallet } from './wallet.ts';

const ledgerId = 'ab'.repeat(32) as Digest;
const signers = [1, 2, 3].map((byte) => createSigner(new Uint8Array(32).fill(byte)));
const locks = signers.map(({ publicKey }) => keyLock(publicKey));
const [alice, bob, carol] = locks as [OwnedCoin['lock'], OwnedCoin['lock'], OwnedCoin['lock']];

function coin(amount: bigint, index = 0, lock = alice): OwnedCoin {
  return { txid: 'cd'.repeat(32) as TxId, index, amount, lock };
}

function build(coins: OwnedCoin[], amounts: bigint[], fee = 10n) {
  const outputs = amounts.map((amount) => ({ amount, lock: carol }));
  return buildTransaction({ ledgerId, validUntil: 9, coins, outputs, fee, changeLock: alice });
}

/** Small amounts, so that many coins are needed and some are alike, and such as no double can tell apart. */
const amounts = fc.oneof(
  fc.bigInt({ min: 1n, max: 20n }),
  fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 2n }),
);
const owned = fc.uniqueArray(
  fc
    .tuple(fc.constantFrom('0a', 'cd', 'f0'), fc.constantFrom(0, 1, 2, 15, 16, 256), amounts)
    .map(([txid, index, amount]) => ({
      ...coin(amount, index, bob),
      txid: txid.repeat(32) as TxId,
    })),
  { minLength: 1, maxLength: 18, size: 'max', selector: ({ txid, index }) => `${txid}${index}` },
);
const sum = (all: readonly bigint[]) => all.reduce((total, amount) => total + amount, 0n);

test('a payment spends the largest coins that suffice, conserves, and returns the change', () => {
  fc.assert(
    fc.property(
      owned,
      fc.array(amounts, { minLength: 1, maxLength: 5 }),
      fc.bigInt({ min: 0n, max: 20n }),
      (has, pays, fee) => {
        const built = build(has, pays, fee);
        const target = sum(pays) + fee;
        const all = sum(has.map(({ amount }) => amount));
        assert.equal(built.ok, all >= target);
        if (!built.ok) return assert.equal(built.error.code, 'inputs-below-outputs');
        const { body, spent, change, txid } = built.value;
        const left = sum(spent.map(({ amount }) => amount)) - target;
        const paid = pays.map((amount) => ({ amount, lock: carol }));
        const back = left === 0n ? [] : [{ amount: left, lock: alice }];
        assert.deepEqual(body.outputs, [...paid, ...back]);
        const index = pays.length;
        assert.deepEqual(change, left === 0n ? null : { txid, index, amount: left, lock: alice });
        assert.deepEqual([body.ledgerId, body.validUntil, txid], [ledgerId, 9, txidOf(body)]);
        assert.deepEqual(
          body.inputs,
          spent.map((one) => ({ txid: one.txid, index: one.index })),
        );
        // The largest, alike ones by name, and no coin could be left out.
        const name = (one: OwnedCoin) => outpointKey(one.txid, one.index);
        const sorted = has.toSorted((one, other) => (name(one) < name(other) ? -1 : 1));
        sorted.sort((one, other) => Number(other.amount - one.amount));
        assert.deepEqual(spent, sorted.slice(0, spent.length));
        assert.ok(left < spent.at(-1)!.amount);
        assert.deepEqual(build(has.toReversed(), pays, fee), built);
      },
    ),
    { numRuns: 300 },
  );
});

test('as many coins as a transaction has inputs, not one more, and one though nothing is asked for', () => {
  const most = WIRE_LIMITS.inputsMax.value;
  const coins = Array.from({ length: most + 1 }, (_, index) => coin(1n, index));
  const exact = selectCoins(coins, BigInt(most));
  assert.ok(exact.ok && exact.value.length === most);
  const beyond = selectCoins(coins, BigInt(most) + 1n);
  assert.ok(!beyond.ok && beyond.error.code === 'too-large');
  const none = selectCoins(coins, 0n);
  assert.ok(none.ok && none.value.length === 1);
});

test('what cannot be paid is refused with its code', () => {
  const code = (result: ReturnType<typeof build>) => (result.ok ? 'built' : result.error.code);
  assert.equal(code(build([coin(10n)], [1n])), 'inputs-below-outputs');
  assert.equal(code(build([], [1n])), 'inputs-below-outputs');
  assert.equal(code(build([coin(100n)], [])), 'outputs-empty');
  assert.equal(code(build([coin(100n)], [0n])), 'amount-range');
  assert.equal(code(build([coin(10n ** 9n)], new Array(1024).fill(1n))), 'too-large');
  const dust = Array.from({ length: 1100 }, (_, index) => coin(1n, index));
  assert.equal(code(build(dust, [1050n])), 'too-large');
});

test('one signature per owner, and the node takes it', () => {
  const coins = [coin(50n, 0), coin(40n, 1, bob), coin(30n, 2)];
  const built = build(coins, [100n]);
  assert.ok(built.ok);
  const { body, spent } = built.value;
  const signerOf = (lock: OwnedCoin['lock']) => signers[locks.indexOf(lock)];
  const bytes = signTransaction(body, spent, signerOf);
  assert.ok(bytes.ok);
  const opened = openTransaction(bytes.value, ledgerId, createVerifier('auto'));
  assert.ok(opened.ok, opened.ok ? '' : opened.error.detail);
  assert.equal(opened.value.witnesses.length, 2);
  assert.equal(opened.value.txid, built.value.txid);
  const without = signTransaction(body, spent, () => undefined);
  assert.ok(!without.ok && without.error.code === 'witness-missing');
});

test('a wallet has the same keys for the same words, and refuses other words', () => {
  const words = 'ribbon trial segment bunker liar domain version unfair early monitor involve dash';
  const once = Wallet.fromPhrase(words, 0, 1);
  const again = Wallet.fromPhrase(words, 0, 1);
  const other = Wallet.fromPhrase(words, 0, 2);
  assert.ok(once.ok && again.ok && other.ok);
  assert.equal(once.value.lock, again.value.lock);
  assert.notEqual(once.value.lock, other.value.lock);
  assert.equal(Wallet.fromPhrase('no such words').ok, false);
  assert.equal(Wallet.fromSecrets([new Uint8Array(32)]).ok, false);
  assert.equal(Wallet.fromSecrets([]).ok, false);
});

test('a payment has its payees in their order, the least fee or the one named, and an end', () => {
  const wallet = Wallet.fromSecrets([new Uint8Array(32).fill(1)]);
  assert.ok(wallet.ok);
  const { value: own } = wallet;
  const params = {
    ledgerId,
    name: 'n',
    addressPrefix: 'althdev',
    epoch: 3,
    minFee: 2n,
    validators: 4,
    quorum: 3,
  };
  const payees = [
    { address: encodeAddress('althdev', bob), amount: 5n },
    { address: encodeAddress('althdev', carol), amount: 7n },
    { address: encodeAddress('althdev', bob), amount: 1n },
  ];
  const paid = (...args: [typeof payees, Terms?]) => {
    const made = own.pay(params, [coin(100n)], ...args);
    if (!made.ok) return `${made.error.code}: ${made.error.detail}`;
    const decoded = decodeTransaction(made.value.bytes);
    assert.ok(decoded.ok);
    const { outputs, validUntil } = decoded.value;
    return [outputs.map(({ amount, lock }) => [amount, lock]), validUntil];
  };
  const listed = [
    [5n, bob],
    [7n, carol],
    [1n, bob],
  ];
  assert.deepEqual(paid(payees), [[...listed, [85n, alice]], 3 + VALID_EPOCHS]);
  assert.deepEqual(paid(payees, { fee: 9n, validEpochs: 4 }), [[...listed, [78n, alice]], 7]);
  assert.deepEqual(paid(payees, { fee: 87n, validEpochs: 4 }), [listed, 7]);
  assert.match(`${paid(payees, { fee: 88n, validEpochs: 4 })}`, /^inputs-below-outputs/);
  assert.match(`${paid(payees, { fee: 1n, validEpochs: 4 })}`, /^insufficient-fee: 1, at least 2/);
  const elsewhere = { address: encodeAddress('alth', bob), amount: 1n };
  const complaint = paid([...payees, elsewhere]);
  assert.match(`${complaint}`, new RegExp(`^bad-address: ${elsewhere.address}: prefix alth,`));
});
