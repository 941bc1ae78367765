/**
 * What shared checks save: four replicas in one process, instant links, no disk, real signatures, opened and checked
 * as the node's intake does it. Alternates ledgers without and with `sharedChecks`; counts checks and processor time.
 * Usage: node dist/bench/micro/checks.js [transactions] [rounds]
 */

import { decodeBlock } from '../../src/codec/block.ts';
import { genesisCoins, ledgerIdOf } from '../../src/codec/genesis.ts';
import { toHex } from '../../src/codec/hex.ts';
import { decodeTransaction, encodeTransaction, txidOf } from '../../src/codec/transaction.ts';
import { createCommittee } from '../../src/committee/committee.ts';
import { keyPair } from '../../src/crypto/keys.ts';
import { keyLock } from '../../src/crypto/locks.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import { createVerifier } from '../../src/crypto/verify.ts';
import type { Input, Outbound } from '../../src/replica/effects.ts';
import { laneChecks, transactionChecks, trust, witnessChecks } from '../../src/replica/ingress.ts';
import { Replica } from '../../src/replica/replica.ts';
import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import { defined } from '../../src/std/assert.ts';
import { MemoryStore } from '../../src/storage/memory-store.ts';
import type { Genesis } from '../../src/types/genesis.ts';
import { type Digest, parseOutpointKey } from '../../src/types/ids.ts';
import type { SignatureCheck } from '../../src/types/signature.ts';

const count = Number(process.argv[2] ?? 4_000);
const rounds = Number(process.argv[3] ?? 3);
const N = 4;
/** Transactions that come in a simulated millisecond, each to one validator. */
const PER_MS = 4;
const native = createVerifier('auto');
const secrets = Array.from({ length: N }, (_, i) => new Uint8Array(32).fill(i + 1));
const owner = defined(keyPair(new Uint8Array(32).fill(9)), 'a key');
const lock = keyLock(owner.publicKey);
const ownerSigner = createSigner(owner.secret);

type Figures = {
  readonly final: number;
  readonly witnessChecks: number;
  readonly laneChecks: number;
  readonly cpuUs: number;
  readonly blocks: number;
  readonly bytes: number;
};

function run(isShared: boolean): Figures {
  const genesis: Genesis = {
    format: 1,
    name: 'bench',
    addressPrefix: 'althdev',
    committee: secrets.map((secret, i) => ({
      name: `v${i}`,
      publicKey: toHex(defined(keyPair(secret), 'a key').publicKey),
    })),
    params: {
      ...{ minFee: 1n, laneWindowMax: 64, blockTxsMax: 1000, blockBytesMax: 1_000_000 },
      ...(isShared ? { sharedChecks: true } : {}),
    },
    outputs: Array.from({ length: count }, () => ({ amount: 1000n, lock })),
  };
  const ledgerId = ledgerIdOf(genesis);
  const committee = createCommittee(genesis.committee);
  const done = { witness: 0, lane: 0 };
  const verify = (checks: readonly SignatureCheck[], kind: 'witness' | 'lane'): boolean => {
    done[kind] += checks.length;
    return checks.every((check) => native.verify(check));
  };
  const journals: Uint8Array[][] = secrets.map(() => []);
  const replicas = secrets.map((secret, lane) => {
    return new Replica({
      ...{ genesis, ledgerId, committee, lane, signer: createSigner(secret) },
      verifier: { backend: 'counting', verify: (check) => verify([check], 'witness') },
      store: new MemoryStore(),
      archive: { read: (ordinal) => defined(journals[lane]?.[ordinal - 1], 'a record') },
      policy: DEFAULT_POLICY,
    });
  });
  const txs = [...genesisCoins(genesis)].map(([key]) => {
    const inputs = [parseOutpointKey(key)];
    const body = { ledgerId, validUntil: 100_000, inputs, outputs: [{ amount: 900n, lock }] };
    const signature = ownerSigner.sign(txidOf(body) as string as Digest);
    const witness = { kind: 'key', publicKey: owner.publicKey, signature } as const;
    const made = decodeTransaction(encodeTransaction(body, [witness]));
    if (!made.ok) throw new Error(made.error.detail);
    return made.value;
  });

  let queue: { from: number; to: number; message: Outbound['message'] }[] = [];
  let now = 0;
  let final = 0;
  let bytes = 0;
  const step = (lane: number, input: Input): void => {
    const effects = defined(replicas[lane], 'a replica').step(now, input);
    if (effects.halt !== null) throw new Error(effects.halt.detail);
    journals[lane]?.push(...effects.persist);
    final += effects.statuses.filter((status) => status.kind === 'final').length;
    for (const { to, message } of effects.send) {
      for (let other = 0; other < N; other++) {
        const meant = to === 'all' ? other !== lane : to.kind === 'lane' && to.lane === other;
        if (meant) queue.push({ from: lane, to: other, message });
      }
    }
    for (const { epoch } of effects.work) {
      const work = defined(replicas[lane], 'a replica').rootWork(epoch);
      let next = work.next();
      while (!next.done) next = work.next();
      step(lane, { kind: 'rooted', epoch, ...next.value });
    }
  };
  const deliver = (): void => {
    const batch = queue;
    queue = [];
    for (const { from, to, message } of batch) {
      const peer = { kind: 'lane', lane: from } as const;
      if (message.kind === 'block') {
        bytes += message.bytes.length;
        const decoded = decodeBlock(message.bytes);
        if (!decoded.ok) throw new Error(decoded.error);
        const block = decoded.value;
        const looks = defined(replicas[to], 'a replica').checks(block.header);
        const right =
          verify(laneChecks(block, committee), 'lane') &&
          (!looks || verify(witnessChecks(block), 'witness'));
        if (!right) throw new Error('everybody is honest here');
        const witnesses = looks ? 'right' : 'unchecked';
        step(to, { kind: 'block', from: peer, block: trust(block), witnesses });
      } else if (message.kind !== 'transactions') {
        step(to, { kind: 'message', from: peer, message });
      }
    }
  };

  for (let i = 0; i < N; i++) {
    for (let j = 0; j < N; j++)
      if (i !== j) step(i, { kind: 'connected', peer: { kind: 'lane', lane: j } });
  }
  for (let k = 0; k < 20; k++, now++) deliver();
  const cpu = process.cpuUsage();
  for (let sent = 0; final < N * count && now < 600_000; now++) {
    for (let k = 0; k < PER_MS && sent < count; k++, sent++) {
      const tx = defined(txs[sent], 'a transaction');
      verify(transactionChecks(tx), 'witness');
      step(sent % N, { kind: 'submit', tx: trust(tx) });
    }
    deliver();
    for (let lane = 0; lane < N; lane++) step(lane, { kind: 'tick' });
  }
  const { user, system } = process.cpuUsage(cpu);
  const blocks = journals.reduce((sum, journal) => sum + journal.length, 0) / N;
  return {
    final: final / N,
    witnessChecks: done.witness / count,
    laneChecks: done.lane / count,
    cpuUs: (user + system) / count,
    blocks,
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
