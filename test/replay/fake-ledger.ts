import type { NodePort, Submission, UnspentEntry } from '../../src/api/ports.ts';
import { type Api, startApi } from '../../src/api/server.ts';
import { StatusLog } from '../../src/api/status-log.ts';
import { reached } from '../../src/api/waits.ts';
import { checkpointDigest } from '../../src/codec/checkpoint.ts';
import { genesisCoins, ledgerIdOf, paramsDigest } from '../../src/codec/genesis.ts';
import { proveList } from '../../src/codec/merkle-list.ts';
import { createVerifier } from '../../src/crypto/verify.ts';
import { outcomeLeaf, outcomeRoot, sortOutcomes } from '../../src/ledger/outcomes.ts';
import type { StatusChange } from '../../src/replica/effects.ts';
import { openTransaction } from '../../src/replica/ingress.ts';
import type { ReplicaView, TxStatus } from '../../src/replica/view.ts';
import { runToEnd } from '../../src/std/slices.ts';
import { problem } from '../../src/types/errors.ts';
import {
  type Lock,
  type OutpointKey,
  outpointKey,
  type TxId,
  ZERO_DIGEST,
} from '../../src/types/ids.ts';
import type { Certificate, Outcome } from '../../src/types/ledger.ts';
import type { Output, Transaction } from '../../src/types/transaction.ts';
import { genesis, MIN_FEE, VALIDATORS } from './fake-genesis.ts';

type Coin = Output & { spentBy: TxId | null };

/** What a test may make go wrong. */
export type Faults = {
  /** Transactions that the validator takes and forgets, each once. */
  lose: number;
  /** Answers "busy", so often. */
  busy: number;
  /** The fourth validator's checkpoints differ. */
  fork: boolean;
  /** Every n-th payment creates one unit too little; 0: none. */
  skim: number;
  /** Every output is said to be unspent. */
  forgetful: boolean;
  /** Only the validator that took a transaction tells of it. */
  silent: boolean;
};

/**
 * One ledger in memory behind the API of four validators. Everything submitted is final at once, in the
 * order of its arrival; a child waits for its parent; of two rivals the first wins, and the second is
 * rejected if it came through another validator, else turned away. An epoch ends when somebody asks.
 */
export class FakeLedger {
  readonly faults: Faults = {
    lose: 0,
    busy: 0,
    fork: false,
    skim: 0,
    forgetful: false,
    silent: false,
  };
  readonly submissions: TxId[][] = VALIDATORS.map(() => []);
  readonly apis: Api[] = [];
  readonly #ledgerId = ledgerIdOf(genesis);
  readonly #coins = new Map<OutpointKey, Coin>();
  readonly #statuses = new Map<TxId, TxStatus>();
  readonly #transactions = new Map<TxId, Transaction>();
  readonly #takenBy = new Map<TxId, number>();
  readonly #waiting = new Map<TxId, { tx: Transaction; lane: number }>();
  readonly #logs = VALIDATORS.map(() => new StatusLog());
  readonly #verifier = createVerifier('auto');
  readonly #certificates: { certificate: Certificate; outcomes: Outcome[] }[] = [];
  #open: Outcome[] = [];
  #accepted = 0;

  constructor() {
    for (const [key, { amount, lock }] of genesisCoins(genesis)) {
      this.#coins.set(key, { amount, lock, spentBy: null });
    }
  }

  get urls(): string[] {
    return this.apis.map(({ url }) => url);
  }

  async start(): Promise<void> {
    const quiet = () => undefined;
    const observer = { answered: quiet, refused: quiet, fault: quiet };
    for (const lane of VALIDATORS.keys()) {
      const node = this.#node(lane);
      this.apis.push(await startApi({ node, host: '127.0.0.1', port: 0, observer, hostNames: [] }));
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.apis.map((api) => api.close(0)));
  }

  #node(lane: number): NodePort {
    const view = this.#view(lane);
    return {
      version: '0.0.0-test',
      genesis,
      ledgerId: this.#ledgerId,
      quorum: 3,
      lane,
      verifierBackend: this.#verifier.backend,
      startedMs: Date.UTC(2026, 0, 1),
      view,
      whole: () => null,
      durable: async () => undefined,
      snapshots: {
        page: async () => ({ bytes: new Uint8Array(4), next: null }),
        ledger: () => undefined,
      },
      statusLog: this.#logs[lane]!,
      addresses: {
        epoch: () => this.#certificates.length,
        unspent: async (lock, after, limit) => ({
          epoch: this.#certificates.length,
          entries: this.#unspent(lock)
            .filter(({ key }) => after === null || key > after)
            .slice(0, limit),
        }),
        balance: async (lock) => {
          const entries = this.#unspent(lock);
          const amount = entries.reduce((sum, entry) => sum + entry.amount, 0n);
          const epoch = this.#certificates.length;
          return { epoch, amount, outputs: entries.length, complete: true };
        },
      },
      submit: async (txs) => txs.map((bytes) => this.#submit(lane, bytes.slice())),
      waitFor: async (txid, level, timeoutMs) => {
        const end = performance.now() + timeoutMs;
        while (!reached(view.status(txid), level) && performance.now() < end) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        return view.status(txid);
      },
      peers: () => [],
      readiness: () => [],
      faucet: null,
    };
  }

  #view(lane: number): ReplicaView {
    const view: Partial<ReplicaView> = {
      progress: () => {
        const epoch = this.#certificates.length;
        return { decided: epoch, applied: epoch, stable: epoch, dropped: 0, view: 0, ready: true };
      },
      counters: () => ({}) as never,
      lanes: () => [],
      status: (txid) => {
        this.#closeEpoch();
        return this.#statuses.get(txid) ?? { state: 'unknown' };
      },
      transactionBytes: (txid) => this.#transactions.get(txid)?.bytes,
      output: (key) => {
        const coin = this.#coins.get(key);
        if (coin === undefined) return undefined;
        const { amount, lock, spentBy } = coin;
        const state = spentBy === null || this.faults.forgetful ? 'unspent' : 'spent';
        return { amount, lock, state, acceptedEpoch: 0, spentBy, spentEpoch: null };
      },
      certificate: (epoch) => this.#certificate(lane, epoch),
      transactionProof: (txid) => {
        const found = this.#certificates.find((one) =>
          one.outcomes.some((outcome) => outcome.txid === txid),
        );
        if (found === undefined) return undefined;
        const index = found.outcomes.findIndex((outcome) => outcome.txid === txid);
        const path = proveList(found.outcomes.map(outcomeLeaf), index);
        return { certificate: found.certificate, outcome: found.outcomes[index]!, path };
      },
      outputProof: () => undefined,
      evidence: () => [],
    };
    return view as ReplicaView;
  }

  #certificate(lane: number, epoch: number): Certificate | undefined {
    const certificate = this.#certificates[epoch - 1]?.certificate;
    if (certificate === undefined || !this.faults.fork || lane !== 3) return certificate;
    const checkpoint = { ...certificate.checkpoint, timeMs: certificate.checkpoint.timeMs + 1 };
    return { ...certificate, checkpoint };
  }

  #unspent(lock: Lock): UnspentEntry[] {
    return [...this.#coins]
      .filter(([, coin]) => coin.lock === lock && coin.spentBy === null)
      .map(([key, { amount }]) => ({ key, amount }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  #submit(lane: number, bytes: Uint8Array): Submission {
    const opened = openTransaction(bytes, this.#ledgerId, this.#verifier);
    if (!opened.ok) return { ok: false, txid: null, problem: opened.error };
    const tx = opened.value;
    const { txid } = tx;
    if (this.#statuses.has(txid)) return { ok: true, txid, known: true };
    if (this.faults.busy > 0) {
      this.faults.busy -= 1;
      return { ok: false, txid, problem: problem('busy', 'not now') };
    }
    this.submissions[lane]!.push(txid);
    if (this.faults.lose > 0) {
      this.faults.lose -= 1;
      return { ok: true, txid, known: false };
    }
    return this.#take(lane, tx);
  }

  #take(lane: number, tx: Transaction): Submission {
    const { txid } = tx;
    const keys = tx.inputs.map((input) => outpointKey(input.txid, input.index));
    if (keys.some((key) => !this.#coins.has(key))) {
      this.#waiting.set(txid, { tx, lane });
      this.#statuses.set(txid, { state: 'pending' });
      return { ok: true, txid, known: false };
    }
    this.#transactions.set(txid, tx);
    const winner = keys.map((key) => this.#coins.get(key)!.spentBy).find((by) => by !== null);
    if (winner !== undefined) return this.#lose(lane, txid, winner);
    const spent = keys.reduce((sum, key) => sum + this.#coins.get(key)!.amount, 0n);
    const created = tx.outputs.reduce((sum, { amount }) => sum + amount, 0n);
    if (spent - created < MIN_FEE) {
      return { ok: false, txid, problem: problem('insufficient-fee', `${spent - created}`) };
    }
    for (const key of keys) this.#coins.get(key)!.spentBy = txid;
    this.#accepted += 1;
    const skimmed = this.faults.skim > 0 && this.#accepted % this.faults.skim === 0 ? 1n : 0n;
    for (const [index, { amount, lock }] of tx.outputs.entries()) {
      this.#coins.set(outpointKey(txid, index), { amount: amount - skimmed, lock, spentBy: null });
    }
    this.#takenBy.set(txid, lane);
    this.#tell(lane, { txid, kind: 'final', path: 'clean' }, { state: 'final', path: 'clean' });
    this.#open.push({ txid, accepted: true });
    this.#takeChildren();
    return { ok: true, txid, known: false };
  }

  #lose(lane: number, txid: TxId, winner: TxId): Submission {
    if (this.#takenBy.get(winner) === lane) {
      return { ok: false, txid, problem: problem('input-conflict', 'a rival'), winner };
    }
    const reason = 'input-spent';
    this.#tell(
      lane,
      { txid, kind: 'rejected', reason, winner },
      { state: 'rejected', reason, winner, epoch: null },
    );
    this.#open.push({ txid, accepted: false, reason, winner });
    return { ok: true, txid, known: false };
  }

  #takeChildren(): void {
    for (const [txid, { tx, lane }] of this.#waiting) {
      if (tx.inputs.some((input) => !this.#coins.has(outpointKey(input.txid, input.index))))
        continue;
      this.#waiting.delete(txid);
      this.#take(lane, tx);
    }
  }

  #tell(lane: number, change: StatusChange, status: TxStatus): void {
    this.#statuses.set(change.txid, status);
    const telling = this.faults.silent ? [this.#logs[lane]!] : this.#logs;
    for (const log of telling) log.append([change], Date.now());
  }

  #closeEpoch(): void {
    if (this.#open.length === 0) return;
    const outcomes = runToEnd(sortOutcomes(this.#open));
    this.#open = [];
    const epoch = this.#certificates.length + 1;
    const previous = this.#certificates.at(-1)?.certificate.checkpoint;
    const acceptedCount = outcomes.filter((outcome) => outcome.accepted).length;
    const checkpoint = {
      ledgerId: this.#ledgerId,
      committee: 0,
      paramsDigest: paramsDigest(genesis.params),
      epoch,
      prev: previous === undefined ? this.#ledgerId : checkpointDigest(previous),
      cut: ZERO_DIGEST,
      txRoot: runToEnd(outcomeRoot(outcomes)),
      stateRoot: ZERO_DIGEST,
      acceptedCount,
      rejectedCount: outcomes.length - acceptedCount,
      timeMs: epoch,
    };
    const digest = checkpointDigest(checkpoint);
    const signatures = VALIDATORS.slice(0, 3).map((signer, lane) => ({
      lane,
      signature: signer.sign(digest),
    }));
    this.#certificates.push({ certificate: { checkpoint, signatures }, outcomes });
    for (const outcome of outcomes) {
      const { txid } = outcome;
      if (outcome.accepted) this.#statuses.set(txid, { state: 'checkpointed', epoch });
      else this.#statuses.set(txid, { state: 'rejected', ...outcome, epoch });
    }
  }
}
