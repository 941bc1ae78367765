import assert from 'node:assert/strict';
import { decodeBlock } from '../../src/codec/block.ts';
import { genesisCoins, ledgerIdOf } from '../../src/codec/genesis.ts';
import { toHex } from '../../src/codec/hex.ts';
import { decodeTransaction, encodeTransaction, txidOf } from '../../src/codec/transaction.ts';
import { type Committee, createCommittee } from '../../src/committee/committee.ts';
import { keyPair } from '../../src/crypto/keys.ts';
import { keyLock } from '../../src/crypto/locks.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import { createVerifier } from '../../src/crypto/verify.ts';
import type { Effects, Input, Outbound, StatusChange } from '../../src/replica/effects.ts';
import { openBlock, openSharedBlock, openTransaction } from '../../src/replica/ingress.ts';
import { Replica } from '../../src/replica/replica.ts';
import { DEFAULT_POLICY, type ReplicaOptions } from '../../src/replica/replica-options.ts';
import { defined } from '../../src/std/assert.ts';
import { runToEnd } from '../../src/std/slices.ts';
import { MemoryStore } from '../../src/storage/memory-store.ts';
import type { Block, Vote } from '../../src/types/block.ts';
import type { Genesis, Params } from '../../src/types/genesis.ts';
import {
  type Digest,
  type LedgerId,
  type Outpoint,
  parseOutpointKey,
} from '../../src/types/ids.ts';
import { isStateMessage } from '../../src/types/message.ts';
import type { Verifier } from '../../src/types/signature.ts';
import type { Output, Transaction, Verified } from '../../src/types/transaction.ts';

export const verifier = createVerifier('auto');
export const secrets = [1, 2, 3, 4].map((i) => new Uint8Array(32).fill(i));
const owner = defined(keyPair(new Uint8Array(32).fill(9)), 'a key');

/** The same, which counts. */
export function counting(count: { checks: number }): Verifier {
  const { backend } = verifier;
  return { backend, verify: (check) => ++count.checks > 0 && verifier.verify(check) };
}

function genesis(validators: number, params: Partial<Params>): Genesis {
  return {
    format: 1,
    name: 'test',
    addressPrefix: 'althdev',
    committee: secrets.slice(0, validators).map((secret, i) => ({
      name: `v${i}`,
      publicKey: toHex(defined(keyPair(secret), 'a key').publicKey),
    })),
    params: {
      minFee: 1n,
      laneWindowMax: 32,
      blockTxsMax: 1000,
      blockBytesMax: 1_000_000,
      ...params,
    },
    outputs: Array.from({ length: 50 }, () => ({ amount: 1000n, lock: keyLock(owner.publicKey) })),
  };
}

/** Owner of everything in the genesis. */
export const lock = keyLock(owner.publicKey);

/** Up to four replicas without network or disk; messages arrive in the order of sending, one millisecond later. */
export class ReplicaCluster {
  readonly genesis: Genesis;
  readonly ledgerId: LedgerId;
  readonly committee: Committee;
  readonly journals: Uint8Array[][];
  readonly statuses: StatusChange[][];
  readonly stores: MemoryStore[];
  readonly replicas: Replica[];
  readonly down = new Set<number>();
  now = 0;
  readonly #options: Partial<ReplicaOptions>;
  #queue: { from: number; to: number; message: Outbound['message'] }[] = [];

  constructor(
    validators = secrets.length,
    options: Partial<ReplicaOptions> = {},
    params: Partial<Params> = {},
  ) {
    this.#options = options;
    this.genesis = genesis(validators, params);
    this.ledgerId = ledgerIdOf(this.genesis);
    this.committee = createCommittee(this.genesis.committee);
    const lanes = Array.from({ length: validators }, (_, lane) => lane);
    this.journals = lanes.map(() => []);
    this.statuses = lanes.map(() => []);
    this.stores = lanes.map(() => new MemoryStore());
    this.replicas = lanes.map((lane) => this.#replica(lane));
    for (const i of lanes) {
      for (const j of lanes) {
        if (i !== j) this.step(i, { kind: 'connected', peer: { kind: 'lane', lane: j } });
      }
    }
  }

  #replica(lane: number): Replica {
    const store = new MemoryStore();
    this.stores[lane] = store;
    return new Replica({
      genesis: this.genesis,
      ledgerId: this.ledgerId,
      committee: this.committee,
      lane,
      signer: createSigner(secrets[lane] as Uint8Array),
      store,
      archive: { read: (ordinal) => defined(this.journals[lane]?.[ordinal - 1], 'a record') },
      policy: DEFAULT_POLICY,
      verifier,
      ...this.#options,
    });
  }

  restart(lane: number): void {
    const replica = this.#replica(lane);
    this.replicas[lane] = replica;
    for (const bytes of this.journals[lane] as Uint8Array[]) {
      const opened = openSharedBlock(bytes, this.committee, this.ledgerId, verifier);
      assert(opened.ok);
      const effects = replica.restore(this.now, opened.value.block);
      assert.equal(effects.halt, null);
      this.#root(lane, effects);
    }
    replica.restored();
    this.down.delete(lane);
    for (let j = 0; j < this.committee.n; j++) {
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
      for (let other = 0; other < this.committee.n; other++) {
        const meant = to === 'all' ? other !== lane : to.kind === 'lane' && to.lane === other;
        if (meant) this.#queue.push({ from: lane, to: other, message });
      }
    }
    this.#root(lane, effects);
    return effects;
  }

  #root(lane: number, effects: Effects): void {
    for (const { epoch } of effects.work) {
      const roots = runToEnd((this.replicas[lane] as Replica).rootWork(epoch));
      this.step(lane, { kind: 'rooted', epoch, ...roots });
    }
  }

  deliver(): void {
    const batch = this.#queue;
    this.#queue = [];
    for (const { from, to, message } of batch) {
      if (this.down.has(to) || this.down.has(from)) continue;
      const peer = { kind: 'lane', lane: from } as const;
      if (message.kind === 'block') this.receive(from, to, message.bytes);
      else if (message.kind !== 'transactions' && !isStateMessage(message)) {
        if (message.kind === 'heads' && message.yours !== null)
          this.receive(from, to, message.yours);
        this.step(to, { kind: 'message', from: peer, message });
      }
    }
  }

  receive(from: number, to: number, bytes: Uint8Array): void {
    const peer = { kind: 'lane', lane: from } as const;
    if (this.genesis.params.sharedChecks === true) {
      const opened = openSharedBlock(bytes, this.committee, this.ledgerId, verifier);
      assert(opened.ok, opened.ok ? '' : opened.error.detail);
      const { block } = opened.value;
      const looks = this.replicas[to]?.checks(block.header) === true;
      const witnesses = looks ? opened.value.witnesses : 'unchecked';
      this.step(to, { kind: 'block', from: peer, block, witnesses });
      return;
    }
    const opened = openBlock(bytes, this.committee, this.ledgerId, verifier);
    assert(opened.ok, opened.ok ? '' : opened.error.detail);
    this.step(to, { kind: 'block', from: peer, block: opened.value });
  }

  run(ms: number): void {
    for (const end = this.now + ms; this.now < end; this.now++) {
      this.deliver();
      for (let lane = 0; lane < this.committee.n; lane++) {
        if (!this.down.has(lane)) this.step(lane, { kind: 'tick' });
      }
    }
  }

  runUntil(isSo: () => boolean): void {
    for (let ms = 0; !isSo(); ms++) {
      assert(ms < 10_000, 'it comes');
      this.run(1);
    }
  }

  /** The lane has said this, and what it said reaches the others when the cluster goes on. */
  runUntilVoted(lane: number, kind: Vote['kind']): void {
    const isSaid = ({ votes }: Block) => votes.some((vote) => vote.kind === kind);
    this.runUntil(() => this.said(lane).some(isSaid));
  }

  /** The lane's own blocks, as its journal has them. */
  said(lane: number): Block[] {
    const blocks = (this.journals[lane] ?? []).map(blockOf);
    return blocks.filter(({ header }) => header.lane === lane);
  }

  coin(index: number): Outpoint {
    const key = [...genesisCoins(this.genesis)][index]?.[0];
    return parseOutpointKey(defined(key, 'a coin'));
  }

  pay(inputs: Outpoint[], outputs: Output[], validUntil = 1000): Verified<Transaction> {
    const body = { ledgerId: this.ledgerId, validUntil, inputs, outputs };
    const signature = createSigner(owner.secret).sign(txidOf(body) as string as Digest);
    const witness = { kind: 'key', publicKey: owner.publicKey, signature } as const;
    const bytes = encodeTransaction(body, [witness]);
    assert(decodeTransaction(bytes).ok);
    const opened = openTransaction(bytes, this.ledgerId, verifier);
    assert(opened.ok);
    return opened.value;
  }
}

export function blockOf(bytes: Uint8Array): Block {
  const block = decodeBlock(bytes);
  assert(block.ok);
  return block.value;
}
