import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Submission, UnspentEntry } from '../../api/ports.ts';
import { decodeTransaction } from '../../codec/transaction.ts';
import { keyLock } from '../../crypto/locks.ts';
import { createSigner } from '../../crypto/sign.ts';
import { problem } from '../../types/errors.ts';
import { type LedgerId, outpointKey, type TxId } from '../../types/ids.ts';
import { inputOf, type Transaction } from '../../types/transaction.ts';
import { Faucet } from './faucet.ts';

const signer = createSigner(new Uint8Array(32).fill(7));
const to = keyLock(createSigner(new Uint8Array(32).fill(8)).publicKey);
const ledgerId = 'ab'.repeat(32) as LedgerId;
const txid = (byte: string) => byte.repeat(32) as TxId;

function setUp(coins: readonly UnspentEntry[], answer: (tx: Transaction) => Submission | null) {
  const sent: Transaction[] = [];
  let looks = 0;
  const faucet = new Faucet({
    signer,
    ledgerId,
    minFee: 1n,
    validUntil: () => 9,
    addresses: {
      epoch: () => 0,
      unspent: async () => {
        looks += 1;
        return { epoch: 0, entries: coins };
      },
      balance: () => assert.fail('nobody asks for it'),
    },
    submit: async (bytes) => {
      const decoded = decodeTransaction(bytes);
      assert.ok(decoded.ok);
      sent.push(decoded.value);
      return answer(decoded.value) ?? { ok: true, txid: decoded.value.txid, known: false };
    },
  });
  return { faucet, sent, looks: () => looks };
}

describe('faucet', () => {
  it('goes on with the change of its payments, one after the other', async () => {
    const { faucet, sent, looks } = setUp(
      [{ key: outpointKey(txid('01'), 3), amount: 1000n }],
      () => null,
    );
    const paid = await Promise.all([faucet.pay(to, 100n), faucet.pay(to, 100n)]);
    assert.ok(paid.every(({ ok }) => ok));
    const [first, second] = sent;
    assert.ok(first && second);
    assert.deepEqual(first.inputs, [inputOf(outpointKey(txid('01'), 3))]);
    assert.deepEqual(second.inputs, [inputOf(outpointKey(first.txid, 1))]);
    assert.deepEqual(
      second.outputs.map(({ amount }) => amount),
      [100n, 798n],
    );
    assert.equal(looks(), 1);
  });

  it('refuses what no coin of it can pay, and says what the largest can', async () => {
    const coins = [40n, 100n, 60n].map((amount, index) => {
      return { key: outpointKey(txid('01'), index), amount };
    });
    const { faucet, sent } = setUp(coins, () => null);
    const refusal = (largest: number) =>
      problem('faucet-limit', `The largest amount that it can pay is ${largest}.`);
    const refused = async (amount: bigint) => {
      const paid = await faucet.pay(to, amount);
      return paid.ok ? null : paid.problem;
    };
    assert.deepEqual(await refused(100n), refusal(99));
    assert.equal(sent.length, 0);
    assert.ok((await faucet.pay(to, 99n)).ok);
    assert.equal(sent[0]?.outputs.length, 1);
    assert.deepEqual(await refused(99n), refusal(59));
  });

  it('has nothing to pay with when the fee takes all', async () => {
    const { faucet } = setUp([{ key: outpointKey(txid('01'), 0), amount: 1n }], () => null);
    const paid = await faucet.pay(to, 1n);
    assert.ok(!paid.ok && paid.problem.code === 'faucet-limit');
    assert.match(paid.problem.detail, / is 0\.$/);
  });

  it('looks at its coins anew when one is gone, and gives up after some tries', async () => {
    const gone: Submission = { ok: false, txid: null, problem: problem('input-spent', 'gone') };
    const { faucet, sent, looks } = setUp(
      [{ key: outpointKey(txid('01'), 0), amount: 1000n }],
      () => gone,
    );
    assert.deepEqual(await faucet.pay(to, 100n), gone);
    assert.equal(sent.length, 3);
    assert.equal(looks(), 3);
  });

  it('keeps its coin when the node is busy', async () => {
    const answers: (Submission | null)[] = [
      { ok: false, txid: null, problem: problem('busy', 'later') },
      null,
    ];
    const { faucet, sent } = setUp(
      [{ key: outpointKey(txid('01'), 0), amount: 1000n }],
      () => answers.shift() ?? null,
    );
    assert.ok(!(await faucet.pay(to, 100n)).ok);
    assert.ok((await faucet.pay(to, 100n)).ok);
    assert.deepEqual(sent[1]?.inputs, sent[0]?.inputs);
  });
});
