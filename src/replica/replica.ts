import type { Roots } from '../ledger/checkpoint.ts';
import { assert, unreachable } from '../std/assert.ts';
import { runToEnd, type Sliced } from '../std/slices.ts';
import type { Block, BlockHeader } from '../types/block.ts';
import type { Evidence } from '../types/evidence.ts';
import type { Epoch, OutpointKey, TxId } from '../types/ids.ts';
import type { Certificate } from '../types/ledger.ts';
import type { Heads } from '../types/message.ts';
import type { OutputProof, TransactionProof } from '../types/proof.ts';
import type { Transaction, Verified } from '../types/transaction.ts';
import type { Effects, Input, PeerId } from './effects.ts';
import { Generation } from './generation.ts';
import { Dispatch } from './generations/dispatch.ts';
import { GenerationList } from './generations/generation-list.ts';
import { createLasting, type Lasting } from './generations/lasting.ts';
import type { Void } from './generations/leftovers.ts';
import { genesisStart } from './generations/start.ts';
import { Outbox } from './outbox.ts';
import { allowed, type ReplicaOptions } from './replica-options.ts';
import { loadState, saveState } from './savepoint.ts';
import type { Beginning } from './state-sync/beginning.ts';
import type { StoredLedger } from './state-sync/snapshot.ts';
import type {
  LaneView,
  OutputView,
  Progress,
  ReplicaCounters,
  ReplicaView,
  TxStatus,
} from './view.ts';

/** How long the beginning of a generation may take before it shows, in beats of resyncMs. */
const READY_BEATS = 4;

/**
 * The whole protocol of one validator as one value: pure, synchronous, deterministic. The same inputs
 * at the same times give the same effects, in the node, in the simulator and from a recorded log. What it
 * says and takes belongs to the newest generation; those before it serve validators that are late.
 */
export class Replica implements ReplicaView {
  readonly #options: ReplicaOptions;
  readonly #lasting: Lasting;
  readonly #generations: GenerationList;
  readonly #dispatch: Dispatch;
  /** Who was ready when a generation ended stays so until this time, by when it should be ready again. */
  #readyUntilMs = 0;
  #nowMs = 0;
  #halted = false;
  #isStepping = false;
  /** The own lane says nothing: the journal has what it said. */
  #isRestoring = false;

  constructor(given: ReplicaOptions) {
    const { beginning, policy, genesis } = given;
    const options = { ...given, policy: allowed(policy, genesis.params) };
    const start = beginning?.start ?? genesisStart(options);
    this.#options = options;
    this.#lasting = createLasting(options, start);
    const first = new Generation(options, start, this.#lasting);
    this.#generations = new GenerationList(first);
    this.#dispatch = new Dispatch(options, this.#lasting, this.#generations);
    if (beginning !== undefined) {
      // Who comes too late knew only of some what the ledgers have that it missed.
      const left = beginning.left.filter(({ tx }) => !first.hasOutcome(tx.txid));
      first.inherit(left, beginning.nowMs);
    }
  }

  /**
   * One thing happens at this time (monotonic milliseconds; block times are made of it). `more`: other
   * inputs are at hand already, so an own block can wait for them, for a little. `spacingMs`: least time
   * since the last own block, if longer than the policy's: what a busy machine can bear.
   */
  step(nowMs: number, input: Input, more = false, spacingMs = 0): Effects {
    return runToEnd(this.stepInSlices(nowMs, input, more, spacingMs));
  }

  /**
   * The same, to be run to its end before anything else happens to this replica. Between two slices it may
   * be asked, but what it answers may be of half a cut (docs/adr/0022).
   */
  *stepInSlices(nowMs: number, input: Input, more = false, spacingMs = 0): Sliced<Effects> {
    assert(!this.#isStepping, 'one step at a time');
    const out = new Outbox(this.#options.trace);
    if (this.#halted) return out.effects(null);
    this.#isStepping = true;
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#current.trim();
    yield* this.#take(input, out);
    yield* this.#goOn(out);
    out.send.push(...this.#current.peers.tick(this.#nowMs, spacingMs));
    if (!this.#isRestoring) yield* this.#current.speak(this.#nowMs, spacingMs, more, out);
    this.#current.reportGivenUp(this.#nowMs, out);
    this.#halted = out.halt !== null;
    this.#isStepping = false;
    return out.effects(this.#current.wakeAtMs(this.#nowMs));
  }

  /**
   * Takes a block from the own journal, in its order, before the first step but those that compute roots. Only `work`
   * and `halt` of the effects matter: everything else was done when the block was first admitted.
   */
  restore(nowMs: number, block: Verified<Block>): Effects {
    const out = new Outbox();
    this.#isRestoring = true;
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#current.trim();
    if (block.header.generation === this.#current.number) {
      runToEnd(this.#current.restore(block, this.#nowMs, out));
      // Before another block, or the next generation, says more of what was given up, or comes after all.
      this.#current.reportGivenUp(this.#nowMs, out);
    } else out.stop('journal-corrupt', `a block of generation ${block.header.generation}`);
    return out.effects(null);
  }

  /** After the last of these, and before anybody asks. */
  restored(): void {
    this.#isRestoring = false;
    this.#current.restored(this.#nowMs, new Outbox());
  }

  get generation(): number {
    return this.#current.number;
  }

  /** Transactions without outcome that stood in blocks: for who goes on elsewhere than these do. */
  get withoutOutcome(): Void[] {
    return [...this.#current.withoutOutcome(), ...this.#lasting.leftovers.all];
  }

  /** The oldest generation that it has. */
  get oldest(): number {
    return this.#generations.oldest.number;
  }

  /**
   * Where the oldest generation begins that is to be kept, if `kept` ended ones should be; null: that is the
   * oldest one already. Not before the stop checkpoint there is certified (rule 9.9).
   */
  keepFrom(kept: number): Pick<Beginning, 'start' | 'left'> | null {
    for (const { start, inherited } of this.#generations.beginnings(kept)) {
      if (this.certificate(start.epoch) !== undefined) return { start, left: inherited };
    }
    return null;
  }

  /** Between two steps: generations before this one, which it has, are gone. */
  drop(before: number): void {
    assert(!this.#isStepping && before <= this.#current.number, 'the current generation stays');
    this.#generations.dropBefore(before);
    this.#lasting.retention.drop(this.#generations.oldest.start.epoch);
  }

  /** Blocks admitted so far: the last one's ordinal in the journal. */
  get blocks(): number {
    return this.#current.blocks;
  }

  /**
   * What the store does not hold and the journal's blocks imply: with the store as it is now, another one can `resume`
   * from it. null: not now, in a step or while roots are computed; or never, where generations end.
   */
  save(): Uint8Array | null {
    if (this.#halted || this.#isStepping || !this.#current.isLast) return null;
    if (this.#lasting.checkpoints.unrooted > 0) return null;
    return saveState(this.#current.stateful);
  }

  /**
   * Before anything else happens to this replica: it continues where the one that saved this was. Its store is
   * as that one's was. Throws if these bytes were not saved by this version of the program.
   */
  resume(nowMs: number, state: Uint8Array): void {
    assert(this.blocks === 0, 'a fresh replica resumes');
    this.#nowMs = nowMs;
    loadState(this.#current.stateful, state, nowMs);
  }

  /** The work of a root job, to be run to its end in slices; its result comes back as `rooted`. */
  rootWork(epoch: Epoch): Generator<void, Roots> {
    return this.#lasting.checkpoints.rootWork(epoch);
  }

  /**
   * Was this block, which its digest names, taken in, kept waiting or refused? Then nobody need check it again. Asked
   * is its own generation alone: who makes blocks up would have all stores read for each.
   */
  knows({ digest, header }: Pick<Block, 'digest' | 'header'>): boolean {
    return this.#generations.numbered(header.generation)?.knows(digest) === true;
  }

  /** Would a step of these heads do nothing? Not of those that bring a block. */
  isOldNews(from: PeerId, { generation, frontier, yours }: Heads): boolean {
    const { number, peers } = this.#current;
    return yours === null && generation === number && peers.isOldNews(from, frontier);
  }

  /** Should the witnesses of a block of this lane and epoch be checked before it comes here? */
  checks({ lane, epoch }: Pick<BlockHeader, 'lane' | 'epoch'>): boolean {
    return !this.#current.relies(lane, epoch);
  }

  progress(): Progress {
    const { speaks, isCaughtUp, view, read } = this.#current;
    const ready = (speaks && isCaughtUp) || this.#nowMs < this.#readyUntilMs;
    return { ...read.progress(), view, ready };
  }

  counters(): ReplicaCounters {
    return this.#current.read.counters();
  }

  lanes(): readonly LaneView[] {
    return this.#current.read.lanes();
  }

  status(txid: TxId): TxStatus {
    return this.#generations.holderOf(txid).read.status(txid);
  }

  transactionBytes(txid: TxId): Uint8Array | undefined {
    return this.#generations.holderOf(txid).read.transactionBytes(txid);
  }

  output(key: OutpointKey): OutputView | undefined {
    return this.#current.read.output(key);
  }

  certificate(epoch: Epoch): Certificate | undefined {
    if (epoch < this.#lasting.retention.dropped) return undefined;
    return this.#lasting.checkpoints.certificate(epoch);
  }

  transactionProof(txid: TxId): TransactionProof | undefined {
    return this.#generations.holderOf(txid).read.transactionProof(txid);
  }

  outputProof(txid: TxId): OutputProof | undefined {
    return this.#current.read.outputProof(txid);
  }

  evidence(): readonly Evidence[] {
    return this.#generations.all.flatMap((generation) => generation.read.evidence());
  }

  /** What leads from the state of epoch - 1 to that of `epoch`; undefined until that has a certificate. */
  ledger(epoch: Epoch): StoredLedger | undefined {
    return this.#generations.covering(epoch)?.read.ledger(epoch);
  }

  get #current(): Generation {
    return this.#generations.current;
  }

  *#take(input: Input, out: Outbox): Sliced<void> {
    const now = this.#nowMs;
    switch (input.kind) {
      case 'tick':
        this.#current.tick(now, out);
        break;
      case 'submit':
        this.#submit(input.tx, out);
        break;
      case 'forwarded':
        this.#current.takeForwarded(
          input.txs.filter(({ txid }) => !this.#generations.holderOf(txid).hasOutcome(txid)),
          now,
        );
        break;
      case 'block':
        yield* this.#dispatch.block(input, now, out);
        break;
      case 'message':
        yield* this.#dispatch.message(input, now, out);
        break;
      case 'connected':
        this.#dispatch.connected(input.peer, out);
        break;
      case 'disconnected':
        this.#dispatch.disconnected(input.peer);
        break;
      case 'rooted':
        this.#current.rooted(input.epoch, input, out);
        break;
      default:
        unreachable(input);
    }
  }

  #submit(tx: Verified<Transaction>, out: Outbox): void {
    const { txid } = tx;
    if (!this.#generations.holderOf(txid).hasOutcome(txid))
      this.#current.submit(tx, this.#nowMs, out);
    else out.submitted.push({ txid, ok: true });
  }

  /** Begins the next generation where this one has ended. */
  *#goOn(out: Outbox): Sliced<void> {
    const start = this.#current.next;
    if (start === null || out.halt !== null) return;
    const { ready } = this.progress();
    const left = this.#current.close(out);
    const next = new Generation(this.#options, start, this.#lasting);
    this.#generations.begin(next);
    if (ready) this.#readyUntilMs = this.#nowMs + READY_BEATS * this.#options.policy.resyncMs;
    next.inherit(left, this.#nowMs);
    yield* this.#dispatch.begun(next, this.#nowMs, out);
  }
}
