/**
 * Cost of the protocol alone: four replicas in one process, instant links, no signature checks, no disk.
 * Prints microseconds of `step` per transaction and validator, roots apart.
 * Usage: node dist/bench/micro/protocol.js [transactions] [per block]
 */

import { decodeBlock } from '../../src/codec/block.ts';
import { genesisCoins, ledgerIdOf } from '../../src/codec/genesis.ts';
import { toHex } from '../../src/codec/hex.ts';
import { decodeTransaction, encodeTransaction } from '../../src/codec/transaction.ts';
import { createCommittee } from '../../src/committee/committee.ts';
import { keyPair } from '../../src/crypto/keys.ts';
import { keyLock } from '../../src/crypto/locks.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import type { Input, Outbound } from '../../src/replica/effects.ts';
import { trust } from '../../src/replica/ingress.ts';
import { Replica } from '../../src/replica/replica.ts';
import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import { defined } from '../../src/std/assert.ts';
import { MemoryStore } from '../../src/storage/memory-store.ts';
import { type OutpointKey, parseOutpointKey } from '../../src/types/ids.ts';

const count = Number(process.argv[2] ?? 20_000);
const perTick = Number(process.argv[3] ?? 50);
const n = 4;
const secrets = Array.from({ length: n }, (_, i) => new Uint8Array(32).fill(i + 1));
const owner = defined(keyPair(new Uint8Array(32).fill(9)), 'a key');
const lock = keyLock(owner.publicKey);
const genesis = {
  format: 1 as const,
  name: 'bench',
  addressPrefix: 'althdev',
  committee: secrets.map((secret, i) => ({
    name: `v${i}`,
    publicKey: toHex(defined(keyPair(secret), 'a key').publicKey),
  })),
  params: {
    minFee: 1n,
    laneWindowMax: 64,
    blockTxsMax: 1000,
    blockBytesMax: 1_000_000,
  },
  outputs: Array.from({ length: count }, () => ({ amount: 1000n, lock })),
};
const ledgerId = ledgerIdOf(genesis);
const committee = createCommittee(genesis.committee);
const journals: Uint8Array[][] = secrets.map(() => []);
const replicas = secrets.map((secret, lane) => {
  return new Replica({
    genesis,
    ledgerId,
    committee,
    lane,
    signer: createSigner(secret),
    store: new MemoryStore(),
    archive: { read: (ordinal) => defined(journals[lane]?.[ordinal - 1], 'a record') },
    policy: { ...DEFAULT_POLICY, epochIntervalMs: 500 },
  });
});

let queue: { from: number; to: number; message: Outbound['message'] }[] = [];
let now = 0;
let final = 0;
let stepNs = 0n;
let rootNs = 0n;
let decodeNs = 0n;

function step(lane: number, input: Input): void {
  const start = process.hrtime.bigint();
  const effects = defined(replicas[lane], 'a replica').step(now, input);
  stepNs += process.hrtime.bigint() - start;
  if (effects.halt !== null) throw new Error(effects.halt.detail);
  journals[lane]?.push(...effects.persist);
  final += effects.statuses.filter((status) => status.kind === 'final').length;
  for (const { to, message } of effects.send) {
    for (let other = 0; other < n; other++) {
      const meant = to === 'all' ? other !== lane : to.kind === 'lane' && to.lane === other;
      if (meant) queue.push({ from: lane, to: other, message });
    }
  }
  for (const { epoch } of effects.work) {
    const begin = process.hrtime.bigint();
    const work = defined(replicas[lane], 'a replica').rootWork(epoch);
    let next = work.next();
    while (!next.done) next = work.next();
    rootNs += process.hrtime.bigint() - begin;
    step(lane, { kind: 'rooted', epoch, ...next.value });
  }
}

function deliver(): void {
  const batch = queue;
  queue = [];
  for (const { from, to, message } of batch) {
    const peer = { kind: 'lane', lane: from } as const;
    if (message.kind === 'block') {
      const start = process.hrtime.bigint();
      const decoded = decodeBlock(message.bytes);
      decodeNs += process.hrtime.bigint() - start;
      if (!decoded.ok) throw new Error(decoded.error);
      step(to, { kind: 'block', from: peer, block: trust(decoded.value) });
    } else if (message.kind !== 'transactions') step(to, { kind: 'message', from: peer, message });
  }
}

const coins: OutpointKey[] = [...genesisCoins(genesis)].map(([key]) => key);
const txs = coins.map((key) => {
  const body = {
    ledgerId,
    validUntil: 100_000,
    inputs: [parseOutpointKey(key)],
    outputs: [
      { amount: 500n, lock },
      { amount: 400n, lock },
    ],
  };
  const decoded = decodeTransaction(
    encodeTransaction(body, [
      { kind: 'key', publicKey: owner.publicKey, signature: new Uint8Array(64) },
    ]),
  );
  if (!decoded.ok) throw new Error(decoded.error.detail);
  return trust(decoded.value);
});

for (let i = 0; i < n; i++) {
  for (let j = 0; j < n; j++)
    if (i !== j) step(i, { kind: 'connected', peer: { kind: 'lane', lane: j } });
}
for (let k = 0; k < 20; k++, now++) deliver();
stepNs = rootNs = decodeNs = 0n;
const started = process.hrtime.bigint();
let sent = 0;
while (final < n * count && now < 600_000) {
  for (let k = 0; k < perTick / 10 && sent < count; k++)
    step(sent % n, { kind: 'submit', tx: defined(txs[sent++], 'a transaction') });
  deliver();
  for (let lane = 0; lane < n; lane++) step(lane, { kind: 'tick' });
  now++;
}
const wallNs = process.hrtime.bigint() - started;
const per = (ns: bigint) => (Number(ns) / 1000 / count / n).toFixed(1);
const blocks = journals.reduce((sum, journal) => sum + journal.length, 0) / n;
console.log(
  JSON.stringify(
    {
      transactions: count,
      final: final / n,
      simulatedMs: now,
      blocks,
      txsPerBlock: (count / blocks).toFixed(1),
      usPerTxAndValidator: {
        step: per(stepNs),
        decode: per(decodeNs),
        root: per(rootNs),
        all: per(wallNs),
      },
      usPerBlockAndValidator: (Number(stepNs) / 1000 / blocks / n).toFixed(1),
    },
    null,
    1,
  ),
);
