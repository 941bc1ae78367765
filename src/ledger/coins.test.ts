import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { runToEnd } from '../std/slices.ts';
import { MemoryStore } from '../storage/memory-store.ts';
import {
  type Epoch,
  type Lock,
  type Outpoint,
  type OutpointKey,
  outpointKey,
  parseOutpointKey,
  type TxId,
} from '../types/ids.ts';
import type { Coin, UnspentOutput } from '../types/ledger.ts';
import { inputOf, type Output } from '../types/transaction.ts';
import { Coins, unspentLeaf } from './coins.ts';

function table(store: MemoryStore, letter: string): string[] {
  return [...store.copy().keys()].filter((key) => key.startsWith(letter)).toSorted();
}

const txid = (n: number) => n.toString(16).padStart(64, '0') as TxId;
const lock = (n: number) => `01${n.toString(16).padStart(64, 'a')}` as Lock;
const out = (amount: bigint, owner = 0): Output => ({ amount, lock: lock(owner) });

function tx(n: number, inputs: readonly Outpoint[], outputs: readonly Output[]) {
  const spent = inputs.map(({ txid, index }) => inputOf(outpointKey(txid, index)));
  return { txid: txid(n), inputs: spent, outputs };
}

const MAX = 2n ** 64n - 1n;

describe('coins', () => {
  it('keeps an output after it is spent, with who spent it and when', () => {
    const coins = new Coins(new MemoryStore());
    coins.create(txid(1), [out(MAX), out(5n, 7)], 3);
    const key = outpointKey(txid(1), 1);
    const coin: Coin = {
      amount: 5n,
      lock: lock(7),
      acceptedEpoch: 3,
      spentBy: null,
      spentEpoch: 0,
    };
    assert.deepEqual(coins.get(key), coin);
    assert.deepEqual(coins.spend(key, txid(2), 2 ** 32 - 9), coin);
    assert.deepEqual(coins.get(key), { ...coin, spentBy: txid(2), spentEpoch: 2 ** 32 - 9 });
    assert.equal(coins.get(outpointKey(txid(1), 0))?.amount, MAX);
    assert.equal(coins.get(outpointKey(txid(1), 2)), undefined);
    assert.equal(coins.get(outpointKey(txid(9), 0)), undefined);
  });

  it('tells who asks what an ended generation has spent, and by whom, where that is known', () => {
    const store = new MemoryStore();
    const coins = new Coins(store);
    coins.create(txid(1), [out(5n, 7), out(6n, 7), out(7n, 7)], 3);
    coins.install(txid(2), 3, [{ index: 1, ...out(8n) }]);
    coins.spend(outpointKey(txid(1), 0), txid(9), 4);
    coins.spend(outpointKey(txid(1), 1), txid(9), 5);
    runToEnd(coins.flush());
    const after = new Coins(store, 4);
    const spenders = [0, 1, 2].map((index) => {
      const key = outpointKey(txid(1), index);
      return [after.get(key)?.spentBy, after.spentBefore(key)?.spentBy];
    });
    assert.deepEqual(spenders, [
      [undefined, txid(9)],
      [txid(9), undefined],
      [null, undefined],
    ]);
    assert.equal(after.get(outpointKey(txid(1), 0)), undefined, 'asked once more');
    assert.equal(
      after.spentBefore(outpointKey(txid(2), 0)),
      undefined,
      'a snapshot shows no spender',
    );
    assert.equal(after.spentBefore(outpointKey(txid(8), 0)), undefined);
  });

  it('T13: asserts that a coin is spent once, exists, and that no value is created', () => {
    const coins = new Coins(new MemoryStore());
    coins.create(txid(1), [out(10n)], 0);
    const input = { txid: txid(1), index: 0 };
    assert.throws(() => coins.apply(tx(2, [input], [out(11n)]), 1), /no value/);
    const again = new Coins(new MemoryStore());
    again.create(txid(1), [out(10n)], 0);
    assert.equal(again.apply(tx(2, [input], [out(6n), out(1n)]), 1), 3n);
    assert.throws(() => again.apply(tx(3, [input], [out(1n)]), 1), /spent once/);
    assert.throws(() => again.spend(outpointKey(txid(8), 0), txid(3), 1), /exists/);
    assert.throws(() => again.create(txid(2), [out(1n)], 2), /accepted once/);
  });

  it('does not write into what the store holds', () => {
    const store = new MemoryStore();
    const coins = new Coins(store);
    coins.create(txid(1), [out(10n), out(20n)], 0);
    runToEnd(coins.flush());
    const before = store.get(`c${txid(1)}`);
    const bytes = before && [...before];
    coins.spend(outpointKey(txid(1), 0), txid(2), 1);
    assert.deepEqual(before && [...before], bytes);
    assert.deepEqual(runToEnd(coins.flush()), [txid(1)]);
    assert.notDeepEqual([...(store.get(`c${txid(1)}`) ?? [])], bytes);
  });

  it('indexes unspent outputs by owner', () => {
    const store = new MemoryStore();
    const coins = new Coins(store);
    coins.create(txid(1), [out(10n, 1), out(258n, 2)], 0);
    const first = outpointKey(txid(1), 0);
    const second = outpointKey(txid(1), 1);
    assert.deepEqual(table(store, 'a'), [`a${lock(1)}${first}`, `a${lock(2)}${second}`]);
    assert.deepEqual(store.get(`a${lock(2)}${second}`), Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2));
    coins.spend(first, txid(2), 1);
    assert.deepEqual(table(store, 'a'), [`a${lock(2)}${second}`]);
  });

  it('makes no rows of owners when a transaction is accepted, however many outputs it has', (t) => {
    const store = new MemoryStore();
    const later: number[] = [];
    const put = t.mock.method(store, 'put');
    t.mock.method(store, 'putLater', (count: number) => later.push(count));
    new Coins(store).create(txid(1), new Array(1024).fill(out(1n)), 1);
    assert.deepEqual([put.mock.callCount(), later], [0, [1024]]);
  });

  it('makes the rows of one owner without those of others', (t) => {
    const store = new MemoryStore();
    let rows: (prefix: string) => Iterable<{ readonly key: string }> = () => [];
    t.mock.method(store, 'putLater', (_: number, entries: typeof rows) => (rows = entries));
    new Coins(store).create(txid(1), [out(1n, 1), out(2n, 2), out(3n, 1)], 1);
    const keys = (prefix: string) => [...rows(prefix)].map(({ key }) => key.slice(-4));
    assert.deepEqual(keys(''), ['0000', '0001', '0002']);
    assert.deepEqual(keys('a'), ['0000', '0001', '0002']);
    assert.deepEqual(keys(`a${lock(1)}`), ['0000', '0002']);
    assert.deepEqual(keys(`a${lock(2)}${txid(1)}`), ['0001']);
    assert.deepEqual(keys(`a${lock(2)}${txid(2)}`), []);
  });

  it('slices leaves by their size: a transaction of many outputs is a slice of its own', () => {
    const coins = new Coins(new MemoryStore());
    const ids = [1, 2, 3, 4].map(txid);
    for (const id of ids) coins.create(id, new Array(1024).fill(out(1n)), 1);
    let yields = 0;
    for (const work = coins.leavesAt(ids, 1); work.next().done !== true; ) yields += 1;
    assert.equal(yields, 4);
  });

  it('takes genesis in any grouping by transaction', () => {
    const coins = new Coins(new MemoryStore());
    const coin = (amount: bigint): Coin => ({
      amount,
      lock: lock(1),
      acceptedEpoch: 0,
      spentBy: null,
      spentEpoch: 0,
    });
    coins.loadGenesis([
      [outpointKey(txid(1), 0), coin(1n)],
      [outpointKey(txid(1), 1), coin(2n)],
      [outpointKey(txid(2), 0), coin(3n)],
    ]);
    assert.deepEqual(coins.get(outpointKey(txid(1), 1)), coin(2n));
    assert.deepEqual(coins.get(outpointKey(txid(2), 0)), coin(3n));
    assert.deepEqual(runToEnd(coins.flush()), [txid(1), txid(2)]);
  });

  it('gives the leaf of an earlier epoch after later ones were applied', () => {
    const coins = new Coins(new MemoryStore());
    coins.create(txid(1), [out(1n, 1), out(2n, 2), out(3n, 3)], 4);
    const output = (index: number): UnspentOutput => ({
      index,
      amount: BigInt(index + 1),
      lock: lock(index + 1),
    });
    coins.spend(outpointKey(txid(1), 1), txid(2), 6);
    runToEnd(coins.flush());
    coins.spend(outpointKey(txid(1), 0), txid(3), 7);
    coins.spend(outpointKey(txid(1), 2), txid(3), 8);
    const at = (epoch: Epoch) => coins.unspentAt(txid(1), epoch)?.unspent.map(({ index }) => index);
    assert.deepEqual([3, 4, 5, 6, 7, 8].map(at), [
      undefined,
      [0, 1, 2],
      [0, 1, 2],
      [0, 2],
      [2],
      undefined,
    ]);
    assert.equal(coins.leafAt(txid(1), 3), null);
    assert.equal(coins.leafAt(txid(1), 6), unspentLeaf(4, [output(0), output(2)]));
    assert.notEqual(coins.leafAt(txid(1), 6), unspentLeaf(5, [output(0), output(2)]));
    assert.equal(coins.leafAt(txid(1), 8), null);
    assert.equal(coins.leafAt(txid(9), 8), null);
  });

  it('names the transactions whose leaves an epoch changes, and their leaves in slices', () => {
    const coins = new Coins(new MemoryStore());
    const outputs = Array.from({ length: 600 }, () => out(2n));
    coins.create(txid(1), outputs, 0);
    coins.create(txid(2), outputs, 0);
    runToEnd(coins.flush());
    const payments = outputs.map((_, index) =>
      tx(10 + index, [{ txid: txid(1), index }], [out(1n)]),
    );
    for (const payment of payments) coins.apply(payment, 1);
    const touched = runToEnd(coins.flush());
    assert.deepEqual(
      touched.toSorted(),
      [txid(1), ...payments.map((payment) => payment.txid)].toSorted(),
    );
    const work = coins.leavesAt(touched, 1);
    assert.equal(work.next().done, false);
    const { done, value } = work.next();
    assert.ok(done && value);
    assert.equal(value.size, 601);
    assert.equal(value.get(txid(1)), null);
    assert.equal(value.get(txid(10)), unspentLeaf(1, [{ index: 0, ...out(1n) }]));
  });

  it('agrees with a map of outputs under random payments, across flushes and restarts', () => {
    const payment = fc.record({
      spends: fc.array(fc.nat(1000), { minLength: 1, maxLength: 4 }),
      outputs: fc.integer({ min: 1, max: 5 }),
      // Some are accepted in one epoch, and spend what the same epoch accepted.
      later: fc.nat(1),
      end: fc.constantFrom('go on', 'flush', 'restart'),
    });
    fc.assert(
      fc.property(fc.array(payment, { maxLength: 30, size: 'max' }), (payments) => {
        const store = new MemoryStore();
        let coins = new Coins(store);
        const model = new Map<OutpointKey, Coin>();
        const create = (n: number, outputs: Output[], epoch: Epoch) => {
          for (const [index, output] of outputs.entries()) {
            const coin = { ...output, acceptedEpoch: epoch, spentBy: null, spentEpoch: 0 };
            model.set(outpointKey(txid(n), index), coin);
          }
        };
        const genesis = Array.from({ length: 8 }, (_, n) => out(BigInt(n + 1) * 1000n, n));
        coins.create(txid(1000), genesis, 0);
        create(1000, genesis, 0);
        let fees = 0n;
        let epoch = 1;
        for (const [n, { spends, outputs, later, end }] of payments.entries()) {
          epoch += later;
          const unspent = [...model].filter(([, coin]) => coin.spentBy === null);
          const spent = new Map(spends.map((s) => unspent[s % unspent.length]!));
          const sum = [...spent.values()].reduce((total, coin) => total + coin.amount, 0n);
          const part = sum / BigInt(outputs);
          if (part === 0n) continue;
          const made = Array.from({ length: outputs }, (_, k) => out(part, k));
          fees += coins.apply(tx(n, [...spent.keys()].map(parseOutpointKey), made), epoch);
          for (const [key, coin] of spent) {
            model.set(key, { ...coin, spentBy: txid(n), spentEpoch: epoch });
          }
          create(n, made, epoch);
          if (end !== 'go on') runToEnd(coins.flush());
          if (end === 'restart') coins = new Coins(store);
        }
        for (const [key, coin] of model) assert.deepEqual(coins.get(key), coin);
        for (let at = 0; at <= epoch; at += 1) {
          for (const [key, coin] of model) {
            const { txid, index } = parseOutpointKey(key);
            const isUnspent = coin.spentBy === null || coin.spentEpoch > at;
            const found = coins.unspentAt(txid, at)?.unspent.some((one) => one.index === index);
            assert.equal(found ?? false, coin.acceptedEpoch <= at && isUnspent);
          }
        }
        const unspent = [...model].filter(([, coin]) => coin.spentBy === null);
        const index = unspent.map(([key, coin]) => `a${coin.lock}${key}`);
        assert.deepEqual(table(store, 'a'), index.toSorted());
        const left = unspent.reduce((total, [, coin]) => total + coin.amount, 0n);
        assert.equal(left + fees, 36_000n);
      }),
      { numRuns: 50 },
    );
  });
});
