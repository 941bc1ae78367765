import type { Replica } from '../replica/replica.ts';
import type { TxStatus } from '../replica/view.ts';
import { Reference } from '../sim/reference/admission.ts';
import type { Bits } from '../sim/reference/bits.ts';
import { cutsIn } from '../sim/reference/consensus.ts';
import type { Ledger } from '../sim/reference/ledger.ts';
import { cleanVerdictLanes, everything } from '../sim/reference/model.ts';
import { settingOf } from '../sim/reference/setting.ts';
import { stateRootOf } from '../sim/reference/state-root.ts';
import type { Block } from '../types/block.ts';
import type { TxId } from '../types/ids.ts';
import type { Subject } from './subject.ts';

/** What of a replica is compared. */
type Told = Pick<Replica, 'progress' | 'certificate' | 'status'>;

/**
 * The first blocks of the journal judged a second time by the protocol's definitions as src/sim/reference
 * evaluates them, with sets: admission of each, then every verdict, cut, outcome and state. Its cost grows
 * with the square of the blocks and more, so it is a sample.
 */
export class DefinitionAudit {
  readonly #subject: Subject;
  readonly #blocksMax: number;
  readonly #reference: Reference;
  #blocks = 0;
  #isOver = false;

  constructor(subject: Subject, blocksMax: number) {
    this.#subject = subject;
    this.#blocksMax = blocksMax;
    this.#reference = new Reference(settingOf(subject, subject.verifier));
  }

  /** `replica` has just admitted this block. */
  admitted(block: Block, replica: Told): void {
    if (this.#blocks >= this.#blocksMax) return;
    this.take(block);
    if (this.#blocks === this.#blocksMax && !this.#isOver) this.finish(replica);
  }

  take(block: Block): void {
    this.#blocks += 1;
    this.#subject.counts.definedBlocks += 1;
    const answer = this.#reference.admit(block);
    if (answer.kind !== 'admitted') {
      const why = answer.kind === 'refused' ? `${answer.code}: ${answer.detail}` : answer.kind;
      this.#differs(`block ${block.header.lane}/${block.header.seq}`, why);
      this.#blocks = this.#blocksMax;
      this.#isOver = true;
    }
  }

  /** Compares what follows from the blocks, once: after the last one of the sample or of the journal. */
  finish(replica: Told): void {
    if (this.#isOver || this.#blocks === 0) return;
    this.#isOver = true;
    const { model } = this.#reference;
    const { counts } = this.#subject;
    const history = everything(model);
    const cuts = cutsIn(model, { history });
    counts.definedCuts += cuts.length;
    if (replica.progress().decided !== cuts.length) {
      this.#differs('cuts', `${replica.progress().decided} decided, by definition ${cuts.length}`);
      return;
    }
    for (const [index, cut] of cuts.entries()) {
      const checkpoint = replica.certificate(index + 1)?.checkpoint;
      if (checkpoint === undefined) continue;
      const where = `epoch ${index + 1}`;
      if (checkpoint.cut !== cut.digest) this.#differs(where, 'another cut');
      const { coins } = this.#reference.ledgers.of(cut, index + 1);
      if (checkpoint.stateRoot !== stateRootOf(coins)) this.#differs(where, 'another state');
    }
    const ledger = this.#reference.ledgerIn(history);
    for (const txid of model.transactions.keys()) {
      counts.definedTransactions += 1;
      this.#compareStatus(txid, replica.status(txid), history, ledger);
    }
  }

  #compareStatus(txid: TxId, told: TxStatus, history: Bits, ledger: Ledger | undefined): void {
    const known = ledger?.outcomes.get(txid);
    if (known === undefined) {
      const { quorum } = this.#subject.committee;
      const clean = cleanVerdictLanes(this.#reference.model, txid, history).size >= quorum;
      // A clean one may wait for its parents; one that is not clean waits for a cut.
      const isExecuted = told.state === 'final' || told.state === 'rejected';
      const isRight = told.state === 'admitted' || (clean && isExecuted);
      if (!isRight) this.#differs(txid, `${told.state}, by definition not in a ledger`);
      return;
    }
    const { outcome } = known;
    const isAccepted = told.state === 'final' || told.state === 'checkpointed';
    const isSame =
      outcome.accepted === isAccepted &&
      (told.state !== 'rejected' ||
        (!outcome.accepted && told.winner === outcome.winner && told.reason === outcome.reason));
    if (!isSame) this.#differs(txid, `${told.state}, by definition ${JSON.stringify(outcome)}`);
  }

  #differs(where: string, detail: string): void {
    this.#subject.findings.add('definition-differs', where, detail);
  }
}
