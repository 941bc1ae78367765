/**
 * Cost of the protocol alone: four replicas in one process, instant links, no signature checks, no disk.
 * Prints microseconds of `step` per transaction and validator, roots apart.
 * Usage: node dist/bench/micro/protocol.js [transactions] [per block]
 */

import { Replica } from '../../src/replica/replica.ts';
import { defined } from '../../src/std/assert.ts';
import { Cluster, openUnchecked } from './cluster.ts';
import { Stopwatch } from './stopwatch.ts';

const count = Number(process.argv[2] ?? 20_000);
const perTick = Number(process.argv[3] ?? 50);

const watch = new Stopwatch();
watch.timeCalls(Replica.prototype, 'step', 'step');
watch.timeSlices(Replica.prototype, 'rootWork', 'root');

const cluster = new Cluster({
  coins: count,
  policy: { epochIntervalMs: 500 },
  open: (bytes) => watch.time('decode', () => openUnchecked(bytes)),
});
const txs = cluster.payments([500n, 400n], false);
cluster.connect();
watch.take();
const startedMs = performance.now();
for (let sent = 0; cluster.final < cluster.n * count && cluster.now < 600_000; cluster.pass(1)) {
  for (let k = 0; k < perTick / 10 && sent < count; k++, sent++) {
    cluster.step(sent % cluster.n, { kind: 'submit', tx: defined(txs[sent], 'a transaction') });
  }
}
const allMs = performance.now() - startedMs;
const per = (ms: number) => ((ms * 1000) / count / cluster.n).toFixed(1);
const { blocks } = cluster;
console.log(
  JSON.stringify(
    {
      transactions: count,
      final: cluster.final / cluster.n,
      simulatedMs: cluster.now,
      blocks,
      txsPerBlock: (count / blocks).toFixed(1),
      usPerTxAndValidator: {
        step: per(watch.ms('step')),
        decode: per(watch.ms('decode')),
        root: per(watch.ms('root')),
        all: per(allMs),
      },
      usPerBlockAndValidator: ((watch.ms('step') * 1000) / blocks / cluster.n).toFixed(1),
    },
    null,
    1,
  ),
);
