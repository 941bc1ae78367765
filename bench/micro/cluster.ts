import { decodeBlock } from '../../src/codec/block.ts';
import { genesisCoins, ledgerIdOf } from '../../src/codec/genesis.ts';
import { toHex } from '../../src/codec/hex.ts';
import { decodeTransaction, encodeTransaction, txidOf } from '../../src/codec/transaction.ts';
import { type Committee, createCommittee } from '../../src/committee/committee.ts';
import { keyPair } from '../../src/crypto/keys.ts';
import { keyLock } from '../../src/crypto/locks.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import type { Input, Outbound } from '../../src/replica/effects.ts';
import { trust } from '../../src/replica/ingress.ts';
import { Replica } from '../../src/replica/replica.ts';
import { DEFAULT_POLICY, type Policy } from '../../src/replica/replica-options.ts';
import { defined } from '../../src/std/assert.ts';
import { runToEnd } from '../../src/std/slices.ts';
import { MemoryStore } from '../../src/storage/memory-store.ts';
import type { Block, Witnesses } from '../../src/types/block.ts';
import type { Genesis, Params } from '../../src/types/genesis.ts';
import { type Digest, type LedgerId, parseOutpointKey } from '../../src/types/ids.ts';
import { isStateMessage } from '../../src/types/message.ts';
import type { Verifier } from '../../src/types/signature.ts';
import type { Transaction, Verified } from '../../src/types/transaction.ts';

const OWNER = defined(keyPair(new Uint8Array(32).fill(9)), 'a key');
const LOCK = keyLock(OWNER.publicKey);
const GREETING_MS = 20;

/** What the ingress of a validator makes of a peer's block. */
export type Opened = { readonly block: Verified<Block>; readonly witnesses?: Witnesses };

export type ClusterOptions = {
  /** How many; 4 by default. */
  readonly validators?: number;
  /** Coins of the genesis. */
  readonly coins: number;
  readonly params?: Partial<Params>;
  readonly policy?: Partial<Policy>;
  readonly verifier?: Verifier;
  /** Default: nothing is checked. */
  readonly open?: (bytes: Uint8Array, receiver: Replica) => Opened;
};

/** Replicas in one process, each with a store in memory; links are instant, and there is no disk. */
export class Cluster {
  readonly committee: Committee;
  readonly n: number;
  /** Simulated milliseconds. */
  now = 0;
  /** Transactions that became final, of all validators. */
  final = 0;
  /** Certificates that the first validator has seen. */
  certified = 0;
  /** Blocks that left the replicas, one for each receiver. */
  readonly sent = { messages: 0, bytes: 0 };
  readonly #genesis: Genesis;
  readonly #ledgerId: LedgerId;
  readonly #open: (bytes: Uint8Array, receiver: Replica) => Opened;
  readonly #replicas: readonly Replica[];
  readonly #journals: readonly Uint8Array[][];
  #queue: { from: number; to: number; message: Outbound['message'] }[] = [];

  constructor({ coins, params, policy, verifier, ...options }: ClusterOptions) {
    const { validators = 4, open = openUnchecked } = options;
    const secrets = Array.from({ length: validators }, (_, lane) =>
      new Uint8Array(32).fill(lane + 1),
    );
    const genesis = genesisOf(coins, secrets, params);
    const ledgerId = ledgerIdOf(genesis);
    const committee = createCommittee(genesis.committee);
    this.#genesis = genesis;
    this.#ledgerId = ledgerId;
    this.committee = committee;
    this.n = validators;
    this.#open = open;
    this.#journals = secrets.map(() => []);
    this.#replicas = secrets.map((secret, lane) => {
      const read = (ordinal: number) => defined(this.#journals[lane]?.[ordinal - 1], 'a record');
      return new Replica({
        genesis,
        ledgerId,
        committee,
        lane,
        signer: createSigner(secret),
        store: new MemoryStore(),
        archive: { read },
        policy: { ...DEFAULT_POLICY, ...policy },
        ...(verifier === undefined ? {} : { verifier }),
      });
    });
  }

  /** Blocks in a journal. */
  get blocks(): number {
    return this.#journals.reduce((sum, journal) => sum + journal.length, 0) / this.n;
  }

  /** Everybody meets everybody, which belongs to nothing that is measured. */
  connect(): void {
    for (let i = 0; i < this.n; i++) {
      for (let j = 0; j < this.n; j++) {
        if (i !== j) this.step(i, { kind: 'connected', peer: { kind: 'lane', lane: j } });
      }
    }
    for (let k = 0; k < GREETING_MS; k++) this.pass(1);
  }

  step(lane: number, input: Input): void {
    const replica = defined(this.#replicas[lane], 'a replica');
    const effects = replica.step(this.now, input);
    if (effects.halt !== null) throw new Error(effects.halt.detail);
    this.#journals[lane]?.push(...effects.persist);
    this.final += effects.statuses.filter(({ kind }) => kind === 'final').length;
    if (lane === 0) this.certified += effects.certified.length;
    for (const { to, message } of effects.send) {
      for (let other = 0; other < this.n; other++) {
        const meant = to === 'all' ? other !== lane : to.kind === 'lane' && to.lane === other;
        if (!meant) continue;
        this.#queue.push({ from: lane, to: other, message });
        if (message.kind !== 'block') continue;
        this.sent.messages += 1;
        this.sent.bytes += message.bytes.length;
      }
    }
    for (const { epoch } of effects.work) {
      const roots = runToEnd(replica.rootWork(epoch));
      this.step(lane, { kind: 'rooted', epoch, ...roots });
    }
  }

  /** Time passes; what was sent before arrives. */
  pass(ms: number): void {
    this.now += ms;
    this.#deliver();
    for (let lane = 0; lane < this.n; lane++) this.step(lane, { kind: 'tick' });
  }

  /** A payment of each coin. Not signed: then nobody may check it. */
  payments(amounts: readonly bigint[], isSigned: boolean): Verified<Transaction>[] {
    const ledgerId = this.#ledgerId;
    const outputs = amounts.map((amount) => ({ amount, lock: LOCK }));
    const { publicKey, secret } = OWNER;
    const signer = createSigner(secret);
    return [...genesisCoins(this.#genesis)].map(([key]) => {
      const body = { ledgerId, validUntil: 100_000, inputs: [parseOutpointKey(key)], outputs };
      const signature = isSigned
        ? signer.sign(txidOf(body) as string as Digest)
        : new Uint8Array(64);
      const bytes = encodeTransaction(body, [{ kind: 'key', publicKey, signature }]);
      const decoded = decodeTransaction(bytes);
      if (!decoded.ok) throw new Error(decoded.error.detail);
      return trust(decoded.value);
    });
  }

  #deliver(): void {
    const batch = this.#queue;
    this.#queue = [];
    for (const { from, to, message } of batch) {
      const peer = { kind: 'lane', lane: from } as const;
      if (message.kind === 'block') {
        const receiver = defined(this.#replicas[to], 'a replica');
        const opened = this.#open(message.bytes, receiver);
        this.step(to, { kind: 'block', from: peer, ...opened });
      } else if (message.kind !== 'transactions' && !isStateMessage(message)) {
        this.step(to, { kind: 'message', from: peer, message });
      }
    }
  }
}

export function decoded(bytes: Uint8Array): Block {
  const block = decodeBlock(bytes);
  if (!block.ok) throw new Error(block.error);
  return block.value;
}

export function openUnchecked(bytes: Uint8Array): Opened {
  return { block: trust(decoded(bytes)) };
}

function genesisOf(
  coins: number,
  secrets: readonly Uint8Array[],
  params: Partial<Params> = {},
): Genesis {
  return {
    format: 1,
    name: 'bench',
    addressPrefix: 'althdev',
    committee: secrets.map((secret, lane) => ({
      name: `v${lane}`,
      publicKey: toHex(defined(keyPair(secret), 'a key').publicKey),
    })),
    params: {
      minFee: 1n,
      laneWindowMax: 64,
      blockTxsMax: 1000,
      blockBytesMax: 1_000_000,
      ...params,
    },
    outputs: Array.from({ length: coins }, () => ({ amount: 1000n, lock: LOCK })),
  };
}
