/**
 * What one more validator costs: a committee of any size in one process, under a steady load, without
 * signature checks, network and disk. A message takes one hop of 5 simulated milliseconds. Prints JSON.
 *
 *   node dist/bench/micro/growth.js <validators> <block interval, ms> [transactions per second] [seconds]
 */
import { Replica } from '../../src/replica/replica.ts';
import { defined } from '../../src/std/assert.ts';
import { Cluster, openUnchecked } from './cluster.ts';
import { Stopwatch } from './stopwatch.ts';

const HOP_MS = 5;
/** Of the transactions: the runtime compiles what runs hot. */
const WARM_UP_SHARE = 0.3;

const [validators = 4, intervalMs = 50, perSecond = 1000, seconds = 2] = process.argv
  .slice(2)
  .map(Number);
const count = perSecond * seconds;

const watch = new Stopwatch();
watch.timeCalls(Replica.prototype, 'step', 'step');
watch.timeSlices(Replica.prototype, 'rootWork', 'root');

const cluster = new Cluster({
  validators,
  coins: count,
  policy: { epochIntervalMs: 1000, minBlockIntervalMs: intervalMs, batchTimeoutMs: intervalMs },
  open: (bytes) => watch.time('decode', () => openUnchecked(bytes)),
});
const txs = cluster.payments([500n, 400n], false);
cluster.connect();
const warm = sendUntil(0, Math.round(count * WARM_UP_SHARE));
const before = look();
watch.take();
sendUntil(warm, count);
while (cluster.final < validators * count && cluster.now < 600_000) cluster.pass(HOP_MS);
if (cluster.final < validators * count) throw new Error(`${cluster.final} final`);
const after = look();

const measured = (after.final - before.final) / validators;
const blocks = after.blocks - before.blocks;
const perTx = (amount: number) => round(amount / measured / validators);
console.log(
  JSON.stringify(
    {
      validators,
      intervalMs,
      perSecond,
      transactions: measured,
      blocks: Math.round(blocks),
      blocksPerSecond: round((blocks * 1000) / (after.now - before.now)),
      txsPerBlock: round(measured / blocks),
      usPerTx: {
        step: perTx(watch.ms('step') * 1000),
        decode: perTx(watch.ms('decode') * 1000),
        root: perTx(watch.ms('root') * 1000),
      },
      bytesPerTx: perTx(after.bytes - before.bytes),
      messagesPerTx: perTx(after.messages - before.messages),
      bytesPerBlock: Math.round((after.bytes - before.bytes) / blocks / (validators - 1)),
    },
    null,
    1,
  ),
);

/** Spread over all validators; returns the number sent. */
function sendUntil(from: number, to: number): number {
  let sent = from;
  for (let due = from; sent < to; cluster.pass(HOP_MS)) {
    due += (perSecond * HOP_MS) / 1000;
    for (; sent < Math.min(due, to); sent++) {
      const tx = defined(txs[sent], 'a transaction');
      cluster.step(sent % validators, { kind: 'submit', tx });
    }
  }
  return sent;
}

function look() {
  const { final, blocks, now, sent } = cluster;
  return { final, blocks, now, ...sent };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
