import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { taggedHash } from '../../src/crypto/hash.ts';
import { Coins } from '../../src/ledger/coins.ts';
import { updateState } from '../../src/ledger/state-tree.ts';
import { FLUSH_BYTES } from '../../src/node/start/data.ts';
import { defined } from '../../src/std/assert.ts';
import { uint32Bytes } from '../../src/std/bytes.ts';
import { createPrng } from '../../src/std/prng.ts';
import { runToEnd } from '../../src/std/slices.ts';
import type { LevelStore } from '../../src/storage/level/level-store.ts';
import { openLevelStore } from '../../src/storage/level/open-level-store.ts';
import { type Lock, outpointKey, type TxId } from '../../src/types/ids.ts';
import { inputOf } from '../../src/types/transaction.ts';

/*
 * What the store of a ledger costs per payment of one input and two outputs when it does not fit into memory: its
 * record among the transactions, written when it is admitted and again with its outcome, coins, outputs by owner
 * and the state tree; everything on disk, a savepoint's stillness now and then. CPU time of this process, all
 * threads, compaction included; bytes written as the system counts them (Linux only).
 *
 *   node dist/bench/micro/ledger-store.js [payments before] [cuts] [folder]
 */
/** In a cut. */
const PAYMENTS = 640;
const CUTS_PER_SAVEPOINT = 45;
const RECORD = new Uint8Array(120).fill(7);

const [before = 200_000, cuts = 90] = process.argv.slice(2, 4).map(Number);
const root = mkdtempSync(path.join(process.argv[4] ?? os.tmpdir(), 'althing-bench-'));

const txids: TxId[] = [];
const unspent: { readonly parent: number; readonly index: number }[] = [];
const prng = createPrng(1);

function txid(n: number): TxId {
  return (txids[n] ??= taggedHash('transaction', uint32Bytes(n)) as string as TxId);
}

function lock(n: number): Lock {
  return `01${(n % 200).toString(16).padStart(64, '0')}` as Lock;
}

const outputsOf = (n: number) => [
  { amount: 0n, lock: lock(n) },
  { amount: 0n, lock: lock(n + 1) },
];

/** Takes an output at random. */
function spend() {
  const at = prng.below(unspent.length);
  const { parent, index } = defined(unspent[at], 'an unspent output');
  unspent[at] = defined(unspent.at(-1), 'the last one');
  unspent.length -= 1;
  return inputOf(outpointKey(txid(parent), index));
}

/** One payment: its record, its coins. */
function pay(store: LevelStore, coins: Coins, n: number, epoch: number): void {
  store.put(`t${txid(n)}`, RECORD);
  const inputs = epoch === 0 ? [] : [spend()];
  const outputs = outputsOf(n);
  if (epoch === 0) coins.create(txid(n), outputs, epoch);
  else coins.apply({ txid: txid(n), inputs, outputs }, epoch);
  for (const index of outputs.keys()) unspent.push({ parent: n, index });
}

async function cut(store: LevelStore, coins: Coins, from: number, epoch: number): Promise<void> {
  for (let n = from; n < from + PAYMENTS; n += 1) {
    pay(store, coins, n, epoch);
    if (store.backlogBytes > FLUSH_BYTES) await store.flush();
  }
  const touched = runToEnd(coins.flush());
  for (let n = from; n < from + PAYMENTS; n += 1) store.put(`t${txid(n)}`, RECORD);
  runToEnd(updateState(store, runToEnd(coins.leavesAt(touched, epoch))));
  if (store.backlogBytes > FLUSH_BYTES) await store.flush();
}

async function still(store: LevelStore): Promise<void> {
  await store.flush();
  await store.still(async () => {});
}

/** NaN: this system does not say. */
function writtenBytes(): number {
  try {
    return Number(/wchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
  } catch {
    return Number.NaN;
  }
}

async function measure(store: LevelStore): Promise<Record<string, number | string>> {
  const coins = new Coins(store);
  let paid = 0;
  for (; paid < before; paid += PAYMENTS) await cut(store, coins, paid, 0);
  await still(store);
  const [bytes, cpu] = [writtenBytes(), process.cpuUsage()];
  for (let epoch = 1; epoch <= cuts; epoch += 1, paid += PAYMENTS) {
    await cut(store, coins, paid, epoch);
    if (epoch % CUTS_PER_SAVEPOINT === 0) await still(store);
  }
  const spent = process.cpuUsage(cpu);
  const payments = cuts * PAYMENTS;
  const written = writtenBytes() - bytes;
  return {
    'payments before': before,
    payments,
    'us per payment': Math.round((spent.user + spent.system) / payments),
    'KB written per payment': (written / payments / 1000).toFixed(1),
  };
}

try {
  const opened = await openLevelStore(path.join(root, 'store'), { wipe: true });
  const store = defined(opened.ok ? opened.value : null, 'the store opens');
  console.table([await measure(store)]);
  await store.close();
} finally {
  rmSync(root, { recursive: true });
}
