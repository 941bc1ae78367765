import assert from 'node:assert/strict';
import { test } from 'node:test';
import { genesisCoins, ledgerIdOf } from '../codec/genesis.ts';
import { toHex } from '../codec/hex.ts';
import { decodeTransaction, encodeTransaction, txidOf } from '../codec/transaction.ts';
import { createCommittee } from '../committee/committee.ts';
import { keyPair } from '../crypto/keys.ts';
import { keyLock } from '../crypto/locks.ts';
import { createSigner } from '../crypto/sign.ts';
import { createVerifier } from '../crypto/verify.ts';
import { defined } from '../std/assert.ts';
import type { Genesis } from '../types/genesis.ts';
import { type Digest, type Outpoint, parseOutpointKey } from '../types/ids.ts';
import type { Output, Transaction, Verified } from '../types/transaction.ts';
import type { Effects, Input, Outbound, StatusChange } from './effects.ts';
import { openBlock, openTransaction } from './ingress.ts';
import { Replica } from './replica.ts';
import { DEFAULT_POLICY } from './replica-options.ts';

const verifier = createVerifier('auto');
const secrets = [1, 2, 3, 4].map((i) => new Uint8Array(32).fill(i));
const owner = defined(keyPair(new Uint8Array(32).fill(9)), 'a key');

function genesis(): Genesis {
  return {
    format: 1,
    name: 'test',
    addressPrefix: 'althdev',
    committee: secrets.map((secret, i) => ({
      name: `v${i}`,
      publicKey: toHex(defined(keyPair(secret), 'a key').publicKey),
    })),
    params: { minFee: 1n, laneWindowMax: 32, blockTxsMax: 1000, blockBytesMax: 1_000_000 },
    outputs: Array.from({ length: 50 }, () => ({ amount: 1000n, lock: keyLock(owner.publicKey) })),
  };
}

/** Four replicas; messages arrive in the order of sending, one millisecond later. */
class Cluster {
  readonly genesis = genesis();
  readonly ledgerId = ledgerIdOf(this.genesis);
  readonly committee = createCommittee(this.genesis.committee);
  readonly journals: Uint8Array[][] = secrets.map(() => []);
  readonly statuses: StatusChange[][] = secrets.map(() => []);
  readonly replicas: Replica[];
  readonly down = new Set<number>();
  now = 0;
  #queue: { from: number; to: number; message: Outbound['message'] }[] = [];

  constructor() {
    this.replicas = secrets.map((_, lane) => this.#replica(lane));
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        if (i !== j) this.step(i, { kind: 'connected', peer: { kind: 'lane', lane: j } });
      }
    }
  }

  #replica(lane: number): Replica {
    const table = new Map<string, Uint8Array>();
    return new Replica({
      genesis: this.genesis,
      ledgerId: this.ledgerId,
      committee: this.committee,
      lane,
      signer: createSigner(secrets[lane] as Uint8Array),
      store: {
        get: (key) => table.get(key),
        put: (key, value) => void table.set(key, value),
        delete: (key) => void table.delete(key),
      },
      archive: { read: (ordinal) => defined(this.journals[lane]?.[ordinal - 1], 'a record') },
      policy: DEFAULT_POLICY,
    });
  }

  restart(lane: number): void {
    const replica = this.#replica(lane);
    this.replicas[lane] = replica;
    for (const bytes of this.journals[lane] as Uint8Array[]) {
      const opened = openBlock(bytes, this.committee, this.ledgerId, verifier);
      assert(opened.ok);
      const effects = replica.restore(opened.value);
      assert.equal(effects.halt, null);
      this.#root(lane, effects);
    }
    this.down.delete(lane);
    for (let j = 0; j < 4; j++) {
      if (j === lane) continue;
      this.step(lane, { kind: 'connected', peer: { kind: 'lane', lane: j } });
      this.step(j, { kind: 'connected', peer: { kind: 'lane', lane } });
    }
  }

  step(lane: number, input: Input): Effects {
    const effects = (this.replicas[lane] as Replica).step(this.now, input);
    assert.equal(effects.halt, null, JSON.stringify(effects.halt));
    this.journals[lane]?.push(...effects.persist);
    this.statuses[lane]?.push(...effects.statuses);
    for (const { to, message } of effects.send) {
      for (let other = 0; other < 4; other++) {
        const meant = to === 'all' ? other !== lane : to.kind === 'lane' && to.lane === other;
        if (meant) this.#queue.push({ from: lane, to: other, message });
      }
    }
    this.#root(lane, effects);
    return effects;
  }

  #root(lane: number, effects: Effects): void {
    for (const { epoch } of effects.work) {
      const work = (this.replicas[lane] as Replica).rootWork(epoch);
      let next = work.next();
      while (!next.done) next = work.next();
      this.step(lane, { kind: 'rooted', epoch, ...next.value });
    }
  }

  deliver(): void {
    const batch = this.#queue;
    this.#queue = [];
    for (const { from, to, message } of batch) {
      if (this.down.has(to) || this.down.has(from)) continue;
      const peer = { kind: 'lane', lane: from } as const;
      if (message.kind === 'block') this.#block(from, to, message.bytes);
      else if (message.kind === 'heads' || message.kind === 'want') {
        if (message.kind === 'heads' && message.yours !== null)
          this.#block(from, to, message.yours);
        this.step(to, { kind: 'message', from: peer, message });
      }
    }
  }

  #block(from: number, to: number, bytes: Uint8Array): void {
    const opened = openBlock(bytes, this.committee, this.ledgerId, verifier);
    assert(opened.ok, opened.ok ? '' : opened.error.detail);
    this.step(to, { kind: 'block', from: { kind: 'lane', lane: from }, block: opened.value });
  }

  run(ms: number): void {
    for (const end = this.now + ms; this.now < end; this.now++) {
      this.deliver();
      for (let lane = 0; lane < 4; lane++) {
        if (!this.down.has(lane)) this.step(lane, { kind: 'tick' });
      }
    }
  }

  coin(index: number): Outpoint {
    const key = [...genesisCoins(this.genesis)][index]?.[0];
    return parseOutpointKey(defined(key, 'a coin'));
  }

  pay(inputs: Outpoint[], outputs: Output[]): Verified<Transaction> {
    const body = { ledgerId: this.ledgerId, validUntil: 1000, inputs, outputs };
    const signature = createSigner(owner.secret).sign(txidOf(body) as string as Digest);
    const witness = { kind: 'key', publicKey: owner.publicKey, signature } as const;
    const bytes = encodeTransaction(body, [witness]);
    assert(decodeTransaction(bytes).ok);
    const opened = openTransaction(bytes, this.ledgerId, verifier);
    assert(opened.ok);
    return opened.value;
  }
}

const lock = keyLock(owner.publicKey);

test('a payment is final at all validators, then in a certified checkpoint', () => {
  const cluster = new Cluster();
  cluster.run(10);
  const tx = cluster.pay([cluster.coin(0)], [{ amount: 990n, lock }]);
  const { submitted } = cluster.step(0, { kind: 'submit', tx });
  assert.deepEqual(submitted, [{ txid: tx.txid, ok: true }]);
  cluster.run(100);
  for (const statuses of cluster.statuses) {
    assert(statuses.some((status) => status.kind === 'final' && status.txid === tx.txid));
  }
  cluster.run(2000);
  for (const replica of cluster.replicas) {
    assert.deepEqual(replica.status(tx.txid), { state: 'checkpointed', epoch: 1 });
  }
  const blocks = cluster.journals[0]?.length;
  cluster.run(5000);
  assert.equal(cluster.journals[0]?.length, blocks, 'an idle network sends no blocks');
});

test('a double spend through two lanes: one is accepted everywhere, the loser names the winner', () => {
  const cluster = new Cluster();
  cluster.run(10);
  const coin = cluster.coin(0);
  const txs = [990n, 980n, 970n, 960n].map((amount) => cluster.pay([coin], [{ amount, lock }]));
  for (const [lane, tx] of txs.entries()) cluster.step(lane, { kind: 'submit', tx });
  cluster.run(5000);
  const statuses = txs.map((tx) => cluster.replicas.map((replica) => replica.status(tx.txid)));
  for (const row of statuses) for (const each of row) assert.deepEqual(each, row[0]);
  const winners = statuses.filter((row) => row[0]?.state === 'checkpointed');
  assert.equal(winners.length, 1);
});

test('a validator that was down catches up and continues its lane', () => {
  const cluster = new Cluster();
  cluster.run(10);
  const first = cluster.pay([cluster.coin(1)], [{ amount: 990n, lock }]);
  cluster.step(3, { kind: 'submit', tx: first });
  cluster.run(50);
  cluster.down.add(3);
  const txs = [5, 6, 7].map((i) => cluster.pay([cluster.coin(i)], [{ amount: 990n, lock }]));
  for (const tx of txs) {
    cluster.step(0, { kind: 'submit', tx });
    cluster.run(3000);
  }
  for (const tx of txs) assert.equal(cluster.replicas[1]?.status(tx.txid).state, 'checkpointed');
  cluster.restart(3);
  cluster.run(3000);
  for (const tx of txs) assert.equal(cluster.replicas[3]?.status(tx.txid).state, 'checkpointed');
  const last = cluster.pay([cluster.coin(9)], [{ amount: 990n, lock }]);
  cluster.step(3, { kind: 'submit', tx: last });
  cluster.run(3000);
  for (const replica of cluster.replicas)
    assert.equal(replica.status(last.txid).state, 'checkpointed');
});
