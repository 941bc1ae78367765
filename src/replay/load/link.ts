import type { BatchMax } from '../departures.ts';
import type { Ending, Flights } from '../flights.ts';

/** Which system a load is sent to, and where it is. Plain data: driver processes get it as a message. */
export type LinkSpec = {
  readonly system: SystemName;
  /** REST of each validator; empty for `null`. */
  readonly urls: readonly string[];
  /** Of algod's REST, for each url; empty: none is asked for. */
  readonly tokens: readonly string[];
};

export const SYSTEMS = ['althing', 'algorand', 'null'] as const;
export type SystemName = (typeof SYSTEMS)[number];

/** What a validator answered to one payment. */
export type Answer =
  /** Taken, or known already. */
  | 'taken'
  /** Not now: to be posted again after a while. */
  | 'later'
  | { readonly refused: string };

/** One driver's connections to a system. */
export interface Link {
  /** Validators that take payments. */
  readonly targets: number;
  /** Of one post. */
  readonly batchMax: BatchMax;
  /** Posts to one target at a time. */
  readonly postsMax: number;

  /** One answer for each; null: the target does not answer at all. */
  post(target: number, payments: readonly Uint8Array[]): Promise<readonly Answer[] | null>;

  /** Asks it. */
  isUp(target: number): Promise<boolean>;

  /** Notes outcomes in `flights` until `signal`; resolves when none that comes later is missed. */
  watch(flights: Flights, now: () => number, signal: AbortSignal): Promise<Watching>;

  close(): Promise<void>;
}

export type Watching = { closed(): Promise<void> };

/** As every system's link reports what became final. */
export const FINAL: Ending = { state: 'final', path: null };
