/**
 * One cut with many transactions, by part: four replicas in one process, instant links, no signature
 * checks, a store in memory. Prints JSON: milliseconds per validator, median over the cuts but the first.
 *
 *   node dist/bench/micro/cut.js [transactions per cut] [cuts]
 */
import { decodeBlock } from '../../src/codec/block.ts';
import { genesisCoins, ledgerIdOf } from '../../src/codec/genesis.ts';
import { toHex } from '../../src/codec/hex.ts';
import { decodeTransaction, encodeTransaction } from '../../src/codec/transaction.ts';
import { createCommittee } from '../../src/committee/committee.ts';
import { keyPair } from '../../src/crypto/keys.ts';
import { keyLock } from '../../src/crypto/locks.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import { TxIndex } from '../../src/dependency/tx-index.ts';
import { Coins } from '../../src/ledger/coins.ts';
import { Checkpoints } from '../../src/replica/checkpoints.ts';
import { Cutter } from '../../src/replica/cutter.ts';
import type { Input, Outbound } from '../../src/replica/effects.ts';
import { trust } from '../../src/replica/ingress.ts';
import { Replica } from '../../src/replica/replica.ts';
import { DEFAULT_POLICY } from '../../src/replica/replica-options.ts';
import { defined } from '../../src/std/assert.ts';
import { MemoryStore } from '../../src/storage/memory-store.ts';
import { parseOutpointKey } from '../../src/types/ids.ts';

const perCut = Number(process.argv[2] ?? 10_000);
const cuts = Number(process.argv[3] ?? 4);
const VALIDATORS = 4;
const EPOCH_MS = 1_000_000;
const SUBMITTED_PER_MS = 50;

const spent = new Map<string, number>();

function add(part: string, ms: number): void {
  spent.set(part, (spent.get(part) ?? 0) + ms);
}

/** Times every call of a method of the real class. */
function time<T extends object>(prototype: T, name: keyof T & string, part: string): void {
  const method = prototype[name] as (...args: unknown[]) => unknown;
  const timed = function (this: T, ...args: unknown[]): unknown {
    const start = performance.now();
    const result = method.apply(this, args);
    add(part, performance.now() - start);
    return result;
  };
  Object.defineProperty(prototype, name, { value: timed });
}

/** The same of a generator: each of its slices. */
function timeSlices<T extends object>(prototype: T, name: keyof T & string, part: string): void {
  const method = prototype[name] as (...args: unknown[]) => Generator<void, unknown>;
  const timed = function* (this: T, ...args: unknown[]): Generator<void, unknown> {
    const slices = method.apply(this, args);
    for (;;) {
      const start = performance.now();
      const next = slices.next();
      add(part, performance.now() - start);
      if (next.done) return next.value;
      yield;
    }
  };
  Object.defineProperty(prototype, name, { value: timed });
}

time(Cutter.prototype, 'resolve', 'resolve');
time(Cutter.prototype, 'apply', 'apply');
time(Coins.prototype, 'apply', 'apply: coins');
time(Coins.prototype, 'flush', 'apply: coins');
time(TxIndex.prototype, 'settle', 'apply: index');
time(Checkpoints.prototype, 'close', 'outcomes stored');
timeSlices(Checkpoints.prototype, 'rootWork', 'roots');
timeSlices(Coins.prototype, 'leavesAt', 'roots: leaves');

const secrets = Array.from({ length: VALIDATORS }, (_, i) => new Uint8Array(32).fill(i + 1));
const owner = defined(keyPair(new Uint8Array(32).fill(9)), 'a key');
const lock = keyLock(owner.publicKey);
const genesis = {
  format: 1 as const,
  name: 'bench',
  addressPrefix: 'althdev',
  committee: secrets.map((secret, lane) => ({
    name: `validator-${lane}`,
    publicKey: toHex(defined(keyPair(secret), 'a key').publicKey),
  })),
  params: {
    minFee: 1n,
    laneWindowMax: 64,
    blockTxsMax: 1000,
    blockBytesMax: 1_000_000,
  },
  outputs: Array.from({ length: perCut * cuts }, () => ({ amount: 1000n, lock })),
};
const ledgerId = ledgerIdOf(genesis);
const journals: Uint8Array[][] = secrets.map(() => []);
const replicas = secrets.map(
  (secret, lane) =>
    new Replica({
      ...{ genesis, ledgerId, lane, committee: createCommittee(genesis.committee) },
      signer: createSigner(secret),
      store: new MemoryStore(),
      archive: { read: (ordinal) => defined(journals[lane]?.[ordinal - 1], 'a record') },
      policy: { ...DEFAULT_POLICY, epochIntervalMs: EPOCH_MS, minEpochIntervalMs: EPOCH_MS },
    }),
);

let now = 0;
let final = 0;
let certified = 0;
let queue: { from: number; to: number; message: Outbound['message'] }[] = [];

function step(lane: number, input: Input): void {
  const replica = defined(replicas[lane], 'a replica');
  const effects = replica.step(now, input);
  if (effects.halt !== null) throw new Error(effects.halt.detail);
  journals[lane]?.push(...effects.persist);
  final += effects.statuses.filter(({ kind }) => kind === 'final').length;
  if (lane === 0) certified += effects.certified.length;
  for (const { to, message } of effects.send) {
    for (let other = 0; other < VALIDATORS; other += 1) {
      const meant = to === 'all' ? other !== lane : to.kind === 'lane' && to.lane === other;
      if (meant) queue.push({ from: lane, to: other, message });
    }
  }
  for (const { epoch } of effects.work) {
    const work = replica.rootWork(epoch);
    let next = work.next();
    while (!next.done) next = work.next();
    step(lane, { kind: 'rooted', epoch, ...next.value });
  }
}

function deliver(): void {
  const batch = queue;
  queue = [];
  for (const { from, to, message } of batch) {
    const peer = { kind: 'lane', lane: from } as const;
    if (message.kind === 'block') {
      const decoded = decodeBlock(message.bytes);
      if (!decoded.ok) throw new Error(decoded.error);
      step(to, { kind: 'block', from: peer, block: trust(decoded.value) });
    } else if (message.kind === 'want' || message.kind === 'heads') {
      step(to, { kind: 'message', from: peer, message });
    }
  }
}

function pass(ms: number): void {
  now += ms;
  deliver();
  for (let lane = 0; lane < VALIDATORS; lane += 1) step(lane, { kind: 'tick' });
}

const txs = [...genesisCoins(genesis)].map(([key]) => {
  const body = {
    ledgerId,
    validUntil: 100_000,
    inputs: [parseOutpointKey(key)],
    outputs: [
      { amount: 500n, lock },
      { amount: 400n, lock },
    ],
  };
  const witness = {
    kind: 'key',
    publicKey: owner.publicKey,
    signature: new Uint8Array(64),
  } as const;
  const decoded = decodeTransaction(encodeTransaction(body, [witness]));
  if (!decoded.ok) throw new Error(decoded.error.detail);
  return trust(decoded.value);
});

for (let lane = 0; lane < VALIDATORS; lane += 1) {
  for (let other = 0; other < VALIDATORS; other += 1) {
    if (lane !== other) step(lane, { kind: 'connected', peer: { kind: 'lane', lane: other } });
  }
}
for (let k = 0; k < 20; k += 1) pass(1);

const byCut: Map<string, number>[] = [];
for (let cut = 0; cut < cuts; cut += 1) {
  const part = txs.slice(cut * perCut, (cut + 1) * perCut);
  for (const [at, tx] of part.entries()) {
    step(at % VALIDATORS, { kind: 'submit', tx });
    if (at % SUBMITTED_PER_MS === 0) pass(1);
  }
  while (final < VALIDATORS * perCut * (cut + 1)) pass(1);
  spent.clear();
  const before = certified;
  pass(EPOCH_MS);
  while (certified === before) pass(1);
  byCut.push(new Map(spent));
}

const measured = byCut.slice(1);
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
const msByPart = Object.fromEntries(
  [...(measured[0]?.keys() ?? [])].sort().map((part) => {
    const ms = median(measured.map((of) => (of.get(part) ?? 0) / VALIDATORS));
    return [part, Math.round(ms * 100) / 100];
  }),
);
console.log(JSON.stringify({ transactions: perCut, cuts: measured.length, msByPart }));
