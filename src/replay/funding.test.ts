import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OwnedCoin } from '../client/payment.ts';
import { Wallet } from '../client/wallet.ts';
import { defined } from '../std/assert.ts';
import type { LedgerId, TxId } from '../types/ids.ts';
import { WIRE_LIMITS } from '../types/limits.ts';
import type { Output } from '../types/transaction.ts';
import { planFunding } from './funding.ts';

const made = Wallet.fromSecrets([new Uint8Array(32).fill(7)]);
assert.ok(made.ok);
const wallet = made.value;
const PER_PAYMENT = WIRE_LIMITS.outputsMax.value - 1;

/** As many payments as that, of coins that each hold `amount`. */
function planned(payments: number, coins: number, amount: bigint) {
  const outputs: Output[] = Array.from({ length: payments * PER_PAYMENT }, () => ({
    amount: 1n,
    lock: wallet.lock,
  }));
  const owned = Array.from({ length: coins }, (_, index): OwnedCoin => {
    return { txid: 'c'.repeat(64) as TxId, index, amount, lock: wallet.lock };
  });
  const ledgerId = 'a'.repeat(64) as LedgerId;
  return planFunding({ wallet, coins: owned, outputs, ledgerId, validUntil: 9, fee: 1n });
}

test('payments that fund a trace wait for none of them while there are other coins', () => {
  const funding = planned(3, 3, 10_000n);
  assert.ok(funding.ok);
  const txids = new Set(funding.value.payments.map(({ txid }) => txid));
  assert.equal(txids.size, 3);
  for (const { body } of funding.value.payments) {
    for (const { txid } of body.inputs) assert.ok(!txids.has(txid));
  }
});

test('a trace may need more payments than the account has coins: what comes back is spent', () => {
  const funding = planned(7, 2, 10_000n);
  assert.ok(funding.ok, funding.ok ? '' : funding.error.detail);
  const { payments, outpoints } = funding.value;
  assert.equal(payments.length, 7);
  assert.equal(outpoints.length, 7 * PER_PAYMENT);
  const spent = new Set<string>();
  const before = new Map([['c'.repeat(64), 2]]);
  for (const { txid, body } of payments) {
    for (const input of body.inputs) {
      const outputs = defined(before.get(input.txid), 'one that comes before it');
      assert.ok(input.index < outputs);
      const name = `${input.txid}:${input.index}`;
      assert.ok(!spent.has(name), `${name} is spent twice`);
      spent.add(name);
    }
    before.set(txid, body.outputs.length);
  }
});

test('an account that cannot pay for all of it is told what is left of it', () => {
  const funding = planned(3, 1, BigInt(2 * PER_PAYMENT + 10));
  assert.ok(!funding.ok);
  assert.equal(funding.error.code, 'inputs-below-outputs');
  assert.equal(funding.error.detail, `${PER_PAYMENT + 1} are needed, there are 8`);
});
