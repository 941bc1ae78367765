import type { FeedEntry, TransactionStatus } from '../client/answers.ts';
import type { TxId } from '../types/ids.ts';
import type { FinalPath } from '../types/ledger.ts';

/** Where a transaction of the run is. The last three are ends. */
export type FlightState = 'waiting' | 'sent' | 'final' | 'rejected' | 'refused';

const STATES: readonly FlightState[] = ['waiting', 'sent', 'final', 'rejected', 'refused'];
const NONE = -1;

export type Ending =
  | { readonly state: 'final'; readonly path: FinalPath | null }
  /** By the ledger: every validator agrees. */
  | { readonly state: 'rejected'; readonly reason: string; readonly winner: TxId | null }
  /** By the validator that it was posted to, before it was in any block. */
  | { readonly state: 'refused'; readonly reason: string; readonly winner: TxId | null };

/** Everything that is known about the transactions of one run. Times are milliseconds since its start. */
export class Flights {
  readonly txids: readonly TxId[];
  readonly intendedMs: Float64Array;
  readonly sentMs: Float64Array;
  readonly endedMs: Float64Array;
  /** Index of the target posted to last, or -1. */
  readonly postedTo: Int16Array;
  readonly endings: (Ending | undefined)[];
  readonly counts = { sent: 0, ended: 0, final: 0, rejected: 0, refused: 0 };
  readonly #states: Uint8Array;
  readonly #numbers: ReadonlyMap<TxId, number>;
  #done: () => void = () => undefined;
  /** Resolves when everything has ended. */
  readonly done: Promise<void>;

  constructor(txids: readonly TxId[], intendedMs: Float64Array | null) {
    const count = txids.length;
    this.txids = txids;
    this.intendedMs = intendedMs ?? new Float64Array(count).fill(Number.NaN);
    this.sentMs = new Float64Array(count).fill(Number.NaN);
    this.endedMs = new Float64Array(count).fill(Number.NaN);
    this.postedTo = new Int16Array(count).fill(NONE);
    this.endings = new Array(count);
    this.#states = new Uint8Array(count);
    this.#numbers = new Map(txids.map((txid, at) => [txid, at]));
    this.done = new Promise((resolve) => {
      this.#done = resolve;
    });
    if (count === 0) this.#done();
  }

  get size(): number {
    return this.txids.length;
  }

  get inFlight(): number {
    return this.counts.sent - this.counts.ended;
  }

  state(at: number): FlightState {
    return STATES[this.#states[at] ?? 0] as FlightState;
  }

  numberOf(txid: TxId): number | undefined {
    return this.#numbers.get(txid);
  }

  /** Posted for the first time, or once more to another target. */
  posted(at: number, target: number, nowMs: number): void {
    this.postedTo[at] = target;
    if (this.state(at) !== 'waiting') return;
    this.#states[at] = STATES.indexOf('sent');
    this.sentMs[at] = nowMs;
    // A closed loop intends to send when it does.
    if (Number.isNaN(this.intendedMs[at])) this.intendedMs[at] = nowMs;
    this.counts.sent += 1;
  }

  end(at: number, ending: Ending, nowMs: number): void {
    if (this.endings[at] !== undefined || this.state(at) === 'waiting') return;
    this.endings[at] = ending;
    this.endedMs[at] = nowMs;
    this.#states[at] = STATES.indexOf(ending.state);
    this.counts[ending.state] += 1;
    this.counts.ended += 1;
    if (this.counts.ended === this.size) this.#done();
  }

  /** From intended time to the outcome seen; of those that became final and are wanted, ascending. */
  latenciesMs(isWanted: (at: number) => boolean = () => true): Float64Array {
    const all: number[] = [];
    for (let at = 0; at < this.size; at++) {
      if (this.state(at) === 'final' && isWanted(at))
        all.push(this.endedMs[at]! - this.intendedMs[at]!);
    }
    return Float64Array.from(all).sort();
  }

  /** How late transactions were sent, ascending. */
  lagsMs(): Float64Array {
    const lags = this.sentMs.map((sent, at) => sent - this.intendedMs[at]!);
    return lags.filter((lag) => !Number.isNaN(lag)).sort();
  }
}

/** The ending that a status at some validator means for the run; null while it is open. */
export function endingOf(status: TransactionStatus | FeedEntry): Ending | null {
  switch (status.state) {
    case 'final':
    case 'checkpointed':
      return { state: 'final', path: status.path ?? null };
    case 'rejected':
      return {
        state: 'rejected',
        reason: status.reason ?? 'unknown',
        winner: status.winner ?? null,
      };
    default:
      return null;
  }
}

/** The value below which `share` (0..1) of an ascending list lies; NaN of an empty one. */
export function quantile(ascending: Float64Array, share: number): number {
  if (ascending.length === 0) return Number.NaN;
  return ascending[Math.min(ascending.length - 1, Math.ceil(share * ascending.length) - 1)] ?? NaN;
}
