import type { StatusChange } from '../../replica/effects.ts';
import type { TxStatus } from '../../replica/view.ts';
import type { Problem } from '../../types/errors.ts';
import type { LaneId, TxId } from '../../types/ids.ts';
import type { Bits } from '../reference/bits.ts';
import type { Ledger } from '../reference/ledger.ts';
import type { Report } from './names.ts';
import type { Wire } from './wire.ts';

/** `none`: the validator says that it knows nothing of it, or not yet. */
type Told = 'admitted' | 'accepted' | 'checkpointed' | 'rejected' | 'dropped' | 'none';

/** What correct validators tell clients, pushed or asked for. */
export class AnswerChecks {
  readonly #wire: Wire;
  readonly #report: Report;
  /** Has the validator dropped the ledger that has the transaction's outcome? Then it need not know of it. */
  readonly #isGone: (lane: LaneId, txid: TxId) => boolean;
  readonly #told = new Map<LaneId, Map<TxId, Told>>();
  #outcomes = 0;

  constructor(wire: Wire, report: Report, isGone: (lane: LaneId, txid: TxId) => boolean) {
    this.#wire = wire;
    this.#report = report;
    this.#isGone = isGone;
  }

  /** How many validators have told an outcome, summed over transactions. */
  get outcomes(): number {
    return this.#outcomes;
  }

  /** `durable`: the validator's blocks on disk when the answer leaves. */
  changed(lane: LaneId, change: StatusChange, durable: () => Bits): void {
    const kind = toldBy(change.kind, change.kind === 'dropped' ? change.problem : null);
    const before = this.#tell(lane, change.txid, kind);
    if (change.kind !== 'final' || before === 'accepted') return;
    const { reference } = this.#wire;
    const history = durable();
    if (reference.settledIn(change.txid, history, reference.ledgerIn(history))) return;
    this.#report('early-final', `lane ${lane}, ${change.txid}`);
  }

  /** The answer of a status query. */
  asked(lane: LaneId, txid: TxId, status: TxStatus): void {
    this.#tell(
      lane,
      txid,
      toldBy(status.state, status.state === 'dropped' ? status.problem : null),
    );
  }

  /** At the end: nobody was told what the ledger denies. */
  finish(ledger: Ledger | undefined): void {
    const accepted = new Set<TxId>();
    for (const [lane, told] of this.#told) {
      for (const [txid, kind] of told) {
        const outcome = ledger?.outcomes.get(txid)?.outcome;
        if (isAccepted(kind)) accepted.add(txid);
        const wrong =
          (isAccepted(kind) && outcome?.accepted === false) ||
          (kind === 'rejected' && outcome?.accepted === true);
        if (wrong) this.#report('outcome', `lane ${lane} told ${kind}: ${txid}`);
      }
    }
    this.#checkRivals(accepted);
  }

  #checkRivals(accepted: ReadonlySet<TxId>): void {
    const { model } = this.#wire.reference;
    for (const txid of accepted) {
      if (!model.transactions.has(txid)) continue;
      const rival = model.rivals(txid).find((other) => accepted.has(other));
      if (rival !== undefined) this.#report('rivals-accepted', `told: ${txid} and ${rival}`);
    }
  }

  #tell(lane: LaneId, txid: TxId, now: Told): Told {
    const told = this.#told.get(lane) ?? new Map<TxId, Told>();
    this.#told.set(lane, told);
    const before = told.get(txid) ?? 'none';
    const isExcused = () => now === 'none' && this.#isGone(lane, txid);
    if (goesBack(before, now) && !isExcused()) {
      this.#report('status-order', `lane ${lane}, ${txid}: ${before}, then ${now}`);
    }
    if (isOutcome(now) && !isOutcome(before)) this.#outcomes++;
    // A later answer may know less only before an outcome (a crash, a transaction given up).
    if (!isOutcome(before) || isOutcome(now)) told.set(txid, now);
    return before;
  }
}

function isAccepted(told: Told): boolean {
  return told === 'accepted' || told === 'checkpointed';
}

function isOutcome(told: Told): boolean {
  return isAccepted(told) || told === 'rejected';
}

function goesBack(before: Told, now: Told): boolean {
  if (!isOutcome(before)) return false;
  if (before === 'rejected') return now !== 'rejected';
  return !isAccepted(now) || (before === 'checkpointed' && now === 'accepted');
}

function toldBy(state: TxStatus['state'], why: Problem | null): Told {
  switch (state) {
    case 'unknown':
    case 'pending':
      return 'none';
    case 'final':
      return 'accepted';
    case 'dropped':
      return why?.code === 'pruned' ? 'none' : 'dropped';
    default:
      return state;
  }
}
