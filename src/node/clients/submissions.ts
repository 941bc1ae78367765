import type { Submission } from '../../api/ports.ts';
import type { Input, SubmitAnswer } from '../../replica/effects.ts';
import type { TxStatus } from '../../replica/view.ts';
import { Fifo } from '../../std/fifo.ts';
import { type ErrorCode, problem } from '../../types/errors.ts';
import type { TxId } from '../../types/ids.ts';
import type { Transaction, Verified } from '../../types/transaction.ts';
import type { Ingress } from '../peers/ingress.ts';

export type SubmissionParts = {
  readonly ingress: Ingress;
  readonly input: (input: Input) => void;
  readonly status: (txid: TxId) => TxStatus;
  /** The transaction is new here and goes to the replica. */
  readonly submitted: (txid: TxId) => void;
  /** One submission was refused, by whichever of its checks. */
  readonly refused: (code: ErrorCode) => void;
};

type Answered = (submission: Submission) => void;

const STOPPING = problem('not-ready', 'This node is stopping.');

/** Clients' transactions on their way to the replica and its answers on their way back. */
export class Submissions {
  readonly #parts: SubmissionParts;
  readonly #waiting = new Map<TxId, Fifo<Answered>>();
  #closed = false;

  constructor(parts: SubmissionParts) {
    this.#parts = parts;
  }

  /** One answer per transaction, in order. The bytes are copied. `source`: who is it that may flood us. */
  async submit(
    transactions: readonly Uint8Array[],
    source: string,
  ): Promise<readonly Submission[]> {
    const copies = transactions.map((one) => one.slice());
    const opened = await this.#parts.ingress.transactions(copies, source);
    const submissions = await Promise.all(
      opened.map((one) => (one.ok ? this.#propose(one.tx) : one)),
    );
    for (const one of submissions) if (!one.ok) this.#parts.refused(one.problem.code);
    return submissions;
  }

  /** The replica's answers, in the order in which it was asked. */
  answer(answers: readonly SubmitAnswer[]): void {
    for (const answer of answers) {
      const waiting = this.#waiting.get(answer.txid);
      const answered = waiting?.shift();
      if (waiting?.length === 0) this.#waiting.delete(answer.txid);
      answered?.(answer.ok ? { ...answer, known: false } : answer);
    }
  }

  /** Answers everybody: nothing more will come from the replica. */
  close(): void {
    this.#closed = true;
    for (const [txid, waiting] of this.#waiting) {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        one({ ok: false, txid, problem: STOPPING });
      }
    }
    this.#waiting.clear();
  }

  #propose(tx: Verified<Transaction>): Submission | Promise<Submission> {
    const { txid } = tx;
    if (this.#closed) return { ok: false, txid, problem: STOPPING };
    const { state } = this.#parts.status(txid);
    const isNew = state === 'unknown' || state === 'dropped' || state === 'rejected';
    if (!isNew) return { ok: true, txid, known: true };
    if (state === 'unknown') this.#parts.submitted(txid);
    return new Promise((answered) => {
      const waiting = this.#waiting.get(txid) ?? new Fifo<Answered>();
      waiting.push(answered);
      this.#waiting.set(txid, waiting);
      this.#parts.input({ kind: 'submit', tx });
    });
  }
}
