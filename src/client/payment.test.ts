import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeTransaction } from '../codec/transaction.ts';
import { keyLock } from '../crypto/locks.ts';
import { createSigner } from '../crypto/sign.ts';
import { createVerifier } from '../crypto/verify.ts';
import { openTransaction } from '../replica/ingress.ts';
import type { Digest, TxId } from '../types/ids.ts';
import { buildTransaction, type OwnedCoin, selectCoins, signTransaction } from './payment.ts';
import { Wallet } from './wallet.ts';

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

test('a payment spends enough, conserves, and returns the change', () => {
  fc.assert(
    fc.property(
      // Small ones, so that many coins are needed, some are alike, and sometimes nothing is left.
      fc.array(fc.bigInt({ min: 1n, max: 20n }), { minLength: 1, maxLength: 20, size: 'max' }),
      fc.array(fc.bigInt({ min: 1n, max: 30n }), { minLength: 1, maxLength: 5 }),
      (has, pays) => {
        const built = build(
          has.map((amount, index) => coin(amount, index)),
          pays,
        );
        const sum = (amounts: bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
        assert.equal(built.ok, sum(has) >= sum(pays) + 10n);
        if (!built.ok) return;
        const { body, spent, change } = built.value;
        const spentSum = sum(spent.map(({ amount }) => amount));
        assert.equal(spentSum - sum(body.outputs.map(({ amount }) => amount)), 10n);
        assert.equal(change?.amount ?? 0n, spentSum - sum(pays) - 10n);
        assert.ok(body.outputs.every(({ amount }) => amount > 0n));
        // The largest, and no coin could be left out.
        const largest = has.toSorted((a, b) => Number(b - a)).slice(0, spent.length);
        assert.equal(spentSum, sum(largest));
        const least = spent.at(-1)!.amount;
        assert.ok(spentSum - least < sum(pays) + 10n);
      },
    ),
  );
});

test('the choice of coins does not depend on their order', () => {
  const coins = [coin(5n, 0), coin(9n, 1), coin(5n, 2), coin(1n, 3)];
  const chosen = selectCoins(coins, 12n);
  assert.deepEqual(chosen, selectCoins(coins.toReversed(), 12n));
  assert.ok(chosen.ok);
  assert.deepEqual(
    chosen.value.map(({ index }) => index),
    [1, 0],
  );
  const exact = selectCoins(coins, 14n);
  assert.ok(exact.ok && exact.value.length === 2);
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

test('a payment to an address of another network is refused', () => {
  const wallet = Wallet.fromSecrets([new Uint8Array(32).fill(1)]);
  assert.ok(wallet.ok);
  const params = {
    ledgerId,
    name: 'n',
    addressPrefix: 'althdev',
    epoch: 3,
    minFee: 1n,
    validators: 4,
    quorum: 3,
  };
  const coins = [coin(100n)];
  const wrong = wallet.value.pay(params, coins, wallet.value.address('alth'), 5n);
  assert.ok(!wrong.ok && wrong.error.code === 'bad-address');
  const right = wallet.value.pay(params, coins, wallet.value.address('althdev'), 5n);
  assert.ok(right.ok);
  const decoded = decodeTransaction(right.value.bytes);
  assert.ok(decoded.ok);
  assert.ok(decoded.value.validUntil > params.epoch);
  assert.deepEqual(
    decoded.value.outputs.map(({ amount }) => amount),
    [5n, 94n],
  );
});
