import type { FailpointName } from '../../src/storage/failpoint.ts';

/** Told to a running validator by the process that started it. */
export type Order =
  | { readonly kind: 'clock'; readonly offsetMs: number }
  /** It is to end at a failpoint; it may be told to stop at the same time. */
  | { readonly kind: 'arm'; readonly failpoint: FailpointOrder; readonly stops: boolean };

/** At which passing of a failpoint, from the start or from the order to arm, the validator's process ends. */
export type FailpointOrder = {
  readonly point: FailpointName;
  readonly hit: number;
};

/** A way in which a validator is made to lie, for the checker to notice. */
export type Planted = 'stale-read' | 'lost-acknowledgement';

/** What a validator is started with, in the environment variable below. */
export type Orders = {
  /** Passings count from the start. */
  readonly failpoint?: FailpointOrder;
  readonly planted?: Planted;
  readonly segmentBytes?: number;
  /** Where a process that a failpoint ends leaves a Stop; without it no failpoint ends it. */
  readonly stopFile?: string;
};

export const ORDERS_VARIABLE = 'NEMESIS_ORDERS';

export type Stop = {
  readonly point: FailpointName;
  /** The segment written to last; null: none since the start. */
  readonly segment: string | null;
  /** So much of it was synced. */
  readonly durableBytes: number;
};
