import type { Committee } from '../../committee/committee.ts';
import type { Effects } from '../../replica/effects.ts';
import type { TxStatus } from '../../replica/view.ts';
import type { Block } from '../../types/block.ts';
import type { Epoch, LaneId, TxId } from '../../types/ids.ts';
import type { Verifier } from '../../types/signature.ts';
import { Reference } from '../reference/admission.ts';
import type { Ledger } from '../reference/ledger.ts';
import { everything, type Setting } from '../reference/model.ts';
import { AnswerChecks } from './answers.ts';
import { JournalChecks } from './journals.ts';
import { LaneChecks } from './lanes.ts';
import { CheckpointChecks, checkConservation, checkDecisions, checkRivals } from './ledgers.ts';
import { MemoryChecks } from './memory.ts';
import type { CheckerName, Violation } from './names.ts';
import { Wire } from './wire.ts';
import { checkWords } from './words.ts';

/** One checker can fail at every step of a broken run: so many of its findings are kept. */
const KEPT_PER_CHECKER = 3;

/**
 * Watches a run from outside: the wire, the disks and the answers to clients. Holds no reference to
 * any validator's state.
 */
export class Audit {
  readonly wire: Wire;
  readonly answers: AnswerChecks;
  readonly journals: JournalChecks;
  readonly memory: MemoryChecks;
  readonly violations: Violation[] = [];
  readonly #correct: ReadonlySet<LaneId>;
  readonly #dropped: (lane: LaneId) => Epoch;
  readonly #lanes: LaneChecks;
  readonly #checkpoints: CheckpointChecks;

  /** `dropped`: the epochs whose ledgers a validator has dropped. */
  constructor(
    setting: Setting,
    committee: Committee,
    verifier: Verifier,
    correct: ReadonlySet<LaneId>,
    dropped: (lane: LaneId) => Epoch,
  ) {
    const report = (checker: CheckerName, detail: string) => this.report(checker, detail);
    this.#correct = correct;
    this.#dropped = dropped;
    this.wire = new Wire(new Reference(setting), committee, verifier);
    this.#lanes = new LaneChecks(report);
    this.journals = new JournalChecks(this.wire, report);
    this.memory = new MemoryChecks({ wire: this.wire, journals: this.journals, correct }, report);
    this.answers = new AnswerChecks(this.wire, report, (lane, txid) => this.isGone(lane, txid));
    this.#checkpoints = new CheckpointChecks(this.wire, committee, verifier, report);
  }

  report(checker: CheckerName, detail: string): void {
    const known = this.violations.filter((violation) => violation.checker === checker);
    if (known.length < KEPT_PER_CHECKER) this.violations.push({ checker, detail });
  }

  /** `from` hands the bytes of a block to the network. Returns the block if it is one. */
  handed(from: LaneId, bytes: Uint8Array): Block | null {
    const block = this.wire.open(bytes);
    const isCorrect = this.#correct.has(from);
    if (block === null) {
      if (isCorrect) this.report('own-admissible', `lane ${from} sends what is no block`);
      return null;
    }
    this.wire.take(block);
    if (block.header.lane === from) this.memory.sent(block);
    if (isCorrect && block.header.lane === from) this.#handedOwn(from, block);
    return block;
  }

  /** Effects that a correct validator's driver lets out. */
  released(lane: LaneId, effects: Effects): void {
    if (!this.#correct.has(lane)) return;
    for (const change of effects.statuses) {
      this.answers.changed(lane, change, () => this.journals.durable(lane));
    }
    for (const { checkpoint, signatures } of effects.certified) {
      this.#checkpoints.certified(lane, checkpoint, signatures);
    }
  }

  asked(lane: LaneId, txid: TxId, status: TxStatus): void {
    if (this.#correct.has(lane)) this.answers.asked(lane, txid, status);
  }

  /** Has the validator dropped the ledger that has the transaction's outcome? Then it need not know of it. */
  isGone(lane: LaneId, txid: TxId): boolean {
    const dropped = this.#dropped(lane);
    return dropped > 0 && (this.ledger()?.outcomes.get(txid)?.epoch ?? Infinity) <= dropped;
  }

  /** The ledger of the last cut that all blocks together decide. */
  ledger(): Ledger | undefined {
    const { reference } = this.wire;
    return reference.ledgerIn(everything(reference.model));
  }

  finish(up: readonly LaneId[]): void {
    const { model } = this.wire.reference;
    const report = (checker: CheckerName, detail: string) => this.report(checker, detail);
    checkDecisions(model, report);
    checkWords(model, this.#correct, report);
    if (this.violations.some((violation) => violation.checker === 'decision')) {
      // There is no one ledger to hold anything against, but clients were told what they were told.
      this.answers.finish(undefined);
      return;
    }
    const ledger = this.ledger();
    this.#checkpoints.finish();
    this.answers.finish(ledger);
    checkRivals(model, ledger, report);
    if (ledger !== undefined) checkConservation(model, ledger, report);
    for (const lane of up) if (this.#correct.has(lane)) this.journals.finish(lane);
  }

  #handedOwn(lane: LaneId, block: Block): void {
    this.#lanes.sent(block);
    this.journals.sent(block);
    for (const vote of block.votes) {
      if (vote.kind === 'checkpoint') {
        this.#checkpoints.signed(lane, vote.epoch, vote.checkpoint);
      }
    }
  }
}
