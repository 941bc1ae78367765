import type {
  AddressIndex,
  HealthCheck,
  NodePort,
  PeerView,
  Submission,
  UnspentEntry,
  WaitLevel,
} from '../../src/api/ports.ts';
import { StatusLog } from '../../src/api/status-log.ts';
import { reached } from '../../src/api/waits.ts';
import { checkpointDigest } from '../../src/codec/checkpoint.ts';
import { genesisCoins, ledgerIdOf, paramsDigest } from '../../src/codec/genesis.ts';
import { toHex } from '../../src/codec/hex.ts';
import { listRoot, proveList } from '../../src/codec/merkle-list.ts';
import { encodeTransaction, txidOf } from '../../src/codec/transaction.ts';
import { encodeAddress } from '../../src/crypto/address.ts';
import { taggedHash } from '../../src/crypto/hash.ts';
import { keyLock } from '../../src/crypto/locks.ts';
import { hexToBytes } from '../../src/crypto/native-bytes.ts';
import { createSigner } from '../../src/crypto/sign.ts';
import { createVerifier } from '../../src/crypto/verify.ts';
import type { Evidence } from '../../src/replica/effects.ts';
import { openTransaction } from '../../src/replica/ingress.ts';
import type {
  LaneView,
  OutputView,
  Progress,
  ReplicaCounters,
  ReplicaView,
  TxStatus,
} from '../../src/replica/view.ts';
import { type Problem, problem } from '../../src/types/errors.ts';
import type { Genesis } from '../../src/types/genesis.ts';
import {
  type Digest,
  type Lock,
  type Outpoint,
  type OutpointKey,
  outpointKey,
  parseOutpointKey,
  type TxId,
  ZERO_DIGEST,
} from '../../src/types/ids.ts';
import type { Certificate } from '../../src/types/ledger.ts';
import type { OutputProof, TransactionProof } from '../../src/types/proof.ts';
import type { Signer } from '../../src/types/signature.ts';
import type { Output, Transaction, TransactionBody } from '../../src/types/transaction.ts';

const leafOf = (txid: TxId) => taggedHash('list-leaf', hexToBytes(txid));
const secret = (seed: number) => new Uint8Array(32).fill(seed);
export const alice = createSigner(secret(1));
export const bob = createSigner(secret(2));
export const lockOf = (signer: Signer): Lock => keyLock(signer.publicKey);
export const GENESIS_AMOUNT = 1_000_000n;
const FEE = 10n;

export const genesis: Genesis = {
  format: 1,
  name: 'api-test',
  addressPrefix: 'althdev',
  committee: [11, 12, 13, 14].map((seed, lane) => ({
    name: `validator-${lane}`,
    publicKey: toHex(createSigner(secret(seed)).publicKey),
  })),
  params: { minFee: FEE, laneWindowMax: 64, blockTxsMax: 500, blockBytesMax: 1_000_000 },
  outputs: Array.from({ length: 1200 }, () => ({ amount: GENESIS_AMOUNT, lock: lockOf(alice) })),
};
export const ledgerId = ledgerIdOf(genesis);
export const coinKeys = [...genesisCoins(genesis)].map(([key]) => key);
export const coinAt = (index: number): Outpoint => parseOutpointKey(coinKeys[index] as OutpointKey);
export const addressOf = (signer: Signer) => encodeAddress(genesis.addressPrefix, lockOf(signer));

/** A payment of genesis output `index` to bob, or any change of one. */
export function payment(index: number, change: Partial<TransactionBody> = {}): TransactionBody {
  return {
    ledgerId,
    validUntil: 1000,
    inputs: [coinAt(index)],
    outputs: [{ amount: GENESIS_AMOUNT - FEE, lock: lockOf(bob) }],
    ...change,
  };
}

export function signed(body: TransactionBody, signer: Signer = alice): Uint8Array {
  const signature = signer.sign(txidOf(body) as string as Digest);
  return encodeTransaction(body, [{ kind: 'key', publicKey: signer.publicKey, signature }]);
}

type FakeCoin = Output & { spentBy: TxId | null; accepted: boolean };
type Waiter = { txid: TxId; level: WaitLevel; done: () => void };

class WatchedLog extends StatusLog {
  waiting = 0;

  override async changed(timeoutMs: number, signal: AbortSignal): Promise<void> {
    this.waiting += 1;
    await super.changed(timeoutMs, signal);
    this.waiting -= 1;
  }
}

/**
 * A node of one process and no network: real codec and signatures, a small ledger in memory. Nothing
 * becomes final before the test says so.
 */
export class FakeNode implements NodePort, ReplicaView {
  readonly version = '0.0.0-test';
  readonly genesis = genesis;
  readonly ledgerId = ledgerId;
  readonly quorum = 3;
  readonly lane = 0;
  readonly startedMs = Date.UTC(2026, 0, 1);
  readonly view: ReplicaView = this;
  readonly statusLog = new WatchedLog();
  faucet: NodePort['faucet'] = async (lock, amount) => this.#pay(lock, amount);
  /** Answers every submission so, before it is looked at. */
  refusal: Problem | null = null;
  haltedBecause: string | null = null;
  checks: HealthCheck[] = [{ name: 'quorum', ok: true, detail: '4 of 4 connected' }];
  evidenceFound: Evidence[] = [];
  ready = true;
  epoch = 0;
  submitCalls = 0;
  readonly #verifier = createVerifier('auto');
  readonly #coins = new Map<OutpointKey, FakeCoin>();
  readonly #statuses = new Map<TxId, TxStatus>();
  readonly #transactions = new Map<TxId, Transaction>();
  readonly #waiters = new Set<Waiter>();
  readonly #certificates: { certificate: Certificate; txids: TxId[] }[] = [];
  #faucetIndex = genesis.outputs.length;

  constructor() {
    for (const [key, { amount, lock }] of genesisCoins(genesis)) {
      this.#coins.set(key, { amount, lock, spentBy: null, accepted: true });
    }
  }

  get verifierBackend(): string {
    return this.#verifier.backend;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Resolves when exactly `count` transactions are waited for. */
  async waits(count: number): Promise<void> {
    while (this.#waiters.size !== count) await new Promise((resolve) => setImmediate(resolve));
  }

  async waitsAtLeast(count: number): Promise<void> {
    while (this.#waiters.size < count) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Resolves when exactly `count` readers of the feed wait. */
  async readers(count: number): Promise<void> {
    while (this.statusLog.waiting !== count) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Equal texts, equal states. */
  fingerprint(): string {
    const coins = [...this.#coins].map(([key, coin]) => `${key}:${coin.spentBy}:${coin.accepted}`);
    return JSON.stringify([this.epoch, coins, [...this.#statuses]]);
  }

  readonly addresses: AddressIndex = {
    epoch: () => this.epoch,
    unspent: async (lock, after, limit) => {
      const found: UnspentEntry[] = [];
      for (const key of [...this.#coins.keys()].sort()) {
        if (after !== null && key <= after) continue;
        const coin = this.#coins.get(key) as FakeCoin;
        if (coin.lock !== lock || coin.spentBy !== null || !coin.accepted) continue;
        if (found.push({ key, amount: coin.amount }) === limit) break;
      }
      return found;
    },
  };

  async submit(transactions: readonly Uint8Array[]): Promise<readonly Submission[]> {
    this.submitCalls += 1;
    return transactions.map((bytes) => this.#submitOne(bytes.slice()));
  }

  waitFor(txid: TxId, level: WaitLevel, timeoutMs: number, signal: AbortSignal): Promise<TxStatus> {
    const now = this.status(txid);
    if (reached(now, level) || signal.aborted) return Promise.resolve(now);
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#waiters.delete(waiter);
        resolve(this.status(txid));
      };
      const waiter = { txid, level, done };
      const timer = setTimeout(done, timeoutMs);
      signal.addEventListener('abort', done);
      this.#waiters.add(waiter);
    });
  }

  /** Moves a transaction on and answers who waits for that. */
  set(txid: TxId, status: TxStatus): void {
    this.#statuses.set(txid, status);
    for (const waiter of [...this.#waiters]) {
      if (waiter.txid === txid && reached(status, waiter.level)) waiter.done();
    }
  }

  finalize(txid: TxId): void {
    for (const [index] of (this.#transactions.get(txid) as Transaction).outputs.entries()) {
      (this.#coins.get(outpointKey(txid, index)) as FakeCoin).accepted = true;
    }
    this.set(txid, { state: 'final', path: 'clean' });
  }

  /** Closes an epoch with these final transactions. */
  checkpoint(...txids: TxId[]): void {
    this.epoch += 1;
    const leaves = txids.map((txid) => leafOf(txid));
    const previous = this.#certificates.at(-1)?.certificate.checkpoint;
    const checkpoint = {
      ledgerId,
      committee: 0,
      paramsDigest: paramsDigest(genesis.params),
      epoch: this.epoch,
      prev: previous === undefined ? ledgerId : checkpointDigest(previous),
      cut: ZERO_DIGEST,
      txRoot: listRoot(leaves),
      stateRoot: ZERO_DIGEST,
      acceptedCount: txids.length,
      rejectedCount: 0,
      timeMs: this.startedMs + this.epoch,
    };
    const digest = checkpointDigest(checkpoint);
    const signatures = [11, 12, 13].map((seed, lane) => ({
      lane,
      signature: createSigner(secret(seed)).sign(digest),
    }));
    this.#certificates.push({ certificate: { checkpoint, signatures }, txids });
    for (const txid of txids) this.set(txid, { state: 'checkpointed', epoch: this.epoch });
  }

  peers(): readonly PeerView[] {
    return [1, 2, 3].map((lane) => ({
      peerId: `peer-${lane}`,
      lane,
      addresses: [`/ip4/127.0.0.1/tcp/${4650 + lane}`],
      connected: lane !== 3,
      sinceMs: this.startedMs,
      roundTripMs: lane === 3 ? null : 1.5,
    }));
  }

  halted(): string | null {
    return this.haltedBecause;
  }

  readiness(): readonly HealthCheck[] {
    return this.checks;
  }

  progress(): Progress {
    const { epoch, ready } = this;
    return { decided: epoch, applied: epoch, stable: epoch, view: 0, ready };
  }

  counters(): ReplicaCounters {
    return {
      submitted: this.#transactions.size,
      admittedTxs: 2,
      finalClean: 3,
      finalContested: 4,
      rejectedTxs: 5,
      droppedTxs: 6,
      admittedBlocks: 7,
      builtBlocks: 8,
      refusedBlocks: 9,
      waitingBlocks: 10,
      contested: 11,
      viewChanges: 12,
      pulls: 13,
      equivocations: 14,
      mempoolTxs: 15,
      mempoolBytes: 16,
      orphans: 17,
      uncheckpointedTxs: 18,
    };
  }

  lanes(): readonly LaneView[] {
    return genesis.committee.map((_, lane) => ({
      lane,
      seq: 5,
      head: ZERO_DIGEST,
      headTimeMs: this.startedMs,
      certified: 4,
      final: 3,
      equivocates: false,
      waiting: 0,
    }));
  }

  status(txid: TxId): TxStatus {
    return this.#statuses.get(txid) ?? { state: 'unknown' };
  }

  transactionBytes(txid: TxId): Uint8Array | undefined {
    return this.#transactions.get(txid)?.bytes;
  }

  output(key: OutpointKey): OutputView | undefined {
    const coin = this.#coins.get(key);
    if (coin === undefined) return undefined;
    const { amount, lock, spentBy, accepted } = coin;
    const state = spentBy !== null ? 'spent' : accepted ? 'unspent' : 'pending';
    return { amount, lock, state, acceptedEpoch: 0, spentBy, spentEpoch: null };
  }

  certificate(epoch: number): Certificate | undefined {
    return this.#certificates[epoch - 1]?.certificate;
  }

  transactionProof(txid: TxId): TransactionProof | undefined {
    const found = this.#certificates.find(({ txids }) => txids.includes(txid));
    if (found === undefined) return undefined;
    const leaves = found.txids.map((one) => leafOf(one));
    return {
      certificate: found.certificate,
      outcome: { txid, accepted: true },
      path: proveList(leaves, found.txids.indexOf(txid)),
    };
  }

  outputProof(txid: TxId): OutputProof | undefined {
    const certificate = this.#certificates.at(-1)?.certificate;
    if (certificate === undefined) return undefined;
    const path = { key: txid, siblings: [ZERO_DIGEST], leaf: { key: txid, value: ZERO_DIGEST } };
    const unspent = [{ index: 0, amount: GENESIS_AMOUNT, lock: lockOf(bob) }];
    return { certificate, txid, unspent, acceptedEpoch: 1, path };
  }

  evidence(): readonly Evidence[] {
    return this.evidenceFound;
  }

  #pay(lock: Lock, amount: bigint): Submission {
    this.#faucetIndex -= 1;
    const outputs = [{ amount, lock }];
    return this.#submitOne(signed(payment(this.#faucetIndex, { outputs })));
  }

  #submitOne(bytes: Uint8Array): Submission {
    const opened = openTransaction(bytes, ledgerId, this.#verifier);
    if (!opened.ok) return { ok: false, txid: null, problem: opened.error };
    const tx = opened.value;
    const { txid } = tx;
    if (this.refusal !== null) return { ok: false, txid, problem: this.refusal };
    if (this.#statuses.has(txid)) return { ok: true, txid, known: true };
    const refused = this.#contextFault(tx);
    if (refused !== null) return { ok: false, txid, ...refused };
    for (const { txid: parent, index } of tx.inputs) {
      (this.#coins.get(outpointKey(parent, index)) as FakeCoin).spentBy = txid;
    }
    for (const [index, output] of tx.outputs.entries()) {
      this.#coins.set(outpointKey(txid, index), { ...output, spentBy: null, accepted: false });
    }
    this.#transactions.set(txid, tx);
    this.#statuses.set(txid, { state: 'pending' });
    return { ok: true, txid, known: false };
  }

  #contextFault(tx: Transaction): { problem: Problem; winner?: TxId } | null {
    let inputs = 0n;
    for (const { txid, index } of tx.inputs) {
      const coin = this.#coins.get(outpointKey(txid, index));
      if (coin === undefined) return { problem: problem('unknown-input', `${txid}/${index}`) };
      if (coin.spentBy !== null) {
        return { problem: problem('input-conflict', `${txid}/${index}`), winner: coin.spentBy };
      }
      if (!tx.witnessLocks.includes(coin.lock)) {
        return { problem: problem('witness-missing', `${txid}/${index}`) };
      }
      inputs += coin.amount;
    }
    const outputs = tx.outputs.reduce((sum, { amount }) => sum + amount, 0n);
    if (outputs > inputs) return { problem: problem('inputs-below-outputs', `${inputs}`) };
    if (inputs - outputs < FEE) return { problem: problem('insufficient-fee', `${FEE}`) };
    if (tx.validUntil <= this.epoch) return { problem: problem('expired', `${this.epoch}`) };
    return null;
  }
}
