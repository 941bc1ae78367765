import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { taggedHash } from '../../src/crypto/hash.ts';
import { Coins } from '../../src/ledger/coins.ts';
import { createAddressIndex } from '../../src/node/clients/address-index.ts';
import { defined } from '../../src/std/assert.ts';
import { uint32Bytes } from '../../src/std/bytes.ts';
import { createPrng } from '../../src/std/prng.ts';
import { runToEnd } from '../../src/std/slices.ts';
import { openLevelStore } from '../../src/storage/level/open-level-store.ts';
import { type Lock, outpointKey, type TxId } from '../../src/types/ids.ts';

/*
 * Cost of adding up the unspent outputs of one owner, as a balance of the REST API does, in a store that holds what
 * payments between a few owners left: each spends the change of an earlier one and makes two outputs. CPU time of
 * this process, by the number of payments so far.
 *
 *   node dist/bench/micro/balance.js [payments] [owners]
 */
const [PAYMENTS = 400_000, OWNERS = 200] = process.argv.slice(2).map(Number);
const PER_EPOCH = 2000;
const OUTPUTS_MAX = 10_000;
const BALANCES = 20;

type Owned = { readonly key: ReturnType<typeof outpointKey>; readonly lock: Lock };

const locks = Array.from(
  { length: OWNERS },
  (_, owner) => `01${taggedHash('transaction', uint32Bytes(owner))}` as Lock,
);
const random = createPrng('balance');
const folder = mkdtempSync(path.join(os.tmpdir(), 'althing-balance-'));
try {
  const opened = await openLevelStore(path.join(folder, 'store'), { wipe: true });
  const store = defined(opened.ok ? opened.value : null, 'the store opens');
  const coins = new Coins(store);
  const outputs = (lock: Lock) => [
    { amount: 1n, lock: random.pick(locks) },
    { amount: 1_000_000n, lock },
  ];
  const txid = (n: number) => taggedHash('transaction', uint32Bytes(OWNERS + n)) as string as TxId;
  let epoch = 0;
  const change: Owned[] = locks.map((lock, owner) => {
    coins.create(txid(owner), [{ amount: 1_000_000_000n, lock }], 0);
    return { key: outpointKey(txid(owner), 0), lock };
  });
  runToEnd(coins.flush());
  for (let done = 0; done < PAYMENTS; ) {
    epoch += 1;
    for (const end = done + PER_EPOCH; done < end; done += 1) {
      const { key, lock } = change[done % OWNERS] as Owned;
      const id = txid(OWNERS + done);
      coins.spend(key, id, epoch);
      coins.create(id, outputs(lock), epoch);
      change[done % OWNERS] = { key: outpointKey(id, 1), lock };
    }
    runToEnd(coins.flush());
    await store.flush();
    if (done % (PAYMENTS / 4) < PER_EPOCH) await measure(done);
  }
  await store.close();

  async function measure(payments: number): Promise<void> {
    const index = createAddressIndex(
      store,
      () => epoch,
      async () => {},
    );
    let outputs = 0;
    const before = process.cpuUsage();
    for (let n = 0; n < BALANCES; n += 1) {
      outputs += (await index.balance(locks[n % OWNERS] as Lock, OUTPUTS_MAX)).outputs;
    }
    const { user, system } = process.cpuUsage(before);
    const us = user + system;
    const figures = {
      payments,
      outputs: Math.round(outputs / BALANCES),
      msPerBalance: Math.round(us / BALANCES / 100) / 10,
      usPerOutput: Math.round((us / outputs) * 10) / 10,
    };
    console.log(JSON.stringify(figures));
  }
} finally {
  rmSync(folder, { recursive: true });
}
