import assert from 'node:assert/strict';
import { test } from 'node:test';
import { txidOf } from '../codec/transaction.ts';
import { type Digest, type OutpointKey, outpointKey, type TxId } from '../types/ids.ts';
import type { TransactionBody } from '../types/transaction.ts';
import type { OwnedCoin } from './payment.ts';
import type { RestClient } from './rest-client.ts';
import { Wallet } from './wallet.ts';

const made = Wallet.fromSecrets([new Uint8Array(32).fill(1)]);
assert.ok(made.ok);
const wallet = made.value;
const listed = Array.from({ length: 20 }, (_, index): OwnedCoin => {
  return { txid: 'cd'.repeat(32) as TxId, index, amount: 100n, lock: wallet.lock };
});

/** Spends them for somebody else and a change, which is its second output. */
function payment(...spent: readonly OwnedCoin[]) {
  const { lock } = wallet;
  const stranger = `01${'ee'.repeat(32)}` as OwnedCoin['lock'];
  const body: TransactionBody = {
    ledgerId: 'ab'.repeat(32) as Digest,
    validUntil: 9,
    inputs: spent.map(({ txid, index }) => ({ txid, index })),
    outputs: [
      { amount: 7n, lock: stranger },
      { amount: 9n, lock },
    ],
  };
  const txid = txidOf(body);
  const change: OwnedCoin = { txid, index: 1, amount: 9n, lock };
  const signed = wallet.sign({ body, spent, change, txid });
  assert.ok(signed.ok);
  return signed.value;
}

/** A node whose ledger lists all coins, and that knows of payments since; it notes what it is asked. */
function nodeOf(payments: readonly ReturnType<typeof payment>[]) {
  const spenders = new Map<OutpointKey, TxId>();
  for (const { txid, spent } of payments) {
    for (const coin of spent) spenders.set(outpointKey(coin.txid, coin.index), txid);
  }
  const asked: string[] = [];
  let atOnce = 0;
  let atOnceMost = 0;
  const client = {
    async *outputs() {
      yield* listed;
    },
    async output(txid: TxId, index: number) {
      asked.push(outpointKey(txid, index));
      atOnceMost = Math.max(atOnceMost, ++atOnce);
      await new Promise((later) => setImmediate(later));
      atOnce -= 1;
      const spentBy = spenders.get(outpointKey(txid, index)) ?? null;
      return { state: spentBy === null ? 'unspent' : 'spent', spentBy };
    },
    async transactionBytes(txid: TxId) {
      asked.push(txid);
      return payments.find((one) => one.txid === txid)?.bytes;
    },
  };
  return { client: client as unknown as RestClient, asked, atOnceMost: () => atOnceMost };
}

test('coins that are spent but still listed are followed to the change', async () => {
  const first = payment(listed[3]!, listed[4]!, listed[11]!);
  const second = payment(first.change!, listed[12]!);
  const { client, asked } = nodeOf([first, second]);
  const coins = await wallet.coins(client, 'althdev');
  const left = listed.filter((_, index) => ![3, 4, 11, 12].includes(index));
  assert.deepEqual(coins, [...left, second.change]);
  assert.equal(new Set(asked).size, asked.length, 'nothing is asked for twice');
  assert.equal(asked.length, listed.length + 2 + 2);
});

test('coins are asked for several at a time, and no more than a client has connections', async () => {
  const { client, atOnceMost } = nodeOf([]);
  assert.deepEqual(await wallet.coins(client, 'althdev'), listed);
  assert.equal(atOnceMost(), 8);
});
