/**
 * What double spends cost the protocol alone: four replicas in one process, instant links, no signature checks, no
 * disk. As many payments per second, once in pairs of rivals at two validators at once, once without rivals.
 * Usage: node dist/bench/micro/contention.js [payments per simulated second] [seconds] [minEpochIntervalMs]
 */

import { decodeTransaction, encodeTransaction } from '../../src/codec/transaction.ts';
import { trust } from '../../src/replica/ingress.ts';
import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import { defined } from '../../src/std/assert.ts';
import type { Transaction, Verified } from '../../src/types/transaction.ts';
import { Cluster } from './cluster.ts';

const perSecond = Number(process.argv[2] ?? 200);
const seconds = Number(process.argv[3] ?? 10);
const minEpochIntervalMs = Number(process.argv[4] ?? DEFAULT_POLICY.minEpochIntervalMs);
const WARM_UP_SECONDS = 5;

type Pair = readonly [Verified<Transaction>, Verified<Transaction>];

/** Spends the same coin for less. */
function rivalOf({ inputs, outputs, ledgerId, validUntil, witnesses }: Transaction) {
  const less = outputs.map((output) => ({ ...output, amount: output.amount - 1n }));
  const body = { ledgerId, validUntil, inputs, outputs: less };
  const decoded = decodeTransaction(encodeTransaction(body, witnesses));
  if (!decoded.ok) throw new Error(decoded.error.detail);
  return trust(decoded.value);
}

function run(isContested: boolean) {
  const coins = perSecond * (seconds + WARM_UP_SECONDS);
  const cluster = new Cluster({ coins, policy: { minEpochIntervalMs } });
  const payments = cluster.payments([500n, 400n], false);
  cluster.connect();
  const pairs: Pair[] = [];
  for (let i = 0; i + 1 < payments.length; i += 2) {
    const one = defined(payments[i], 'a payment');
    pairs.push([one, isContested ? rivalOf(one) : defined(payments[i + 1], 'another')]);
  }
  const pass = (ms: number) => {
    const end = cluster.now + ms;
    for (let at = cluster.now; cluster.now < end; cluster.pass(1)) {
      for (; at <= cluster.now; at += 2000 / perSecond) {
        for (const [side, tx] of (pairs.pop() ?? []).entries()) {
          cluster.step((pairs.length + side) % cluster.n, { kind: 'submit', tx });
        }
      }
    }
  };
  pass(1000 * WARM_UP_SECONDS);
  const before = { blocks: cluster.blocks, certified: cluster.certified, cpu: process.cpuUsage() };
  pass(1000 * seconds);
  const { user } = process.cpuUsage(before.cpu);
  return {
    run: isContested ? 'pairs of rivals' : 'no rivals',
    msPerSecondAndValidator: Number((user / 1000 / seconds / cluster.n).toFixed(1)),
    blocksPerSecond: (cluster.blocks - before.blocks) / seconds,
    cutsPerSecond: (cluster.certified - before.certified) / seconds,
  };
}

for (const isContested of [false, true, false, true]) console.log(JSON.stringify(run(isContested)));
