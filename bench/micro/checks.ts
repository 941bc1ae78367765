/**
 * What shared checks save: four replicas in one process, instant links, no disk, real signatures, opened and checked
 * as the node's ingress does it. Alternates ledgers without and with `sharedChecks`; counts checks and processor time.
 * Usage: node dist/bench/micro/checks.js [transactions] [rounds]
 */

import { createVerifier } from '../../src/crypto/verify.ts';
import { laneChecks, transactionChecks, trust, witnessChecks } from '../../src/replica/ingress.ts';
import type { Replica } from '../../src/replica/replica.ts';
import { defined } from '../../src/std/assert.ts';
import type { SignatureCheck } from '../../src/types/signature.ts';
import { Cluster, decoded, type Opened } from './cluster.ts';

const count = Number(process.argv[2] ?? 4_000);
const rounds = Number(process.argv[3] ?? 3);
/** Transactions that come in a simulated millisecond, each to one validator. */
const PER_MS = 4;
const native = createVerifier('auto');

type Figures = {
  readonly final: number;
  readonly witnessChecks: number;
  readonly laneChecks: number;
  readonly cpuUs: number;
  readonly blocks: number;
  readonly bytes: number;
};

function run(isShared: boolean): Figures {
  const done = { witness: 0, lane: 0 };
  let bytes = 0;
  const verify = (checks: readonly SignatureCheck[], kind: 'witness' | 'lane'): boolean => {
    done[kind] += checks.length;
    return checks.every((check) => native.verify(check));
  };
  const open = (sent: Uint8Array, receiver: Replica): Opened => {
    bytes += sent.length;
    const block = decoded(sent);
    const looks = receiver.checks(block.header);
    const right =
      verify(laneChecks(block, cluster.committee), 'lane') &&
      (!looks || verify(witnessChecks(block), 'witness'));
    if (!right) throw new Error('everybody is honest here');
    return { block: trust(block), witnesses: looks ? 'right' : 'unchecked' };
  };
  const cluster = new Cluster({
    coins: count,
    params: isShared ? { sharedChecks: true } : {},
    verifier: { backend: 'counting', verify: (check) => verify([check], 'witness') },
    open,
  });
  const txs = cluster.payments([900n], true);
  cluster.connect();
  const cpu = process.cpuUsage();
  for (let sent = 0; cluster.final < cluster.n * count && cluster.now < 600_000; cluster.pass(1)) {
    for (let k = 0; k < PER_MS && sent < count; k++, sent++) {
      const tx = defined(txs[sent], 'a transaction');
      verify(transactionChecks(tx), 'witness');
      cluster.step(sent % cluster.n, { kind: 'submit', tx });
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    final: cluster.final / cluster.n,
    witnessChecks: done.witness / count,
    laneChecks: done.lane / count,
    cpuUs: (user + system) / count,
    blocks: cluster.blocks,
    bytes: bytes / count,
  };
}

// What runs for the first time is compiled.
run(false);
run(true);
for (let round = 0; round < rounds; round++) {
  for (const isShared of round % 2 === 0 ? [false, true] : [true, false]) {
    const figures = Object.entries(run(isShared)).map(([name, value]) => {
      return [name, Math.round(value * 100) / 100];
    });
    console.log(JSON.stringify({ sharedChecks: isShared, ...Object.fromEntries(figures) }));
  }
}
