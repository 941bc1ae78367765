import type { Roots } from '../ledger/checkpoint.ts';
import { assert, defined, unreachable } from '../std/assert.ts';
import type { Block, BlockHeader } from '../types/block.ts';
import type { Evidence } from '../types/evidence.ts';
import type { Epoch, LaneId, OutpointKey, TxId } from '../types/ids.ts';
import type { Certificate } from '../types/ledger.ts';
import type { OutputProof, TransactionProof } from '../types/proof.ts';
import type { Transaction, Verified } from '../types/transaction.ts';
import { Admission } from './admission.ts';
import { Builder } from './builder.ts';
import { Checkpoints } from './checkpoints.ts';
import { Chronicle } from './chronicle.ts';
import { type Core, createCore } from './core.ts';
import { Cutter } from './cutter.ts';
import type { Effects, Input, PeerId } from './effects.ts';
import { Intake } from './intake.ts';
import { Outbox } from './outbox.ts';
import { Peers } from './peers.ts';
import { ReadModel } from './read-model.ts';
import { Reception } from './reception.ts';
import type { ReplicaOptions } from './replica-options.ts';
import { type StoredLedger, storedLedger } from './snapshot.ts';
import type {
  LaneView,
  OutputView,
  Progress,
  ReplicaCounters,
  ReplicaView,
  TxStatus,
} from './view.ts';
import { WaitingRoom } from './waiting-room.ts';

/** Own blocks that one step may emit: a second one when the first made something new to say. */
const BUILDS_PER_STEP = 2;

/** What a replica is made of, for planted bugs. */
export type ReplicaParts = {
  readonly core: Core;
  readonly cutter: Cutter;
  readonly checkpoints: Checkpoints;
  readonly intake: Intake;
  readonly room: WaitingRoom;
  readonly peers: Peers;
  readonly admission: Admission;
  /** null: an observer. */
  readonly builder: Builder | null;
};

/**
 * The whole protocol of one validator as one value: pure, synchronous, deterministic. The same inputs
 * at the same times give the same effects, in the node, in the simulator and from a recorded log.
 */
export class Replica implements ReplicaView {
  readonly #core: Core;
  readonly #checkpoints: Checkpoints;
  readonly #intake: Intake;
  readonly #chronicle: Chronicle;
  readonly #reception: Reception;
  readonly #peers: Peers;
  readonly #builder: Builder | null;
  readonly #read: ReadModel;
  /** Lanes that have told their heads: before a quorum has, an own block that was lost could be repeated. */
  readonly #heard = new Set<LaneId>();
  #nowMs = 0;
  #halted = false;

  constructor(options: ReplicaOptions) {
    const core = createCore(options);
    options.tamper?.(core);
    const cutter = new Cutter(core);
    const admission = new Admission(core);
    const room = new WaitingRoom(core.graph.n);
    const { lane, signer } = options;
    this.#core = core;
    this.#checkpoints = new Checkpoints(core);
    const checkpoints = this.#checkpoints;
    this.#intake = new Intake(core, checkpoints, lane);
    const intake = this.#intake;
    this.#chronicle = new Chronicle(core, { cutter, checkpoints, intake });
    this.#peers = new Peers(core, room);
    const parts = { admission, intake, checkpoints };
    this.#builder =
      lane === null || signer === null ? null : new Builder(core, parts, lane, signer);
    this.#reception = new Reception(core, {
      admission,
      room,
      peers: this.#peers,
      chronicle: this.#chronicle,
      drafting: this.#builder?.drafting ?? null,
    });
    this.#read = new ReadModel(core, {
      checkpoints,
      intake,
      room,
      chronicle: this.#chronicle,
      peers: this.#peers,
    });
    const [peers, builder] = [this.#peers, this.#builder];
    options.tamperParts?.({ core, cutter, ...parts, room, peers, builder });
  }

  /**
   * One thing happens at this time (monotonic milliseconds; block times are made of it). `more`: other
   * inputs are at hand already, so an own block can wait for them, for a little. `spacingMs`: least time
   * since the last own block, if longer than the policy's: what a busy machine can bear.
   */
  step(nowMs: number, input: Input, more = false, spacingMs = 0): Effects {
    const out = new Outbox(this.#core.options.trace);
    if (this.#halted) return out.effects(null);
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#core.graph.trim();
    this.#take(input, out);
    out.send.push(...this.#peers.tick(this.#nowMs, spacingMs));
    if (!more || this.#builder?.isOverdue(this.#nowMs) === true) this.#buildAll(spacingMs, out);
    this.#reportDropped(out);
    this.#halted = out.halt !== null;
    return out.effects(this.#wakeAtMs());
  }

  /**
   * Takes a block from the own journal, in its order, before the first step. Only `work` and `halt` of
   * the effects matter: everything else was done when the block was first admitted.
   */
  restore(block: Verified<Block>): Effects {
    const out = new Outbox();
    this.#core.graph.trim();
    this.#reception.restore(block, this.#nowMs, out);
    return out.effects(null);
  }

  /** The work of a root job, to be run to its end in slices; its result comes back as `rooted`. */
  rootWork(epoch: Epoch): Generator<void, Roots> {
    return this.#checkpoints.rootWork(epoch);
  }

  /** Should the witnesses of a block of this lane and epoch be checked before it comes here? */
  checks({ lane, epoch }: Pick<BlockHeader, 'lane' | 'epoch'>): boolean {
    return !this.#core.soundness.relies(lane, epoch);
  }

  progress(): Progress {
    const view = this.#builder?.view ?? 0;
    const { quorum } = this.#core.options.committee;
    const ready = this.#speaks() && this.#peers.isCaughtUpWith(quorum - 1);
    return { ...this.#read.progress(), view, ready };
  }

  counters(): ReplicaCounters {
    return this.#read.counters();
  }

  lanes(): readonly LaneView[] {
    return this.#read.lanes();
  }

  status(txid: TxId): TxStatus {
    return this.#read.status(txid);
  }

  transactionBytes(txid: TxId): Uint8Array | undefined {
    return this.#read.transactionBytes(txid);
  }

  output(key: OutpointKey): OutputView | undefined {
    return this.#read.output(key);
  }

  certificate(epoch: Epoch): Certificate | undefined {
    return this.#checkpoints.certificate(epoch);
  }

  transactionProof(txid: TxId): TransactionProof | undefined {
    return this.#read.transactionProof(txid);
  }

  outputProof(txid: TxId): OutputProof | undefined {
    return this.#read.outputProof(txid);
  }

  evidence(): readonly Evidence[] {
    return this.#read.evidence();
  }

  /** What leads from the state of epoch - 1 to that of `epoch`; undefined until that has a certificate. */
  ledger(epoch: Epoch): StoredLedger | undefined {
    const { coins, index, options } = this.#core;
    return storedLedger(
      {
        ...{ ledgerId: options.ledgerId, coins },
        certificate: (of) => this.#checkpoints.certificate(of),
        outcomes: (of) => this.#checkpoints.outcomes(of),
        transaction: (txid) => {
          const entry = defined(index.get(txid), 'the ledger is indexed');
          return index.transaction(entry).bytes;
        },
      },
      epoch,
    );
  }

  #take(input: Input, out: Outbox): void {
    const now = this.#nowMs;
    switch (input.kind) {
      case 'tick':
        this.#chronicle.tick(now, out);
        this.#tickIntake();
        break;
      case 'submit':
        this.#submit(input.tx, out);
        break;
      case 'forwarded':
        for (const tx of input.txs) {
          this.#intake.take(tx, now, this.#chronicle.tally.uncheckpointed);
        }
        break;
      case 'block':
        this.#reception.receive({ ...input, witnesses: input.witnesses ?? 'right' }, now, out);
        break;
      case 'message':
        this.#message(input, out);
        break;
      case 'connected':
        out.send.push(...this.#peers.connected(input.peer));
        break;
      case 'disconnected':
        this.#peers.disconnected(input.peer);
        break;
      case 'rooted': {
        const { epoch, txRoot, stateRoot } = input;
        const done = this.#checkpoints.complete(epoch, { txRoot, stateRoot });
        this.#chronicle.certified(done.certified, done.diverged, out);
        break;
      }
      default:
        unreachable(input);
    }
  }

  #message({ from, message }: Extract<Input, { kind: 'message' }>, out: Outbox): void {
    if (message.kind === 'want') {
      out.send.push(...this.#peers.serve(from, message.frontier, message.digests));
      return;
    }
    if (from.kind === 'lane') this.#heard.add(from.lane);
    out.send.push(...this.#peers.heads(from, message.frontier, this.#nowMs));
  }

  #submit(tx: Verified<Transaction>, out: Outbox): void {
    const { tally } = this.#chronicle;
    const { answer, forwardTo } = this.#intake.submit(tx, this.#nowMs, tally.uncheckpointed);
    tally.submitted++;
    out.submitted.push(answer);
    if (forwardTo === null) return;
    const to: PeerId = { kind: 'lane', lane: forwardTo };
    out.send.push({ to, message: { kind: 'transactions', txs: [tx.bytes] } });
  }

  #buildAll(spacingMs: number, out: Outbox): void {
    for (let i = 0; i < BUILDS_PER_STEP && out.halt === null && this.#speaks(); i++) {
      if (!this.#build(spacingMs, out)) return;
    }
  }

  #build(spacingMs: number, out: Outbox): boolean {
    const built = this.#builder?.build(this.#nowMs, spacingMs) ?? null;
    if (built === null) return false;
    this.#chronicle.tally.builtBlocks++;
    if (built.block.votes.some((vote) => vote.kind === 'viewchange')) {
      this.#chronicle.tally.viewChanges++;
    }
    this.#reception.emit(built.block, this.#nowMs, out);
    return true;
  }

  /** Proposing again is judged by what this lane can show: its own last block's history and more. */
  #tickIntake(): void {
    if (!this.#intake.isDue(this.#nowMs)) return;
    const { horizon, uncertified } = this.#builder?.outlook(this.#nowMs) ?? {
      horizon: this.#core.graph.all,
      uncertified: 0,
    };
    this.#intake.tick(this.#nowMs, horizon, uncertified);
  }

  #speaks(): boolean {
    const { quorum } = this.#core.options.committee;
    return this.#builder !== null && !this.#halted && this.#heard.size >= quorum - 1;
  }

  #reportDropped(out: Outbox): void {
    for (const { txid, problem } of this.#intake.takeDropped()) {
      // A block of the same step may have brought it.
      if (this.#core.index.get(txid) !== undefined) continue;
      this.#chronicle.tally.droppedTxs++;
      this.#read.remember(txid, problem);
      out.statuses.push({ txid, kind: 'dropped', problem });
    }
  }

  #wakeAtMs(): number {
    let wake = this.#peers.wakeAtMs;
    const builder = this.#speaks() ? (this.#builder?.wakeAtMs ?? null) : null;
    for (const other of [builder, this.#intake.wakeAtMs, this.#chronicle.wakeAtMs]) {
      if (other !== null) wake = Math.min(wake, other);
    }
    assert(!Number.isNaN(wake), 'a time');
    return Math.max(wake, this.#nowMs);
  }
}
