/**
 * One cut with many transactions, by part: four replicas in one process, instant links, no signature
 * checks, a store in memory. Prints JSON: milliseconds per validator, and the longest piece of each part, which is
 * how long it keeps the event loop; medians over the cuts but the first.
 *
 *   node dist/bench/micro/cut.js [transactions per cut] [cuts]
 */
import { TxIndex } from '../../src/dependency/tx-index.ts';
import { Coins } from '../../src/ledger/coins.ts';
import { Checkpoints } from '../../src/replica/outcomes/checkpoints.ts';
import { Cutter } from '../../src/replica/outcomes/cutter.ts';
import { Replica } from '../../src/replica/replica.ts';
import { Cluster } from './cluster.ts';
import { Stopwatch } from './stopwatch.ts';

const perCut = Number(process.argv[2] ?? 10_000);
const cuts = Number(process.argv[3] ?? 4);
const EPOCH_MS = 1_000_000;
const SUBMITTED_PER_MS = 50;

const watch = new Stopwatch();
watch.timeSlices(Replica.prototype, 'stepInSlices', 'steps');
watch.timeSlices(Cutter.prototype, 'resolve', 'resolve');
watch.timeSlices(Cutter.prototype, 'apply', 'apply');
watch.timeCalls(Coins.prototype, 'apply', 'apply: coins');
watch.timeSlices(Coins.prototype, 'flush', 'apply: coins');
watch.timeCalls(TxIndex.prototype, 'recordOutcome', 'apply: index');
watch.timeCalls(Checkpoints.prototype, 'close', 'outcomes stored');
watch.timeSlices(Checkpoints.prototype, 'rootWork', 'roots');
watch.timeSlices(Coins.prototype, 'leavesAt', 'roots: leaves');

const cluster = new Cluster({
  coins: perCut * cuts,
  policy: { epochIntervalMs: EPOCH_MS, minEpochIntervalMs: EPOCH_MS },
});
const txs = cluster.payments([500n, 400n], false);
cluster.connect();

const byCut: ReadonlyMap<string, number>[] = [];
const longestByCut: ReadonlyMap<string, number>[] = [];
for (let cut = 0; cut < cuts; cut += 1) {
  const part = txs.slice(cut * perCut, (cut + 1) * perCut);
  for (const [at, tx] of part.entries()) {
    cluster.step(at % cluster.n, { kind: 'submit', tx });
    if (at % SUBMITTED_PER_MS === 0) cluster.pass(1);
  }
  while (cluster.final < cluster.n * perCut * (cut + 1)) cluster.pass(1);
  watch.take();
  watch.takeLongest();
  const before = cluster.certified;
  cluster.pass(EPOCH_MS);
  while (cluster.certified === before) cluster.pass(1);
  byCut.push(watch.take());
  longestByCut.push(watch.takeLongest());
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
const medians = (measured: readonly ReadonlyMap<string, number>[], validators: number) =>
  Object.fromEntries(
    [...(measured[0]?.keys() ?? [])].sort().map((part) => {
      const ms = median(measured.map((of) => (of.get(part) ?? 0) / validators));
      return [part, Math.round(ms * 100) / 100];
    }),
  );
const msByPart = medians(byCut.slice(1), cluster.n);
const longestMsByPart = medians(longestByCut.slice(1), 1);
console.log(
  JSON.stringify({ transactions: perCut, cuts: byCut.length - 1, msByPart, longestMsByPart }),
);
