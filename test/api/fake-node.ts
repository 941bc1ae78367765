import { Readable } from 'node:stream';
import type {
  AddressIndex,
  HealthCheck,
  NodePort,
  PeerView,
  Snapshots,
  Submission,
  WaitLevel,
} from '../../src/api/ports.ts';
import { reached } from '../../src/api/waits.ts';
import { encodeLedgerParts, encodeSnapshotPage } from '../../src/codec/snapshot.ts';
import { createVerifier } from '../../src/crypto/verify.ts';
import { openTransaction } from '../../src/replica/ingress.ts';
import type {
  LaneView,
  OutputView,
  Progress,
  ReplicaCounters,
  ReplicaView,
  TxStatus,
} from '../../src/replica/view.ts';
import type { Problem } from '../../src/types/errors.ts';
import type { Evidence } from '../../src/types/evidence.ts';
import { type Lock, type OutpointKey, type TxId, ZERO_DIGEST } from '../../src/types/ids.ts';
import type { Certificate } from '../../src/types/ledger.ts';
import type { OutputProof, TransactionProof } from '../../src/types/proof.ts';
import type { Transaction } from '../../src/types/transaction.ts';
import { COUNTERS } from './counters.ts';
import { FakeCheckpoints } from './fake-checkpoints.ts';
import { FakeCoins } from './fake-coins.ts';
import { bob, GENESIS_AMOUNT, genesis, ledgerId, lockOf, payment, signed } from './fake-ledger.ts';
import { WatchedLog } from './watched-log.ts';

type Waiter = { txid: TxId; level: WaitLevel; done: () => void };

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
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
  /** Answers wait for it. */
  disk: Promise<void> = Promise.resolve();
  durable = () => this.disk;
  /** A step is half done until it resolves. */
  midStep: Promise<void> | null = null;
  whole = () => this.midStep;
  faucet: NodePort['faucet'] = async (lock, amount) => this.#pay(lock, amount);
  /** Answers every submission so, before it is looked at. */
  refusal: Problem | null = null;
  checks: HealthCheck[] = [{ name: 'quorum', ok: true, detail: '4 of 4 connected' }];
  evidenceFound: Evidence[] = [];
  ready = true;
  epoch = 0;
  submitCalls = 0;
  readonly #verifier = createVerifier('auto');
  readonly #coins = new FakeCoins();
  readonly #statuses = new Map<TxId, TxStatus>();
  readonly #transactions = new Map<TxId, Transaction>();
  readonly #waiters = new Set<Waiter>();
  readonly #checkpoints = new FakeCheckpoints();
  #faucetIndex = genesis.outputs.length;

  get verifierBackend(): string {
    return this.#verifier.backend;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Resolves when exactly `count` transactions are waited for. */
  waits(count: number): Promise<void> {
    return until(() => this.#waiters.size === count);
  }

  waitsAtLeast(count: number): Promise<void> {
    return until(() => this.#waiters.size >= count);
  }

  /** Resolves when exactly `count` readers of the feed wait. */
  readers(count: number): Promise<void> {
    return until(() => this.statusLog.waiting === count);
  }

  /** Equal texts, equal states. */
  fingerprint(): string {
    return JSON.stringify([this.epoch, this.#coins.fingerprint(), [...this.#statuses]]);
  }

  addresses: AddressIndex = {
    epoch: () => this.epoch,
    unspent: async (lock, after, limit) => ({
      epoch: this.epoch,
      entries: this.#coins.unspent(lock, after, limit),
    }),
    balance: async (lock, outputsMax) => this.#coins.balance(lock, outputsMax, this.epoch),
  };

  snapshots: Snapshots = {
    page: async () => ({ bytes: encodeSnapshotPage([]), next: null }),
    ledger: (epoch) => {
      const closed = this.#checkpoints.at(epoch);
      if (closed === undefined) return undefined;
      const { certificate, txids } = closed;
      const outcomes = txids.map((txid) => ({ txid, accepted: true as const }));
      const accepted = txids.map((txid) => (this.#transactions.get(txid) as Transaction).bytes);
      return Readable.from(encodeLedgerParts({ certificate, outcomes, accepted, fees: [] }));
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
    this.#coins.accept(this.#transactions.get(txid) as Transaction);
    this.set(txid, { state: 'final', path: 'clean' });
  }

  /** Closes an epoch with these final transactions. */
  checkpoint(...txids: TxId[]): void {
    this.epoch += 1;
    this.#checkpoints.close(this.epoch, txids, this.startedMs + this.epoch);
    for (const txid of txids) this.set(txid, { state: 'checkpointed', epoch: this.epoch });
  }

  /** Takes the transaction through its whole life and into epoch 1; epoch 2 is empty. */
  async settle(bytes: Uint8Array, txid: TxId): Promise<void> {
    await this.submit([bytes]);
    this.finalize(txid);
    this.checkpoint(txid);
    this.checkpoint();
  }

  peers(): readonly PeerView[] {
    return [0, 1, 2, 3].map((lane) => ({
      peerId: `peer-${lane}`,
      lane,
      addresses: [`/ip4/127.0.0.1/tcp/${4650 + lane}`],
      connected: lane !== 3,
      sinceMs: this.startedMs,
      roundTripMs: lane === 3 ? null : 1.5,
    }));
  }

  readiness(): readonly HealthCheck[] {
    return this.checks;
  }

  progress(): Progress {
    const { epoch, ready } = this;
    return { decided: epoch, applied: epoch, stable: epoch, dropped: 0, view: 0, ready };
  }

  counters(): ReplicaCounters {
    return { ...COUNTERS, submitted: this.#transactions.size };
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
    return this.#coins.output(key);
  }

  certificate(epoch: number): Certificate | undefined {
    return this.#checkpoints.at(epoch)?.certificate;
  }

  transactionProof(txid: TxId): TransactionProof | undefined {
    return this.#checkpoints.proof(txid);
  }

  outputProof(txid: TxId): OutputProof | undefined {
    const certificate = this.certificate(this.epoch);
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
    const refused = this.#coins.take(tx);
    if (refused !== null) return { ok: false, txid, ...refused };
    this.#transactions.set(txid, tx);
    this.#statuses.set(txid, { state: 'pending' });
    return { ok: true, txid, known: false };
  }
}
