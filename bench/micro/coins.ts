import { taggedHash } from '../../src/crypto/hash.ts';
import { Coins } from '../../src/ledger/coins.ts';
import { uint32Bytes } from '../../src/std/bytes.ts';
import { runToEnd } from '../../src/std/slices.ts';
import { MemoryStore } from '../../src/storage/memory-store.ts';
import { type Lock, outpointKey, type TxId } from '../../src/types/ids.ts';
import { inputOf } from '../../src/types/transaction.ts';

/*
 * Cost of the ledger view per payment of one input and two outputs: look the input up, apply the payment,
 * flush the epoch, and compute the changed leaves. The parents are transactions of 2 to 1,000 outputs of
 * which each epoch spends some at random: what many outputs in one record cost. CPU time of this process
 * over a store in memory.
 *
 *   node dist/bench/micro/coins.js
 */
const COINS = 200_000;
const PAYMENTS = 5000;
const EPOCHS = 5;
const LOCK = `01${'ab'.repeat(32)}` as Lock;

class CountingStore extends MemoryStore {
  written = 0;

  override put(key: string, value: Uint8Array): void {
    this.written += key.length + value.length;
    super.put(key, value);
  }
}

function txid(n: number): TxId {
  return taggedHash('transaction', uint32Bytes(n)) as string as TxId;
}

/** Microseconds of CPU per payment. */
function timed(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const spent = process.cpuUsage(before);
  return (spent.user + spent.system) / (PAYMENTS * EPOCHS);
}

function measure(outputs: number): Record<string, string | number> {
  const store = new CountingStore();
  const parents = COINS / outputs;
  const output = { amount: 1000n, lock: LOCK };
  const genesis = new Coins(store);
  for (let n = 0; n < parents; n += 1) genesis.create(txid(n), new Array(outputs).fill(output), 0);
  genesis.flush();
  store.written = 0;

  const coins = new Coins(store);
  const total = { get: 0, apply: 0, flush: 0, leaves: 0 };
  for (let epoch = 1; epoch <= EPOCHS; epoch += 1) {
    const payments = Array.from({ length: PAYMENTS }, (_, k) => {
      // A stride without a common divisor spreads the spends over all records.
      const coin = ((epoch - 1) * PAYMENTS + k) * 7919;
      const parent = coin % parents;
      const index = Math.floor((coin % COINS) / parents);
      const inputs = [inputOf(outpointKey(txid(parent), index))];
      const id = txid(1e6 + epoch * PAYMENTS + k);
      const made = [
        { amount: 400n, lock: LOCK },
        { amount: 599n, lock: LOCK },
      ];
      return { txid: id, inputs, outputs: made };
    });
    total.get += timed(() => {
      for (const { inputs } of payments) {
        for (const { key } of inputs) coins.get(key);
      }
    });
    total.apply += timed(() => {
      for (const payment of payments) coins.apply(payment, epoch);
    });
    let touched: TxId[] = [];
    total.flush += timed(() => {
      touched = runToEnd(coins.flush());
    });
    total.leaves += timed(() => {
      for (const id of touched) coins.leafAt(id, epoch);
    });
  }
  return {
    'outputs per parent': outputs,
    'get us': total.get.toFixed(2),
    'apply us': total.apply.toFixed(2),
    'flush us': total.flush.toFixed(2),
    'leaves us': total.leaves.toFixed(2),
    'bytes written': Math.round(store.written / (PAYMENTS * EPOCHS)),
  };
}

console.table([2, 8, 32, 100, 1000].map(measure));
